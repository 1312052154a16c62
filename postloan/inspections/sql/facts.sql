-- What the policy looks at, loan by loan, for the customers of night_customer, with the rule that fits.
-- 1. live: loans with something to come back that are worked on; the class is the worse of core banking's and ours.
-- 2. cash: how much of a contract low-risk collateral covers; owed: what is owed under it.
-- 3. margin: cash a customer has put down that no open off-balance item holds; it covers loans only where it covers all.
-- 4. fact: exposure = the customer's live balances on the line in the loan's currency.
-- 5. The rule is the first by position whose every column fits.
INSERT INTO night_fact (loan_id, customer_id, line, disbursed_on, five_level_class, class_rank, rule_id)
WITH
live AS (
    SELECT l.id AS loan_id, l.customer_id, l.contract_no, l.secured_by, l.disbursed_on, k.kind AS customer_kind,
           COALESCE(p.family, '') AS family,
           COALESCE(NULLIF(p.line, ''), NULLIF(k.main_line, ''), 'corporate') AS line,
           s.currency, s.principal_balance AS balance,
           CASE WHEN COALESCE(mine.class_rank, 0) >= COALESCE(core.class_rank, 0)
                THEN s.class_floor ELSE s.five_level_class END AS five_level_class,
           CASE WHEN COALESCE(mine.class_rank, 0) >= COALESCE(core.class_rank, 0)
                THEN COALESCE(mine.class_rank, 0) ELSE core.class_rank END AS class_rank
    FROM night_customer n
    JOIN loans_loanstate s
      ON s.customer_id = n.customer_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
    JOIN loans_loan l ON l.id = s.loan_id
    JOIN customers_customer k ON k.id = l.customer_id
    LEFT JOIN loans_product p ON p.id = l.product_id
    LEFT JOIN night_class mine ON mine.code = s.class_floor
    LEFT JOIN night_class core ON core.code = s.five_level_class
    WHERE l.status IN ('active', 'advance') AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
      AND s.principal_balance > 0
),
owed AS (
    SELECT contract_no, ROUND(SUM(balance), 2) AS owed FROM live WHERE contract_no <> '' GROUP BY contract_no
),
cash AS (
    SELECT o.contract_no, ROUND(SUM(a.secured_amount), 2) AS covered
    FROM owed o
    JOIN collateral_collaterallink a ON a.contract_no = o.contract_no AND a.superseded_on IS NULL
    JOIN collateral_collateral c ON c.id = a.collateral_id AND c.superseded_on IS NULL
    WHERE %(low_risk)s LIKE '%%;' || c.kind || ';%%'
    GROUP BY o.contract_no
),
margin AS (
    SELECT d.customer_id
    FROM (SELECT customer_id, ROUND(SUM(balance), 2) AS owed FROM live GROUP BY customer_id
          HAVING MIN(currency) = 'CNY' AND MAX(currency) = 'CNY') d
    JOIN customers_account a ON a.customer_id = d.customer_id AND a.superseded_on IS NULL
    WHERE a.kind = 'margin' AND NOT COALESCE(a.frozen, %(no)s) AND %(low_risk)s LIKE '%%;margin;%%'
      AND NOT EXISTS (SELECT 1 FROM loans_offbalanceitem o
                      WHERE o.customer_id = a.customer_id AND o.margin_account_no = a.account_no
                        AND o.status <> 'settled' AND o.superseded_on IS NULL)
    GROUP BY d.customer_id, d.owed
    HAVING ROUND(SUM(a.balance), 2) >= d.owed
),
fact AS (
    SELECT v.*,
           ROUND(SUM(v.balance) OVER (PARTITION BY v.customer_id, v.line, v.currency), 2) AS exposure,
           CASE WHEN c.covered >= o.owed OR m.customer_id IS NOT NULL THEN 'low_risk' WHEN v.secured_by = 'credit' THEN 'credit'
                WHEN v.secured_by = '' THEN '' ELSE 'secured' END AS security
    FROM live v
    LEFT JOIN owed o ON o.contract_no = v.contract_no
    LEFT JOIN cash c ON c.contract_no = v.contract_no
    LEFT JOIN margin m ON m.customer_id = v.customer_id
)
SELECT f.loan_id, f.customer_id, f.line, f.disbursed_on, f.five_level_class, f.class_rank,
       (SELECT r.rule_id FROM night_rule r
        WHERE (r.line = '' OR r.line = f.line)
          AND (r.customer_kinds = '' OR r.customer_kinds LIKE '%%;' || f.customer_kind || ';%%')
          AND (r.product_families = '' OR r.product_families LIKE '%%;' || f.family || ';%%')
          AND (r.classes = '' OR r.classes LIKE '%%;' || f.five_level_class || ';%%')
          AND (r.exceptions = '' OR r.exceptions LIKE '%%;' || f.security || ';%%')
          AND (r.amount_over IS NULL OR f.exposure > r.amount_over)
          AND (r.amount_up_to IS NULL OR f.exposure <= r.amount_up_to)
        ORDER BY r.position LIMIT 1)
FROM fact f
