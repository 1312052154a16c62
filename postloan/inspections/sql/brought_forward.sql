-- Open periodic tasks whose date lies after the day the cycle now asks for, also where the cycle begins later by now,
-- because the first of several loans was paid back.
-- 1. granted: the later date last granted for a task, with what the cycle asked for at that time.
-- 2. A date granted moves only where the cycle has become shorter or due earlier since then: facts got worse.
WITH
granted AS (
    SELECT r.task_id, r.cycle_days, r.cycle_due_on
    FROM inspections_taskrequest r
    WHERE r.kind = 'delay' AND r.state = 'approved'
      AND r.id = (SELECT MAX(o.id) FROM inspections_taskrequest o
                  WHERE o.task_id = r.task_id AND o.kind = 'delay' AND o.state = 'approved')
)
SELECT t.id, t.due_on, c.due_on AS wanted_on, c.rule_id, c.five_level_class, c.every_days
FROM inspections_inspectiontask t
JOIN night_customer n ON n.customer_id = t.customer_id
JOIN inspections_inspectioncycle c ON c.customer_id = t.customer_id AND c.line = t.line
LEFT JOIN granted g ON g.task_id = t.id
WHERE t.kind = 'periodic' AND t.state IN ('planned', 'drafting', 'returned')
  AND c.due_on < t.due_on
  AND (g.task_id IS NULL OR g.cycle_due_on IS NULL
       OR c.every_days < g.cycle_days OR c.due_on < g.cycle_due_on)
