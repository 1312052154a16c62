-- The cycle of each customer and line of night_fact; rows that would not change are not written.
-- 1. wanted: the shortest cycle among the loans' rules; a sampled rule counts for customers drawn this year.
-- 2. inspected: the last first or periodic inspection handed in, or one ended without inspection.
-- 3. based: the cycle begins with the latest of: this system's first date, the first payout, the last inspection.
-- 4. named: the day of the next inspection in the latest report handed in since then; an earlier one shortens the cycle,
--    or makes one where no rule asks for it, and a later one changes nothing.
INSERT INTO inspections_inspectioncycle
    (customer_id, line, rule_id, base_on, every_days, due_on, five_level_class, loan_count)
WITH
wanted AS (
    SELECT f.customer_id, f.line, MIN(f.disbursed_on) AS first_payout, COUNT(*) AS loan_count,
           MAX(f.class_rank) AS class_rank,
           MIN(CASE WHEN r.sample_percent IS NULL
                      OR (f.customer_id * 7919 + %(year)s * 104729) %% 10007 %% 100 < r.sample_percent
                    THEN r.every_days END) AS every_days
    FROM night_fact f LEFT JOIN night_rule r ON r.rule_id = f.rule_id
    GROUP BY f.customer_id, f.line
),
inspected AS (
    SELECT t.customer_id, t.line, MAX(CASE WHEN t.state = 'ended' THEN t.done_on ELSE t.submitted_on END) AS last_on
    FROM inspections_inspectiontask t JOIN night_customer n ON n.customer_id = t.customer_id
    WHERE t.kind IN ('first', 'periodic') AND t.state IN ('submitted', 'approved', 'ended')
    GROUP BY t.customer_id, t.line
),
started AS (
    SELECT w.*, CASE WHEN w.first_payout > %(start)s THEN w.first_payout ELSE add_days(%(start)s, 0) END AS started_on
    FROM wanted w
),
based AS (
    SELECT w.*, CASE WHEN i.last_on > w.started_on THEN i.last_on ELSE w.started_on END AS base_on
    FROM started w LEFT JOIN inspected i ON i.customer_id = w.customer_id AND i.line = w.line
),
named AS (
    SELECT b.*, (SELECT days_between(r.next_on, b.base_on)
                 FROM inspections_report r JOIN inspections_inspectiontask t ON t.id = r.task_id
                 WHERE t.customer_id = b.customer_id AND t.line = b.line AND t.submitted_on >= b.base_on
                   AND r.state IN ('submitted', 'approved')
                 ORDER BY t.submitted_on DESC, r.id DESC LIMIT 1) AS named_days
    FROM based b
),
cycle AS (
    SELECT n.*, CASE WHEN n.named_days > 0 AND (n.every_days IS NULL OR n.named_days < n.every_days)
                     THEN n.named_days ELSE n.every_days END AS cycle_days
    FROM named n
)
SELECT b.customer_id, b.line,
       (SELECT f.rule_id FROM night_fact f JOIN night_rule r ON r.rule_id = f.rule_id
        WHERE f.customer_id = b.customer_id AND f.line = b.line
          AND (b.every_days IS NULL OR r.every_days = b.every_days)
        ORDER BY r.position LIMIT 1),
       b.base_on, b.cycle_days, add_days(b.base_on, CAST(b.cycle_days AS integer)),
       (SELECT c.code FROM night_class c WHERE c.class_rank = b.class_rank), b.loan_count
FROM cycle b WHERE 1 = 1
ON CONFLICT (customer_id, line) DO UPDATE
SET rule_id = excluded.rule_id, base_on = excluded.base_on, every_days = excluded.every_days,
    due_on = excluded.due_on, five_level_class = excluded.five_level_class, loan_count = excluded.loan_count
WHERE inspections_inspectioncycle.rule_id IS DISTINCT FROM excluded.rule_id
   OR inspections_inspectioncycle.base_on <> excluded.base_on
   OR inspections_inspectioncycle.every_days IS DISTINCT FROM excluded.every_days
   OR inspections_inspectioncycle.five_level_class <> excluded.five_level_class
   OR inspections_inspectioncycle.loan_count <> excluded.loan_count
