-- The steps an item has reached on %(day)s and has no standing notice for.
-- 1. whole: active loans with a balance whose principal comes back as a whole; rules.comes_back_as_a_whole.
-- 2. items: off-balance items of the kinds that are watched.
-- 3. reached: 0 <= days to maturity <= step, and the step is not longer than the item's term.
-- 4. due and not yet done: no standing notice of the same item, maturity and step.
-- OFFSET 0 has PostgreSQL look for instalments loan by loan: it would read those of the whole book into a table else.
WITH
whole AS (
    SELECT l.id AS loan_id, CAST(NULL AS bigint) AS item_id, l.customer_id, l.disbursed_on AS begins_on, l.matures_on
    FROM loans_loan l
    WHERE l.matures_on >= %(day)s AND l.matures_on <= add_days(%(day)s, %(widest)s)
      AND l.status = 'active' AND l.principal_balance > 0
      AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
      AND (l.repayment_method IN ('bullet', 'interest_monthly', 'interest_quarterly')
           OR NOT EXISTS (SELECT 1 FROM loans_instalment i
                          WHERE i.loan_id = l.id AND i.superseded_on IS NULL LIMIT 1 OFFSET 0)
           OR (l.repayment_method NOT IN ('equal_instalments', 'equal_principal')
               AND (SELECT COUNT(*) FROM loans_instalment i
                    WHERE i.loan_id = l.id AND i.superseded_on IS NULL AND i.principal_due > 0) <= 1))
),
items AS (
    SELECT CAST(NULL AS bigint) AS loan_id, o.id AS item_id, o.customer_id, o.issued_on AS begins_on, o.matures_on
    FROM loans_offbalanceitem o
    WHERE o.matures_on >= %(day)s AND o.matures_on <= add_days(%(day)s, %(widest)s)
      AND o.status = 'active' AND o.superseded_on IS NULL AND o.customer_id IS NOT NULL
      AND %(kinds)s LIKE '%%;' || o.kind || ';%%'
),
maturing AS (SELECT * FROM whole UNION ALL SELECT * FROM items),
reached AS (
    SELECT m.*, s.days AS step_days
    FROM maturing m
    JOIN night_step s ON days_between(m.matures_on, %(day)s) <= s.days
                     AND s.days <= days_between(m.matures_on, m.begins_on)
)
SELECT r.loan_id, r.item_id, r.customer_id, r.matures_on, r.step_days
FROM reached r
WHERE NOT EXISTS (
    SELECT 1 FROM collections_maturitynotice n
    WHERE n.withdrawn_on IS NULL AND n.matures_on = r.matures_on AND n.step_days = r.step_days
      AND (n.loan_id = r.loan_id OR n.item_id = r.item_id))
ORDER BY r.matures_on, r.loan_id, r.item_id, r.step_days
