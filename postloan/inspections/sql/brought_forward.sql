-- Open periodic tasks whose date lies after the day the cycle now asks for, also where the cycle begins later by now,
-- because the first of several loans was paid back.
SELECT t.id, t.due_on, c.due_on AS wanted_on, c.rule_id, c.five_level_class, c.every_days
FROM inspections_inspectiontask t
JOIN night_customer n ON n.customer_id = t.customer_id
JOIN inspections_inspectioncycle c ON c.customer_id = t.customer_id AND c.line = t.line
WHERE t.kind = 'periodic' AND t.state IN ('planned', 'drafting', 'returned')
  AND c.due_on < t.due_on
