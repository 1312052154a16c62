-- Each loan's balance three times: as core banking's file said it, in the loans table, in the open interval.
-- 1. loan_differs, interval_differs: what was applied stands the same in all three.
-- 2. held_differs: a loan in quarantine keeps its last values in loan and interval alike.
-- 3. never_delivered: a loan that came with no file.
SELECT l.id AS loan_id, l.loan_no,
       CASE WHEN b.id IS NULL THEN 'never_delivered'
            WHEN b.state = 'applied' AND l.principal_balance <> b.principal_balance THEN 'loan_differs'
            WHEN b.state = 'applied' THEN 'interval_differs'
            ELSE 'held_differs' END AS fault,
       CASE WHEN b.state = 'applied' AND l.principal_balance <> b.principal_balance
            THEN CAST(ROUND(l.principal_balance * 100) AS bigint) ELSE s.cents END AS ours_cents,
       CASE WHEN b.state = 'applied' THEN CAST(ROUND(b.principal_balance * 100) AS bigint)
            ELSE CAST(ROUND(l.principal_balance * 100) AS bigint) END AS theirs_cents
FROM control_loan x
JOIN loans_loan l ON l.id = x.loan_id
JOIN control_open s ON s.loan_id = l.id
LEFT JOIN imports_deliveredbalance b ON b.loan_no = l.loan_no
WHERE l.superseded_on IS NULL
  AND (b.id IS NULL
       OR CAST(ROUND(l.principal_balance * 100) AS bigint) <> s.cents
       OR (b.state = 'applied' AND l.principal_balance <> b.principal_balance))
