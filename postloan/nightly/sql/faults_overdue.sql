-- What is overdue in the open interval against what was worked out a second time.
-- 1. principal_differs, interest_differs (not known counts as a value), since_differs, bucket_differs.
-- 2. band_differs, floor_differs: the days do not lie where the band, or the class floor by the method of the loan's
--    product, begins and ends.
WITH
beside AS (
    SELECT s.*, c.principal_cents AS own_principal, c.interest_cents AS own_interest, c.since AS own_since,
           COALESCE(days_between(%(day)s, c.since), 0) AS days, p.class_method = 'credit_card' AS is_card
    FROM control_open s
    JOIN control_overdue c ON c.loan_id = s.loan_id
    JOIN loans_loan l ON l.id = s.loan_id
    LEFT JOIN loans_product p ON p.id = l.product_id
),
stepped AS (
    SELECT b.loan_id, b.loan_no, b.band, b.class_floor, b.days,
           CASE WHEN b.is_card THEN %(card_special_mention)s ELSE %(special_mention)s END AS special_mention,
           CASE WHEN b.is_card THEN %(card_substandard)s ELSE %(substandard)s END AS substandard,
           CASE WHEN b.is_card THEN %(card_doubtful)s ELSE %(doubtful)s END AS doubtful,
           CASE WHEN b.is_card THEN %(card_loss)s ELSE %(loss)s END AS loss
    FROM beside b
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
UNION ALL
SELECT loan_id, loan_no, 'band_differs', NULL, NULL, band, CAST(days AS varchar(10))
FROM beside
WHERE NOT CASE band
    WHEN 'current' THEN days = 0
    WHEN 'days_1_30' THEN days BETWEEN 1 AND 30
    WHEN 'days_31_60' THEN days BETWEEN 31 AND 60
    WHEN 'days_61_90' THEN days BETWEEN 61 AND 90
    WHEN 'days_91_180' THEN days BETWEEN 91 AND 180
    WHEN 'days_181_270' THEN days BETWEEN 181 AND 270
    WHEN 'days_271_360' THEN days BETWEEN 271 AND 360
    ELSE days > 360 END
UNION ALL
SELECT loan_id, loan_no, 'floor_differs', NULL, NULL, class_floor, CAST(days AS varchar(10))
FROM stepped
WHERE NOT CASE class_floor
    WHEN 'normal' THEN days < special_mention AND days < substandard AND days < doubtful AND days < loss
    WHEN 'special_mention' THEN days >= special_mention AND days < substandard AND days < doubtful AND days < loss
    WHEN 'substandard' THEN days >= substandard AND days < doubtful AND days < loss
    WHEN 'doubtful' THEN days >= doubtful AND days < loss
    ELSE days >= loss END
