-- A corrected date takes back what its former run opened; what the former run closed stays closed on that date.
-- 1. Every state opened on %(day)s by a run before this one is superseded by it. Its loan has no open state now, so
--    the night looks at it and opens a fresh one.
UPDATE loans_loanstate SET superseded_by_run = %(run)s
WHERE valid_from = %(day)s AND superseded_by_run IS NULL AND run_id <> %(run)s
