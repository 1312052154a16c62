-- What falls due after %(day)s until %(until)s, by loan and day, beside the balance of its repayment account.
-- 1. parts: unpaid instalments, and the balance of loans that come back as a whole (a notice stands for them).
-- 2. the account is the one the loan names; not named or not delivered is "no data", never zero.
WITH parts AS (
    SELECT i.loan_id, i.due_on,
           CASE WHEN i.principal_due > i.principal_paid THEN i.principal_due - i.principal_paid ELSE 0 END AS principal,
           CASE WHEN i.interest_due > i.interest_paid THEN i.interest_due - i.interest_paid ELSE 0 END AS interest
    FROM loans_instalment i
    WHERE i.superseded_on IS NULL AND i.due_on > %(day)s AND i.due_on <= %(until)s
    UNION ALL
    SELECT n.loan_id, n.matures_on, l.principal_balance, l.interest_receivable
    FROM collections_maturitynotice n
    JOIN loans_loan l ON l.id = n.loan_id
    WHERE n.withdrawn_on IS NULL AND n.matures_on > %(day)s AND n.matures_on <= %(until)s
      AND n.step_days = (SELECT MIN(t.step_days) FROM collections_maturitynotice t
                         WHERE t.loan_id = n.loan_id AND t.matures_on = n.matures_on AND t.withdrawn_on IS NULL)
      AND NOT EXISTS (SELECT 1 FROM loans_instalment i
                      WHERE i.loan_id = n.loan_id AND i.superseded_on IS NULL AND i.due_on = n.matures_on)
),
due AS (
    SELECT loan_id, due_on, SUM(principal) AS principal, SUM(interest) AS interest
    FROM parts GROUP BY loan_id, due_on
)
SELECT d.loan_id, d.due_on, d.principal, d.interest, l.customer_id, l.account_no, l.currency,
       COALESCE(a.available, a.balance) AS balance
FROM due d
JOIN loans_loan l ON l.id = d.loan_id
LEFT JOIN customers_account a ON a.account_no = l.account_no AND l.account_no <> '' AND a.superseded_on IS NULL
WHERE l.status = 'active' AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND d.principal + COALESCE(d.interest, 0) > 0
ORDER BY d.due_on, d.loan_id
