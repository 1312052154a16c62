-- The moves of %(day)s: where the state opened on it stands on another step than the one closed on it.
-- 1. opened: states that begin on the date, beside the predecessor that ended on it.
-- 2. moved: one row a scale; a loan first seen has a move only when it is overdue.
CREATE TEMPORARY TABLE night_move AS
WITH
opened AS (
    SELECT s.loan_id, s.bucket, s.band, p.bucket AS old_bucket, p.band AS old_band,
           COALESCE(days_between(%(day)s, s.overdue_since), 0) AS days
    FROM loans_loanstate s
    LEFT JOIN loans_loanstate p
           ON p.loan_id = s.loan_id AND p.valid_to = %(day)s AND p.superseded_by_run IS NULL
    WHERE s.valid_from = %(day)s AND s.superseded_by_run IS NULL
),
moved AS (
    SELECT loan_id, 'bucket' AS scale, COALESCE(old_bucket, '') AS from_code, bucket AS to_code, days
    FROM opened WHERE bucket <> COALESCE(old_bucket, 'M0')
    UNION ALL
    SELECT loan_id, 'band', COALESCE(old_band, ''), band, days
    FROM opened WHERE band <> COALESCE(old_band, 'current')
)
SELECT loan_id, scale, from_code, to_code, days FROM moved
