-- By how much the states written on %(day)s change missed_open.sql.
-- 1. opened: begin on the date and count. 2. ended: ended on the date; they counted until then.
WITH written AS (
    SELECT 1 AS sign, s.missed_in_a_row, s.missed_in_all
    FROM night_candidate n
    JOIN loans_loanstate s ON s.loan_id = n.loan_id
    WHERE s.valid_from = %(day)s AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
      AND s.status NOT IN ('settled', 'transferred')
    UNION ALL
    SELECT -1, s.missed_in_a_row, s.missed_in_all
    FROM night_candidate n
    JOIN loans_loanstate s ON s.loan_id = n.loan_id
    WHERE s.valid_to = %(day)s AND s.superseded_by_run IS NULL AND s.status NOT IN ('settled', 'transferred')
)
SELECT COALESCE(SUM(CASE WHEN w.missed_in_a_row >= %(in_a_row)s THEN w.sign ELSE 0 END), 0) AS in_a_row,
       COALESCE(SUM(CASE WHEN w.missed_in_all >= %(in_all)s THEN w.sign ELSE 0 END), 0) AS in_all,
       COALESCE(SUM(CASE WHEN w.missed_in_all IS NULL THEN w.sign ELSE 0 END), 0) AS no_data
FROM written w
