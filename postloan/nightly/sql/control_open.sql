-- A control table of the open intervals of the loans looked at, one row an open interval.
CREATE TEMPORARY TABLE control_open AS
SELECT s.id AS state_id, s.loan_id, l.loan_no, s.branch_id, s.manager_id, s.currency, s.five_level_class, s.bucket,
       s.band, s.class_floor, s.overdue_since,
       CAST(ROUND(s.principal_balance * 100) AS bigint) AS cents,
       CAST(ROUND(s.overdue_principal * 100) AS bigint) AS principal_cents,
       CAST(ROUND(s.overdue_interest * 100) AS bigint) AS interest_cents
FROM control_loan x
JOIN loans_loanstate s ON s.loan_id = x.loan_id
JOIN loans_loan l ON l.id = s.loan_id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL
