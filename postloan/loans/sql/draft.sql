-- What the state of each loan looked at should be after the night of %(day)s.
-- 1. book: the loans looked at, with the method of their product (unknown product: the debtor method) and the line
--    somebody is responsible for (the product's, else the customer's main line). Withdrawn loans have no state.
-- 2. seen_unpaid: due dates our own earlier states saw unpaid.
-- 3. due: each counted instalment whose due date has passed. Principal and interest each for itself; what is paid
--    beyond one never offsets the other. Paid late when a settled date lies after the due date, or a state of ours
--    saw it unpaid; in time when a settled date says so, or it was delivered paid by its due date; else not known.
-- 4. schedule: per loan the oldest unpaid due date and the sums of principal and of interest; missed in a row are
--    the due instalments after the last one paid in full, missed in all those unpaid or paid late (NULL: not known).
-- 5. scheduled: loans with counted instalments, due or not. terms: what core banking says of loans without. Interest paid at fixed times is in arrears as core
--    banking says, and NULL ("no data") where it says nothing.
-- 6. parts: settled and transferred owe nothing. Without instalments a loan is overdue from its maturity: principal
--    its balance, interest its interest receivable; before it only periodic interest can be in arrears. A written-off
--    loan ages on whatever its balance.
-- 7. overdue: the earlier of the two.
-- 8. own, of_customer: the loan's own manager on the day, else the customer's for the line, else nobody.
INSERT INTO night_draft (
    loan_id, customer_id, branch_id, manager_id, status, currency, principal_balance, matures_on,
    overdue_since, principal_overdue_since, interest_overdue_since, overdue_principal, overdue_interest,
    five_level_class, missed_in_a_row, missed_in_all, class_method, days
)
WITH
book AS MATERIALIZED (
    SELECT l.id AS loan_id, l.customer_id, l.branch_id, l.status, l.currency, l.principal_balance, l.matures_on,
           l.five_level_class, l.interest_receivable, l.core_interest_overdue_since,
           CASE WHEN l.status IN ('settled', 'transferred') THEN 1 ELSE 0 END AS is_over,
           CASE WHEN l.repayment_method IN
                    ('interest_monthly', 'interest_quarterly', 'equal_instalments', 'equal_principal')
                THEN 1 ELSE 0 END AS is_periodic,
           CASE WHEN l.interest_arrears_on_balance IS NULL AND l.interest_arrears_off_balance IS NULL THEN NULL
                ELSE COALESCE(l.interest_arrears_on_balance, 0) + COALESCE(l.interest_arrears_off_balance, 0)
           END AS arrears,
           COALESCE(p.class_method, 'debtor') AS class_method,
           COALESCE(NULLIF(p.line, ''), c.main_line) AS line
    FROM night_candidate n
    JOIN loans_loan l ON l.id = n.loan_id AND l.superseded_on IS NULL
    JOIN customers_customer c ON c.id = l.customer_id
    LEFT JOIN loans_product p ON p.id = l.product_id
),
seen_unpaid AS (
    SELECT s.loan_id, s.principal_overdue_since AS due_on
    FROM loans_loanstate s
    JOIN night_candidate n ON n.loan_id = s.loan_id
    WHERE s.superseded_by_run IS NULL AND s.valid_from < %(day)s AND s.principal_overdue_since IS NOT NULL
    UNION
    SELECT s.loan_id, s.interest_overdue_since
    FROM loans_loanstate s
    JOIN night_candidate n ON n.loan_id = s.loan_id
    WHERE s.superseded_by_run IS NULL AND s.valid_from < %(day)s AND s.interest_overdue_since IS NOT NULL
),
due AS (
    SELECT i.loan_id, i.due_on, i.principal_due, i.interest_due, i.principal_paid, i.interest_paid,
           CASE WHEN i.principal_paid < i.principal_due THEN 1 ELSE 0 END AS is_principal_short,
           CASE WHEN i.interest_paid < i.interest_due THEN 1 ELSE 0 END AS is_interest_short,
           ROW_NUMBER() OVER (PARTITION BY i.loan_id ORDER BY i.due_on, i.number) AS place,
           CASE
               WHEN i.settled_on > i.due_on THEN 1
               WHEN i.settled_on IS NOT NULL THEN 0
               WHEN i.principal_due > 0 AND i.principal_settled_on > i.due_on THEN 1
               WHEN i.interest_due > 0 AND i.interest_settled_on > i.due_on THEN 1
               WHEN (i.principal_due = 0 OR i.principal_settled_on IS NOT NULL)
                AND (i.interest_due = 0 OR i.interest_settled_on IS NOT NULL) THEN 0
               WHEN i.changed_on <= i.due_on THEN 0
               WHEN u.due_on IS NOT NULL THEN 1
           END AS was_late
    FROM loans_instalment i
    JOIN night_candidate n ON n.loan_id = i.loan_id
    LEFT JOIN seen_unpaid u ON u.loan_id = i.loan_id AND u.due_on = i.due_on
    WHERE i.superseded_on IS NULL AND i.due_on < %(day)s
),
schedule AS MATERIALIZED (
    SELECT d.loan_id,
           MIN(CASE WHEN d.is_principal_short = 1 THEN d.due_on END) AS principal_since,
           MIN(CASE WHEN d.is_interest_short = 1 THEN d.due_on END) AS interest_since,
           ROUND(SUM(CASE WHEN d.is_principal_short = 1 THEN d.principal_due - d.principal_paid ELSE 0 END), 2)
               AS principal,
           ROUND(SUM(CASE WHEN d.is_interest_short = 1 THEN d.interest_due - d.interest_paid ELSE 0 END), 2)
               AS interest,
           COUNT(*) - COALESCE(MAX(CASE WHEN d.is_principal_short + d.is_interest_short = 0 THEN d.place END), 0)
               AS missed_in_a_row,
           SUM(CASE WHEN d.is_principal_short + d.is_interest_short > 0 THEN 1 ELSE 0 END) AS unpaid,
           SUM(CASE WHEN d.is_principal_short + d.is_interest_short = 0 THEN COALESCE(d.was_late, 0) ELSE 0 END)
               AS late,
           SUM(CASE WHEN d.is_principal_short + d.is_interest_short = 0 AND d.was_late IS NULL THEN 1 ELSE 0 END)
               AS not_known
    FROM due d
    GROUP BY d.loan_id
),
scheduled AS MATERIALIZED (
    SELECT DISTINCT i.loan_id
    FROM loans_instalment i
    JOIN night_candidate n ON n.loan_id = i.loan_id
    WHERE i.superseded_on IS NULL
),
terms AS MATERIALIZED (
    SELECT b.*, s.principal_since, s.interest_since, s.principal, s.interest, s.unpaid, s.late, s.not_known,
           s.missed_in_a_row,
           CASE WHEN k.loan_id IS NULL THEN 0 ELSE 1 END AS has_schedule,
           CASE WHEN b.matures_on < %(day)s THEN 1 ELSE 0 END AS has_matured
    FROM book b
    LEFT JOIN schedule s ON s.loan_id = b.loan_id
    LEFT JOIN scheduled k ON k.loan_id = b.loan_id
),
amounts AS (
    SELECT t.*,
           CASE WHEN t.is_over = 1 THEN 0
                WHEN t.has_schedule = 1 THEN COALESCE(t.principal, 0)
                WHEN t.has_matured = 1 THEN t.principal_balance
                ELSE 0 END AS overdue_principal,
           CASE WHEN t.is_over = 1 THEN 0
                WHEN t.has_schedule = 1 THEN COALESCE(t.interest, 0)
                WHEN t.has_matured = 1 THEN
                    COALESCE(t.interest_receivable, CASE WHEN t.is_periodic = 1 THEN t.arrears END)
                WHEN t.is_periodic = 1 THEN t.arrears
                ELSE 0 END AS overdue_interest
    FROM terms t
),
parts AS (
    SELECT a.*,
           CASE WHEN a.is_over = 1 THEN NULL
                WHEN a.has_schedule = 1 THEN a.principal_since
                WHEN a.has_matured = 1 AND (a.principal_balance > 0 OR a.status = 'written_off') THEN a.matures_on
           END AS principal_overdue_since,
           CASE WHEN a.is_over = 1 THEN NULL
                WHEN a.has_schedule = 1 THEN a.interest_since
                WHEN a.overdue_interest = 0 THEN NULL
                WHEN a.is_periodic = 1 AND a.core_interest_overdue_since < %(day)s
                 AND (a.has_matured = 0 OR a.core_interest_overdue_since < a.matures_on)
                    THEN a.core_interest_overdue_since
                WHEN a.has_matured = 1 AND a.overdue_interest > 0 THEN a.matures_on
           END AS interest_overdue_since
    FROM amounts a
),
overdue AS MATERIALIZED (
    SELECT p.*,
           CASE WHEN p.principal_overdue_since IS NULL THEN p.interest_overdue_since
                WHEN p.interest_overdue_since IS NULL THEN p.principal_overdue_since
                WHEN p.interest_overdue_since < p.principal_overdue_since THEN p.interest_overdue_since
                ELSE p.principal_overdue_since END AS overdue_since
    FROM parts p
),
own AS MATERIALIZED (
    SELECT m.loan_id, MIN(m.staff_id) AS staff_id
    FROM night_candidate n
    JOIN loans_loanmanager m ON m.loan_id = n.loan_id
    WHERE m.role = 'A' AND m.valid_from <= %(day)s AND (m.valid_to IS NULL OR m.valid_to > %(day)s)
    GROUP BY m.loan_id
),
of_customer AS MATERIALIZED (
    SELECT b.loan_id, MIN(r.staff_id) AS staff_id
    FROM book b
    JOIN customers_responsibility r ON r.customer_id = b.customer_id AND r.line = b.line
    WHERE r.role = 'A' AND r.valid_from <= %(day)s AND (r.valid_to IS NULL OR r.valid_to > %(day)s)
    GROUP BY b.loan_id
)
SELECT o.loan_id, o.customer_id, o.branch_id, COALESCE(w.staff_id, r.staff_id), o.status, o.currency, o.principal_balance, o.matures_on,
       o.overdue_since, o.principal_overdue_since, o.interest_overdue_since, o.overdue_principal, o.overdue_interest,
       o.five_level_class,
       CASE WHEN o.has_schedule = 0 THEN NULL WHEN o.is_over = 1 THEN 0 ELSE COALESCE(o.missed_in_a_row, 0) END,
       CASE WHEN o.has_schedule = 0 OR o.not_known > 0 THEN NULL
            WHEN o.is_over = 1 THEN COALESCE(o.late, 0)
            ELSE COALESCE(o.late + o.unpaid, 0) END,
       o.class_method,
       COALESCE(days_between(%(day)s, o.overdue_since), 0)
FROM overdue o
LEFT JOIN own w ON w.loan_id = o.loan_id
LEFT JOIN of_customer r ON r.loan_id = o.loan_id
