-- Customers of night_customer with no live loan left on a line: nothing is due there any more.
UPDATE inspections_inspectioncycle SET every_days = NULL, due_on = NULL, loan_count = 0
WHERE loan_count > 0 AND customer_id IN (SELECT customer_id FROM night_customer)
  AND NOT EXISTS (SELECT 1 FROM night_fact f
                  WHERE f.customer_id = inspections_inspectioncycle.customer_id
                    AND f.line = inspections_inspectioncycle.line)
