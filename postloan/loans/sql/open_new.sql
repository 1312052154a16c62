-- A fresh interval from %(day)s for each loan of the draft that has no open one.
INSERT INTO loans_loanstate (
    loan_id, valid_from, run_id,
    customer_id, branch_id, manager_id, status, currency, principal_balance, matures_on, overdue_since,
    principal_overdue_since, interest_overdue_since, overdue_principal, overdue_interest, bucket, band,
    class_floor, five_level_class, missed_in_a_row, missed_in_all
)
SELECT
    d.loan_id, %(day)s, %(run)s,
    d.customer_id, d.branch_id, d.manager_id, d.status, d.currency, d.principal_balance, d.matures_on,
    d.overdue_since, d.principal_overdue_since, d.interest_overdue_since, d.overdue_principal, d.overdue_interest,
    d.bucket, d.band, d.class_floor, d.five_level_class, d.missed_in_a_row, d.missed_in_all
FROM night_draft d
WHERE NOT EXISTS (
    SELECT 1 FROM loans_loanstate s
    WHERE s.loan_id = d.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
)
