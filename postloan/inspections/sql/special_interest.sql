-- Live loans with arrears of interest for more than %(days)s days and no special inspection for these arrears yet.
SELECT f.loan_id, f.customer_id, f.line, f.rule_id, r.place, r.people, s.interest_overdue_since
FROM night_fact f
LEFT JOIN night_rule r ON r.rule_id = f.rule_id
JOIN loans_loanstate s ON s.loan_id = f.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
WHERE s.overdue_since < add_days(%(day)s, -%(days)s) AND s.interest_overdue_since < add_days(%(day)s, -%(days)s)
  AND NOT EXISTS (
      SELECT 1 FROM inspections_taskloan a JOIN inspections_inspectiontask t ON t.id = a.task_id
      WHERE a.loan_id = f.loan_id AND NOT a.is_withdrawn AND t.kind = 'special'
        AND t.reason_code = 'inspection_interest_arrears' AND t.planned_on > s.interest_overdue_since)
ORDER BY f.customer_id, f.line, f.loan_id
