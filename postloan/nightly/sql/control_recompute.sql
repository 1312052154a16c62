-- What is overdue on %(day)s, worked out a second time from the delivered rows, another way than the night's draft.
-- 1. unpaid: one row for each part, principal or interest, of each instalment that is short and past its due date.
-- 2. whole: loans without a schedule owe all from their maturity; before it, core banking's word on periodic interest.
-- 3. silent: loans of which nobody says whether interest is in arrears; their interest is not known.
-- 4. Settled and transferred loans owe nothing. Sums in cents.
CREATE TEMPORARY TABLE control_overdue AS
WITH
owing AS (
    SELECT l.*
    FROM control_loan x
    JOIN loans_loan l ON l.id = x.loan_id
    WHERE l.superseded_on IS NULL AND l.status <> 'settled' AND l.status <> 'transferred'
),
scheduled AS (
    SELECT DISTINCT i.loan_id
    FROM control_loan x
    JOIN loans_instalment i ON i.loan_id = x.loan_id AND i.superseded_on IS NULL
),
unscheduled AS (
    SELECT o.*, days_between(%(day)s, o.matures_on) AS days_past,
           (o.repayment_method = 'interest_monthly' OR o.repayment_method = 'interest_quarterly'
            OR o.repayment_method = 'equal_instalments' OR o.repayment_method = 'equal_principal') AS pays_interest
    FROM owing o
    LEFT JOIN scheduled s ON s.loan_id = o.id
    WHERE s.loan_id IS NULL
),
unpaid AS (
    SELECT i.loan_id, 'principal' AS part, i.due_on AS since,
           CAST(ROUND((i.principal_due - i.principal_paid) * 100) AS bigint) AS cents
    FROM loans_instalment i JOIN owing o ON o.id = i.loan_id
    WHERE i.superseded_on IS NULL AND i.principal_due > i.principal_paid AND days_between(%(day)s, i.due_on) > 0
    UNION ALL
    SELECT i.loan_id, 'interest', i.due_on, CAST(ROUND((i.interest_due - i.interest_paid) * 100) AS bigint)
    FROM loans_instalment i JOIN owing o ON o.id = i.loan_id
    WHERE i.superseded_on IS NULL AND i.interest_due > i.interest_paid AND days_between(%(day)s, i.due_on) > 0
),
whole AS (
    SELECT u.id AS loan_id, 'principal' AS part, u.matures_on AS since,
           CAST(ROUND(u.principal_balance * 100) AS bigint) AS cents
    FROM unscheduled u
    WHERE u.days_past > 0 AND (u.principal_balance > 0 OR u.status = 'written_off')
    UNION ALL
    SELECT u.id, 'interest',
           CASE WHEN u.pays_interest AND u.core_interest_overdue_since < u.matures_on
                THEN u.core_interest_overdue_since ELSE u.matures_on END,
           CAST(ROUND(u.interest_receivable * 100) AS bigint)
    FROM unscheduled u
    WHERE u.days_past > 0 AND u.interest_receivable > 0
    UNION ALL
    SELECT u.id, 'interest',
           CASE WHEN u.days_past > 0 AND (u.core_interest_overdue_since IS NULL
                                          OR u.core_interest_overdue_since >= u.matures_on) THEN u.matures_on
                WHEN u.core_interest_overdue_since < %(day)s THEN u.core_interest_overdue_since END,
           CAST(ROUND((COALESCE(u.interest_arrears_on_balance, 0) + COALESCE(u.interest_arrears_off_balance, 0)) * 100)
               AS bigint)
    FROM unscheduled u
    WHERE u.pays_interest AND (u.days_past <= 0 OR u.interest_receivable IS NULL)
      AND COALESCE(u.interest_arrears_on_balance, 0) + COALESCE(u.interest_arrears_off_balance, 0) > 0
    UNION ALL
    SELECT u.id, 'interest', u.core_interest_overdue_since, 0
    FROM unscheduled u
    WHERE u.pays_interest AND u.interest_arrears_on_balance IS NULL AND u.interest_arrears_off_balance IS NULL
      AND u.core_interest_overdue_since < %(day)s
      AND (u.days_past <= 0 OR (u.interest_receivable IS NULL AND u.core_interest_overdue_since < u.matures_on))
),
silent AS (
    SELECT u.id AS loan_id
    FROM unscheduled u
    WHERE (u.days_past <= 0 AND u.pays_interest AND u.interest_arrears_on_balance IS NULL
           AND u.interest_arrears_off_balance IS NULL)
       OR (u.days_past > 0 AND u.interest_receivable IS NULL
           AND (NOT u.pays_interest
                OR (u.interest_arrears_on_balance IS NULL AND u.interest_arrears_off_balance IS NULL)))
),
parts AS (
    SELECT * FROM unpaid UNION ALL SELECT * FROM whole
),
summed AS (
    SELECT loan_id,
           COALESCE(SUM(CASE WHEN part = 'principal' THEN cents END), 0) AS principal_cents,
           COALESCE(SUM(CASE WHEN part = 'interest' THEN cents END), 0) AS interest_cents,
           MIN(since) AS since
    FROM parts
    GROUP BY loan_id
)
SELECT l.id AS loan_id, COALESCE(s.principal_cents, 0) AS principal_cents,
       CASE WHEN q.loan_id IS NULL THEN COALESCE(s.interest_cents, 0) END AS interest_cents,
       s.since
FROM control_loan x
JOIN loans_loan l ON l.id = x.loan_id
LEFT JOIN summed s ON s.loan_id = l.id
LEFT JOIN silent q ON q.loan_id = l.id
WHERE l.superseded_on IS NULL
