-- Products whose method of classification is not known; their loans count by the debtor method.
-- 1. Loans without a product of ours, and products with a method we do not know.
WITH unknown AS (
    SELECT l.id, l.product_code FROM loans_loan l WHERE l.product_id IS NULL
    UNION ALL
    SELECT l.id, l.product_code
    FROM loans_product p
    JOIN loans_loan l ON l.product_id = p.id
    WHERE p.class_method NOT IN ('debtor', 'days_past_due', 'credit_card')
)
SELECT DISTINCT 'product', u.product_code, '', CAST(NULL AS bigint), CAST(NULL AS bigint), CAST(NULL AS bigint), '{}'
FROM unknown u
JOIN loans_loanstate s ON s.loan_id = u.id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.status NOT IN ('settled', 'transferred')
