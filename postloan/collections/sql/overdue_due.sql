-- Loans whose overdue work is to be looked at on %(day)s; those that were written off or stand in quarantine are not.
-- 1. open_cases: with the day of their last stage.
-- 2. due: no case yet, or overdue since another day than before, or the day of the next stage has come.
WITH open_cases AS (
    SELECT c.*,
           (SELECT MAX(g.raised_on) FROM collections_overduestage g
            WHERE g.case_id = c.id AND g.withdrawn_on IS NULL) AS last_raised_on
    FROM collections_overduecase c WHERE c.closed_on IS NULL
)
SELECT s.loan_id, s.customer_id, s.overdue_since, s.overdue_principal, s.overdue_interest, s.currency,
       COALESCE(NULLIF(p.line, ''), NULLIF(k.main_line, ''), 'corporate') AS line,
       CASE WHEN l.contract_no <> '' AND EXISTS (
           SELECT 1 FROM collateral_guarantee g WHERE g.contract_no = l.contract_no AND g.superseded_on IS NULL)
            THEN 1 ELSE 0 END AS has_guarantee,
       c.id AS case_id, c.scale, c.level, c.tick, c.last_raised_on, c.lowered_on, c.level_before, c.tick_before
FROM loans_loanstate s
JOIN loans_loan l ON l.id = s.loan_id
JOIN customers_customer k ON k.id = s.customer_id
LEFT JOIN loans_product p ON p.id = l.product_id
LEFT JOIN open_cases c ON c.loan_id = s.loan_id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.overdue_since < %(day)s
  AND l.status IN ('active', 'advance') AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND (c.id IS NULL OR c.overdue_since <> s.overdue_since OR c.next_stage_on <= %(day)s)
ORDER BY s.loan_id
