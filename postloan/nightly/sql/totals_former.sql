-- What the last totals hold of the loans looked at, in cents: both sides, since they agreed loan by loan.
WITH
former AS (
    SELECT s.currency, s.five_level_class, s.branch_id, s.manager_id, s.bucket, SUM(s.cents) AS cents,
           SUM(s.principal_cents) AS principal_cents, SUM(s.interest_cents) AS interest_cents
    FROM control_former s
    GROUP BY 1, 2, 3, 4, 5
),
entries AS (
    SELECT 'overdue_principal' AS check_code, '' AS dimension, '' AS key, f.currency, f.principal_cents AS cents
    FROM former f
    UNION ALL
    SELECT 'overdue_interest', '', '', f.currency, COALESCE(f.interest_cents, 0) FROM former f
    UNION ALL
    SELECT 'balance_by', 'class', f.five_level_class, f.currency, f.cents FROM former f
    UNION ALL
    SELECT 'balance_by', 'branch', r.branch_code, f.currency, f.cents
    FROM former f JOIN organization_branch r ON r.id = f.branch_id
    UNION ALL
    SELECT 'balance_by', 'manager', COALESCE(m.staff_no, ''), f.currency, f.cents
    FROM former f LEFT JOIN organization_staff m ON m.id = f.manager_id
    UNION ALL
    SELECT 'balance_by', 'bucket', f.bucket, f.currency, f.cents FROM former f
)
SELECT check_code, dimension, key, currency, SUM(cents) AS cents
FROM entries
GROUP BY check_code, dimension, key, currency
