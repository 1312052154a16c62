-- The moves of the date that are not written yet.
INSERT INTO collections_bucketmove (loan_id, business_date, scale, from_code, to_code, days_overdue, run_id)
SELECT m.loan_id, %(day)s, m.scale, m.from_code, m.to_code, m.days, %(run)s
FROM night_move m
WHERE NOT EXISTS (
    SELECT 1 FROM collections_bucketmove b
    WHERE b.loan_id = m.loan_id AND b.business_date = %(day)s AND b.scale = m.scale AND b.superseded_by_run IS NULL
)
