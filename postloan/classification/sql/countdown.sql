-- When the class floor of each loan looked at gets worse if nobody pays, after the night of %(day)s.
-- 1. falls_due: the next due date of a loan not overdue that is not paid yet, for a loan with a schedule.
-- 2. bare: a loan without a schedule falls due at its maturity, while there is something to fall due, or on the day
--    core banking names for its interest. Dates of interest that core banking does not tell are not forecast: such a
--    loan is marked, unless it is overdue already.
-- 3. starts: the oldest due date that is or will be unpaid: overdue since, else what falls due next. Settled and
--    transferred loans owe nothing.
-- 4. stop: what stops the next step: the unpaid principal and interest of that due date, each for itself; with these
--    paid the next date counts. Without a schedule the balance and its interest; NULL where the interest is not known.
-- 5. step: the next worse floor and the day overdue on which it begins, given per floor by the bank's thresholds.
-- Only rows that changed are written.
INSERT INTO classification_countdown (
    loan_id, worked_out_on, class_method, overdue_from, next_floor, next_floor_on, is_interest_known,
    stop_principal, stop_interest
)
WITH
step (is_card, floor, next_floor, days) AS (
    SELECT 0, 'normal', CAST(%(code_0)s AS varchar(16)), CAST(%(days_0)s AS integer)
    UNION ALL SELECT 0, 'special_mention', %(code_1)s, %(days_1)s
    UNION ALL SELECT 0, 'substandard', %(code_2)s, %(days_2)s
    UNION ALL SELECT 0, 'doubtful', %(code_3)s, %(days_3)s
    UNION ALL SELECT 1, 'normal', %(card_code_0)s, %(card_days_0)s
    UNION ALL SELECT 1, 'special_mention', %(card_code_1)s, %(card_days_1)s
    UNION ALL SELECT 1, 'substandard', %(card_code_2)s, %(card_days_2)s
    UNION ALL SELECT 1, 'doubtful', %(card_code_3)s, %(card_days_3)s
),
live AS MATERIALIZED (
    SELECT d.*, CASE WHEN d.class_method = 'credit_card' THEN 1 ELSE 0 END AS is_card,
           CASE WHEN d.status IN ('settled', 'transferred') THEN 1 ELSE 0 END AS is_over
    FROM night_draft d
),
falls_due AS (
    SELECT i.loan_id, MIN(i.due_on) AS due_on
    FROM loans_instalment i
    JOIN live d ON d.loan_id = i.loan_id AND d.overdue_since IS NULL AND d.is_over = 0
    WHERE i.superseded_on IS NULL AND i.due_on >= %(day)s
      AND (i.principal_paid < i.principal_due OR i.interest_paid < i.interest_due)
    GROUP BY i.loan_id
),
bare AS (
    SELECT l.id AS loan_id, l.interest_receivable, l.principal_balance,
           CASE WHEN l.matures_on >= %(day)s
                 AND (l.principal_balance > 0 OR l.interest_receivable > 0 OR l.status = 'written_off')
                THEN l.matures_on END AS matures_on,
           CASE WHEN l.repayment_method IN
                    ('interest_monthly', 'interest_quarterly', 'equal_instalments', 'equal_principal')
                THEN 0 ELSE 1 END AS is_interest_known,
           CASE WHEN l.core_interest_overdue_since >= %(day)s AND l.core_interest_overdue_since < l.matures_on
                 AND l.repayment_method IN
                     ('interest_monthly', 'interest_quarterly', 'equal_instalments', 'equal_principal')
                 AND (d.overdue_interest IS NULL OR d.overdue_interest > 0)
                THEN l.core_interest_overdue_since END AS interest_on
    FROM live d
    JOIN loans_loan l ON l.id = d.loan_id
    WHERE d.is_over = 0
      AND NOT EXISTS (SELECT 1 FROM loans_instalment i WHERE i.loan_id = d.loan_id AND i.superseded_on IS NULL)
),
starts AS MATERIALIZED (
    SELECT d.*, CASE WHEN b.loan_id IS NULL THEN 0 ELSE 1 END AS is_bare, b.interest_receivable,
           CASE WHEN b.is_interest_known = 0 AND d.overdue_since IS NULL THEN 0 ELSE 1 END AS is_interest_known,
           CASE WHEN d.is_over = 1 THEN NULL
                WHEN d.overdue_since IS NOT NULL THEN d.overdue_since
                ELSE COALESCE(f.due_on, b.interest_on, b.matures_on) END AS overdue_from
    FROM live d
    LEFT JOIN falls_due f ON f.loan_id = d.loan_id
    LEFT JOIN bare b ON b.loan_id = d.loan_id
),
scheduled AS (
    SELECT s.loan_id,
           SUM(CASE WHEN i.principal_paid < i.principal_due THEN i.principal_due - i.principal_paid ELSE 0 END)
               AS principal,
           SUM(CASE WHEN i.interest_paid < i.interest_due THEN i.interest_due - i.interest_paid ELSE 0 END)
               AS interest
    FROM starts s
    JOIN loans_instalment i ON i.loan_id = s.loan_id AND i.due_on = s.overdue_from AND i.superseded_on IS NULL
    WHERE s.is_bare = 0
    GROUP BY s.loan_id
),
stop AS (
    SELECT s.*,
           CASE WHEN s.overdue_from IS NULL THEN 0
                WHEN s.is_bare = 0 THEN c.principal
                WHEN s.overdue_from = s.matures_on OR s.overdue_from = s.principal_overdue_since
                    THEN s.principal_balance
                ELSE 0 END AS stop_principal,
           CASE WHEN s.overdue_from IS NULL THEN 0
                WHEN s.is_bare = 0 THEN c.interest
                WHEN s.overdue_since IS NULL AND s.overdue_from = s.matures_on THEN s.interest_receivable
                WHEN s.overdue_since IS NULL OR s.overdue_from = s.interest_overdue_since
                  OR s.overdue_interest IS NULL THEN s.overdue_interest
                ELSE 0 END AS stop_interest
    FROM starts s
    LEFT JOIN scheduled c ON c.loan_id = s.loan_id
)
SELECT s.loan_id, %(day)s, s.class_method, s.overdue_from,
       CASE WHEN s.overdue_from IS NULL THEN '' ELSE COALESCE(t.next_floor, '') END,
       CASE WHEN s.overdue_from IS NULL THEN NULL ELSE add_days(s.overdue_from, t.days) END,
       s.is_interest_known = 1, ROUND(s.stop_principal, 2), ROUND(s.stop_interest, 2)
FROM stop s
LEFT JOIN step t ON t.is_card = s.is_card AND t.floor = s.class_floor
WHERE TRUE
ON CONFLICT (loan_id) DO UPDATE SET
    worked_out_on = excluded.worked_out_on, class_method = excluded.class_method,
    overdue_from = excluded.overdue_from, next_floor = excluded.next_floor, next_floor_on = excluded.next_floor_on,
    is_interest_known = excluded.is_interest_known,
    stop_principal = excluded.stop_principal, stop_interest = excluded.stop_interest
WHERE classification_countdown.class_method IS DISTINCT FROM excluded.class_method
   OR classification_countdown.overdue_from IS DISTINCT FROM excluded.overdue_from
   OR classification_countdown.next_floor IS DISTINCT FROM excluded.next_floor
   OR classification_countdown.next_floor_on IS DISTINCT FROM excluded.next_floor_on
   OR classification_countdown.is_interest_known IS DISTINCT FROM excluded.is_interest_known
   OR classification_countdown.stop_principal IS DISTINCT FROM excluded.stop_principal
   OR classification_countdown.stop_interest IS DISTINCT FROM excluded.stop_interest
