-- The loans looked at as their states stood when %(since)s was closed: what the last totals say of them.
CREATE TEMPORARY TABLE control_former AS
SELECT s.loan_id, s.branch_id, s.manager_id, s.currency, s.five_level_class, s.bucket,
       CAST(ROUND(s.principal_balance * 100) AS bigint) AS cents,
       CAST(ROUND(s.overdue_principal * 100) AS bigint) AS principal_cents,
       CAST(ROUND(s.overdue_interest * 100) AS bigint) AS interest_cents
FROM control_loan x
JOIN loans_loanstate s ON s.loan_id = x.loan_id
WHERE s.valid_from <= %(since)s AND (s.valid_to IS NULL OR s.valid_to > %(since)s) AND s.superseded_by_run IS NULL
