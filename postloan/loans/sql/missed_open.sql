-- How many loans stand on the list of instalments missed, and of how many nobody knows.
SELECT COALESCE(SUM(CASE WHEN s.missed_in_a_row >= %(in_a_row)s THEN 1 ELSE 0 END), 0) AS in_a_row,
       COALESCE(SUM(CASE WHEN s.missed_in_all >= %(in_all)s THEN 1 ELSE 0 END), 0) AS in_all,
       COALESCE(SUM(CASE WHEN s.missed_in_all IS NULL THEN 1 ELSE 0 END), 0) AS no_data
FROM loans_loanstate s
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.status NOT IN ('settled', 'transferred')
