-- Moves of the date that no longer hold: a correction or a second run found something else.
UPDATE collections_bucketmove SET superseded_by_run = %(run)s
WHERE business_date = %(day)s AND superseded_by_run IS NULL AND run_id <> %(run)s AND (
    %(whole_date)s = 1
    OR NOT EXISTS (
        SELECT 1 FROM night_move m
        WHERE m.loan_id = collections_bucketmove.loan_id AND m.scale = collections_bucketmove.scale
          AND m.from_code = collections_bucketmove.from_code AND m.to_code = collections_bucketmove.to_code
          AND m.days = collections_bucketmove.days_overdue
    )
)
