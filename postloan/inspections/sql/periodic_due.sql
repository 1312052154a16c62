-- Cycles whose day comes within %(ahead)s days after %(day)s; one inspection is open a customer and line. `former`: how
-- many were planned for a cycle begun on that day, which an inspection handed in on that very day began anew.
SELECT c.customer_id, c.line, c.rule_id, c.base_on, c.every_days, c.due_on, c.five_level_class, r.place, r.people,
       r.periodic_every_days AS rule_days,
       (SELECT COUNT(*) FROM inspections_inspectiontask t
        WHERE t.customer_id = c.customer_id AND t.line = c.line AND t.kind = 'periodic'
          AND substr(t.occurrence, 1, 10) = CAST(c.base_on AS text)
          AND NOT (t.state = 'withdrawn' AND t.withdraw_reason = 'corrected')) AS former
FROM inspections_inspectioncycle c
JOIN inspections_policyrule r ON r.id = c.rule_id
WHERE c.due_on <= add_days(%(day)s, %(ahead)s)
  AND NOT EXISTS (
      SELECT 1 FROM inspections_inspectiontask t
      WHERE t.customer_id = c.customer_id AND t.line = c.line AND t.kind = 'periodic'
        AND t.state IN ('planned', 'drafting', 'returned', 'submitted'))
ORDER BY c.due_on, c.customer_id, c.line
