-- The loans of a month-end as they stood after the last night of the month, %(day)s.
-- 1. Each state valid on the date and not superseded, with the days overdue it had then.
INSERT INTO classification_monthendloan (
    book_id, loan_id, customer_id, branch_id, manager_id, status, currency, principal_balance, matures_on,
    overdue_since, principal_overdue_since, interest_overdue_since, days_overdue, overdue_principal,
    overdue_interest, bucket, band, class_floor, five_level_class, missed_in_a_row, missed_in_all
)
SELECT
    %(book)s, s.loan_id, s.customer_id, s.branch_id, s.manager_id, s.status, s.currency, s.principal_balance,
    s.matures_on, s.overdue_since, s.principal_overdue_since, s.interest_overdue_since,
    COALESCE(days_between(%(day)s, s.overdue_since), 0), s.overdue_principal, s.overdue_interest, s.bucket, s.band,
    s.class_floor, s.five_level_class, s.missed_in_a_row, s.missed_in_all
FROM loans_loanstate s
WHERE s.superseded_by_run IS NULL AND s.valid_from <= %(day)s AND (s.valid_to IS NULL OR s.valid_to > %(day)s)
