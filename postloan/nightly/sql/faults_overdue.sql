-- What is overdue in the open interval against what was worked out a second time.
-- 1. principal_differs, interest_differs (not known counts as a value), since_differs, bucket_differs.
WITH
beside AS (
    SELECT s.*, c.principal_cents AS own_principal, c.interest_cents AS own_interest, c.since AS own_since,
           COALESCE(days_between(%(day)s, c.since), 0) AS days
    FROM control_open s
    JOIN control_overdue c ON c.loan_id = s.loan_id
)
SELECT loan_id, loan_no, 'principal_differs' AS fault, principal_cents AS ours_cents, own_principal AS theirs_cents,
       CAST(NULL AS varchar(10)) AS ours, CAST(NULL AS varchar(10)) AS theirs
FROM beside WHERE principal_cents <> own_principal
UNION ALL
SELECT loan_id, loan_no, 'interest_differs', interest_cents, own_interest, NULL, NULL
FROM beside WHERE interest_cents IS DISTINCT FROM own_interest
UNION ALL
SELECT loan_id, loan_no, 'since_differs', NULL, NULL, CAST(overdue_since AS varchar(10)), CAST(own_since AS varchar(10))
FROM beside WHERE overdue_since IS DISTINCT FROM own_since
UNION ALL
SELECT loan_id, loan_no, 'bucket_differs', NULL, NULL, bucket, CAST(days AS varchar(10))
FROM beside WHERE bucket <> CASE WHEN days > 180 THEN 'M7' ELSE 'M' || CAST((days + 29) / 30 AS varchar(2)) END
