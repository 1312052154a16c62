-- Live loans whose class got worse tonight and is worse than normal, and that no task of tonight covers yet.
SELECT f.loan_id, f.customer_id, f.line, f.rule_id, f.five_level_class, f.class_rank, r.place, r.people
FROM night_fact f
LEFT JOIN night_rule r ON r.rule_id = f.rule_id
JOIN loans_loanstate now ON now.loan_id = f.loan_id AND now.valid_from = %(day)s AND now.superseded_by_run IS NULL
JOIN loans_loanstate was ON was.loan_id = f.loan_id AND was.valid_to = %(day)s AND was.superseded_by_run IS NULL
LEFT JOIN night_class mine ON mine.code = was.class_floor
LEFT JOIN night_class core ON core.code = was.five_level_class
WHERE f.class_rank > 0 AND f.class_rank > COALESCE(mine.class_rank, 0) AND f.class_rank > COALESCE(core.class_rank, 0)
  AND NOT EXISTS (
      SELECT 1 FROM inspections_taskloan a JOIN inspections_inspectiontask t ON t.id = a.task_id
      WHERE a.loan_id = f.loan_id AND NOT a.is_withdrawn AND t.kind = 'special'
        AND t.reason_code = 'inspection_class_worse' AND t.planned_on = %(day)s)
ORDER BY f.customer_id, f.line, f.loan_id
