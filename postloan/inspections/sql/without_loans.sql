-- Tasks nobody has begun and whose loans are all paid back, transferred, written off or out of work.
SELECT t.id
FROM inspections_inspectiontask t
JOIN night_customer n ON n.customer_id = t.customer_id
WHERE t.state = 'planned' AND (
    (t.kind = 'periodic'
     AND NOT EXISTS (SELECT 1 FROM night_fact f WHERE f.customer_id = t.customer_id AND f.line = t.line))
    OR (t.kind <> 'periodic'
        AND EXISTS (SELECT 1 FROM inspections_taskloan a WHERE a.task_id = t.id)
        AND NOT EXISTS (SELECT 1 FROM inspections_taskloan a JOIN night_fact f ON f.loan_id = a.loan_id
                        WHERE a.task_id = t.id)))
