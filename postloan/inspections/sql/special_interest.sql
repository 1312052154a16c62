-- Live loans with arrears of interest for more than %(days)s days and no special inspection for these arrears yet.
SELECT s.loan_id, s.customer_id, COALESCE(NULLIF(p.line, ''), NULLIF(k.main_line, ''), 'corporate') AS line,
       s.interest_overdue_since
FROM loans_loanstate s
JOIN loans_loan l ON l.id = s.loan_id
JOIN customers_customer k ON k.id = l.customer_id
LEFT JOIN loans_product p ON p.id = l.product_id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL
  AND s.overdue_since < add_days(%(day)s, -%(days)s) AND s.interest_overdue_since < add_days(%(day)s, -%(days)s)
  AND l.status IN ('active', 'advance') AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND s.principal_balance > 0
  AND NOT EXISTS (
      SELECT 1 FROM inspections_taskloan a JOIN inspections_inspectiontask t ON t.id = a.task_id
      WHERE a.loan_id = s.loan_id AND NOT a.is_withdrawn AND t.kind = 'special'
        AND t.reason_code = 'inspection_interest_arrears' AND t.planned_on > s.interest_overdue_since)
ORDER BY s.customer_id, line, s.loan_id
