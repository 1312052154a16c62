-- Stages raised on %(day)s that its corrected data no longer support: the loan is not overdue, or since another day.
SELECT g.id, g.case_id, g.reason, g.level_before, g.tick_before
FROM collections_overduestage g
JOIN collections_overduecase c ON c.id = g.case_id
JOIN loans_loan l ON l.id = c.loan_id
LEFT JOIN loans_loanstate s ON s.loan_id = c.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
WHERE g.raised_on = %(day)s AND g.withdrawn_on IS NULL
  AND (s.id IS NULL OR s.overdue_since IS NULL OR s.overdue_since <> g.overdue_since
       OR l.status NOT IN ('active', 'advance') OR l.superseded_on IS NOT NULL OR l.quarantined_since IS NOT NULL)
