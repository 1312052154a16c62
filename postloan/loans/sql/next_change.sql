-- The next date on which a loan looked at changes although nothing is delivered; NULL where nothing will.
-- 1. falls_due: the day after the next due date; a paid instalment counts too, it ends a row of missed ones.
-- 2. threshold: the first days overdue still ahead at which a bucket, band or floor changes.
-- 3. matures: the day after the maturity of a loan without instalments, and after core banking's interest date.
INSERT INTO night_next (loan_id, day)
WITH
falls_due AS (
    SELECT i.loan_id, add_days(MIN(i.due_on), 1) AS day
    FROM loans_instalment i
    JOIN night_draft d ON d.loan_id = i.loan_id AND d.status NOT IN ('settled', 'transferred')
    WHERE i.superseded_on IS NULL AND i.due_on >= %(day)s
    GROUP BY i.loan_id
),
threshold AS (
    SELECT d.loan_id, add_days(d.overdue_since, (SELECT MIN(t.days) FROM night_threshold t WHERE t.days > d.days))
        AS day
    FROM night_draft d
    WHERE d.overdue_since IS NOT NULL
),
matures AS (
    SELECT l.id AS loan_id, add_days(l.matures_on, 1) AS day
    FROM night_draft d
    JOIN loans_loan l ON l.id = d.loan_id
    WHERE l.matures_on >= %(day)s AND d.status NOT IN ('settled', 'transferred')
    UNION ALL
    SELECT l.id, add_days(l.core_interest_overdue_since, 1)
    FROM night_draft d
    JOIN loans_loan l ON l.id = d.loan_id
    WHERE l.core_interest_overdue_since >= %(day)s AND d.status NOT IN ('settled', 'transferred')
),
moments AS (
    SELECT loan_id, day FROM falls_due
    UNION ALL SELECT loan_id, day FROM threshold
    UNION ALL SELECT loan_id, day FROM matures
)
SELECT n.loan_id, MIN(m.day)
FROM night_candidate n
LEFT JOIN moments m ON m.loan_id = n.loan_id
GROUP BY n.loan_id
