-- The step of each scale that the days overdue have reached. A jump reaches one step, not those between.
-- 1. Buckets of thirty days: M0 0 · M1 1–30 · … · M6 151–180 · M7 more than 180.
-- 2. Supervisory bands: 1–30 · 31–60 · 61–90 · 91–180 · 181–270 · 271–360 · more than 360.
UPDATE night_draft SET
    bucket = CASE
        WHEN days >= 181 THEN 'M7' WHEN days >= 151 THEN 'M6' WHEN days >= 121 THEN 'M5' WHEN days >= 91 THEN 'M4'
        WHEN days >= 61 THEN 'M3' WHEN days >= 31 THEN 'M2' WHEN days >= 1 THEN 'M1' ELSE 'M0' END,
    band = CASE
        WHEN days >= 361 THEN 'over_360' WHEN days >= 271 THEN 'days_271_360' WHEN days >= 181 THEN 'days_181_270'
        WHEN days >= 91 THEN 'days_91_180' WHEN days >= 61 THEN 'days_61_90' WHEN days >= 31 THEN 'days_31_60'
        WHEN days >= 1 THEN 'days_1_30' ELSE 'current' END
