-- Every counted loan looked at has one open interval, and its intervals follow each other day by day.
-- 1. without_interval, two_open, withdrawn_open: loans against open intervals.
-- 2. gap, overlap: each interval against the next of its loan; an interval closed a second time shows as one of them.
-- 3. not_continued: the last interval of a counted loan has ended.
-- 4. lost: the first interval begins later than a night that was done with the loan in the book.
WITH
counted AS (
    SELECT s.loan_id, COUNT(*) AS intervals FROM control_open s GROUP BY s.loan_id
),
chain AS (
    SELECT s.loan_id, s.valid_from, s.valid_to,
           LEAD(s.valid_from) OVER (PARTITION BY s.loan_id ORDER BY s.valid_from, s.id) AS next_from
    FROM control_loan x
    JOIN loans_loanstate s ON s.loan_id = x.loan_id
    WHERE s.superseded_by_run IS NULL
),
begun AS (
    SELECT h.loan_id, MIN(h.valid_from) AS first_from FROM chain h GROUP BY h.loan_id
),
faults AS (
    SELECT l.id AS loan_id, 'without_interval' AS fault, CAST(NULL AS date) AS ours, CAST(NULL AS date) AS theirs
    FROM control_loan x
    JOIN loans_loan l ON l.id = x.loan_id
    LEFT JOIN counted c ON c.loan_id = l.id
    WHERE l.superseded_on IS NULL AND c.loan_id IS NULL
    UNION ALL
    SELECT c.loan_id, 'two_open', NULL, NULL FROM counted c WHERE c.intervals > 1
    UNION ALL
    SELECT l.id, 'withdrawn_open', NULL, NULL
    FROM loans_loan l
    JOIN counted c ON c.loan_id = l.id
    WHERE l.superseded_on IS NOT NULL
    UNION ALL
    SELECT h.loan_id, 'gap', h.valid_to, h.next_from FROM chain h WHERE h.valid_to < h.next_from
    UNION ALL
    SELECT h.loan_id, 'overlap', h.valid_to, h.next_from
    FROM chain h
    WHERE h.next_from IS NOT NULL AND (h.valid_to IS NULL OR h.valid_to > h.next_from)
    UNION ALL
    SELECT h.loan_id, 'not_continued', h.valid_to, NULL
    FROM chain h
    JOIN loans_loan l ON l.id = h.loan_id AND l.superseded_on IS NULL
    WHERE h.next_from IS NULL AND h.valid_to IS NOT NULL
    UNION ALL
    SELECT l.id, 'lost', g.first_from, l.first_delivered_on
    FROM begun g
    JOIN loans_loan l ON l.id = g.loan_id AND l.superseded_on IS NULL AND l.first_delivered_on < g.first_from
    WHERE EXISTS (
        SELECT 1 FROM nightly_nightrun r
        WHERE r.business_date >= l.first_delivered_on AND r.business_date < g.first_from AND r.state = 'done'
    )
)
SELECT f.loan_id, l.loan_no, f.fault, f.ours, f.theirs
FROM faults f
JOIN loans_loan l ON l.id = f.loan_id
