-- Totals of the loans looked at, reached two ways, from different tables. Amounts in cents, each currency for itself.
-- 1. overdue_principal, overdue_interest: worked out again from instalments against intervals.
-- 2. balance by class, branch, manager: loans table and who is responsible against intervals; by bucket: the bucket
--    of the days worked out again.
WITH
book AS (
    SELECT l.id AS loan_id, l.branch_id, l.currency, l.five_level_class,
           CAST(ROUND(l.principal_balance * 100) AS bigint) AS cents
    FROM control_loan x
    JOIN loans_loan l ON l.id = x.loan_id
    WHERE l.superseded_on IS NULL
),
theirs AS (
    SELECT b.currency, b.five_level_class, b.branch_id, m.staff_id,
           CASE WHEN days_between(%(day)s, c.since) > 180 THEN 'M7'
                ELSE 'M' || CAST((COALESCE(days_between(%(day)s, c.since), 0) + 29) / 30 AS varchar(2)) END AS bucket,
           SUM(b.cents) AS cents
    FROM book b
    JOIN control_manager m ON m.loan_id = b.loan_id
    JOIN control_overdue c ON c.loan_id = b.loan_id
    GROUP BY 1, 2, 3, 4, 5
),
ours AS (
    SELECT s.currency, s.five_level_class, s.branch_id, s.manager_id, s.bucket, SUM(s.cents) AS cents
    FROM control_open s
    GROUP BY 1, 2, 3, 4, 5
),
entries AS (
    SELECT 'overdue_principal' AS check_code, '' AS dimension, '' AS key, s.currency,
           SUM(c.principal_cents) AS left_cents, SUM(s.principal_cents) AS right_cents
    FROM control_open s JOIN control_overdue c ON c.loan_id = s.loan_id
    GROUP BY s.currency
    UNION ALL
    SELECT 'overdue_interest', '', '', s.currency, COALESCE(SUM(c.interest_cents), 0), COALESCE(SUM(s.interest_cents), 0)
    FROM control_open s JOIN control_overdue c ON c.loan_id = s.loan_id
    GROUP BY s.currency
    UNION ALL
    SELECT 'balance_by', 'class', t.five_level_class, t.currency, t.cents, 0 FROM theirs t
    UNION ALL
    SELECT 'balance_by', 'class', o.five_level_class, o.currency, 0, o.cents FROM ours o
    UNION ALL
    SELECT 'balance_by', 'branch', r.branch_code, t.currency, t.cents, 0
    FROM theirs t JOIN organization_branch r ON r.id = t.branch_id
    UNION ALL
    SELECT 'balance_by', 'branch', r.branch_code, o.currency, 0, o.cents
    FROM ours o JOIN organization_branch r ON r.id = o.branch_id
    UNION ALL
    SELECT 'balance_by', 'manager', COALESCE(f.staff_no, ''), t.currency, t.cents, 0
    FROM theirs t LEFT JOIN organization_staff f ON f.id = t.staff_id
    UNION ALL
    SELECT 'balance_by', 'manager', COALESCE(f.staff_no, ''), o.currency, 0, o.cents
    FROM ours o LEFT JOIN organization_staff f ON f.id = o.manager_id
    UNION ALL
    SELECT 'balance_by', 'bucket', t.bucket, t.currency, t.cents, 0 FROM theirs t
    UNION ALL
    SELECT 'balance_by', 'bucket', o.bucket, o.currency, 0, o.cents FROM ours o
)
SELECT check_code, dimension, key, currency, SUM(left_cents) AS left_cents, SUM(right_cents) AS right_cents
FROM entries
GROUP BY check_code, dimension, key, currency
ORDER BY check_code, dimension, key, currency
