-- Customers with a live loan that nobody is responsible for on the date, by line.
-- 1. The state of the loan has no manager: neither its own nor the customer's for the line.
SELECT 'customer', c.customer_no, COALESCE(NULLIF(p.line, ''), c.main_line), MIN(c.branch_id), MIN(c.id),
       CAST(NULL AS bigint), '{"loans": ' || CAST(COUNT(*) AS varchar(10)) || '}'
FROM loans_loanstate s
JOIN loans_loan l ON l.id = s.loan_id
JOIN customers_customer c ON c.id = l.customer_id
LEFT JOIN loans_product p ON p.id = l.product_id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.manager_id IS NULL
  AND s.status NOT IN ('settled', 'transferred')
GROUP BY c.customer_no, COALESCE(NULLIF(p.line, ''), c.main_line)
