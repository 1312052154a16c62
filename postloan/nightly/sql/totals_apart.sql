-- What does not count to the balance that has to agree, in cents, and the open intervals of the same loans.
-- 1. Held back: in quarantine or rejected; delivered now, held from before.
-- 2. Missing from a full file: last said, held. 3. Of withdrawn loans: nothing of the kind is shown.
WITH apart AS (
    SELECT CASE b.state WHEN 'quarantined' THEN 'balance_in_quarantine' ELSE 'balance_rejected' END AS check_code,
           b.loan_id, b.currency, CAST(ROUND(b.principal_balance * 100) AS bigint) AS cents
    FROM imports_deliveredbalance b
    LEFT JOIN loans_loan l ON l.id = b.loan_id
    WHERE b.state <> 'applied' AND b.state <> 'withdrawn' AND l.superseded_on IS NULL
    UNION ALL
    SELECT 'balance_missing', b.loan_id, b.currency, CAST(ROUND(b.principal_balance * 100) AS bigint)
    FROM loans_loan l
    JOIN imports_deliveredbalance b ON b.loan_id = l.id AND b.state = 'applied'
    WHERE l.missing_since IS NOT NULL AND l.superseded_on IS NULL
    UNION ALL
    SELECT 'withdrawn', b.loan_id, b.currency, CAST(ROUND(b.principal_balance * 100) AS bigint)
    FROM loans_loan l
    JOIN imports_deliveredbalance b ON b.loan_id = l.id AND b.state = 'applied'
    WHERE l.superseded_on IS NOT NULL
)
SELECT a.check_code, a.currency, SUM(a.cents) AS left_cents,
       COALESCE(SUM(CAST(ROUND(s.principal_balance * 100) AS bigint)), 0) AS right_cents
FROM apart a
LEFT JOIN loans_loanstate s ON s.loan_id = a.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
GROUP BY a.check_code, a.currency
