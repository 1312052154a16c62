-- Cases closed on %(day)s whose loan is overdue after all: the extract that said otherwise was corrected.
SELECT c.id
FROM collections_overduecase c
JOIN loans_loan l ON l.id = c.loan_id
JOIN loans_loanstate s ON s.loan_id = c.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
WHERE c.closed_on = %(day)s AND c.close_reason <> 'corrected' AND s.overdue_since IS NOT NULL
  AND l.status IN ('active', 'advance') AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND NOT EXISTS (SELECT 1 FROM collections_overduecase o WHERE o.loan_id = c.loan_id AND o.closed_on IS NULL)
