-- The loans with something to come back of the customers of touched_ids, with their line.
SELECT l.id AS loan_id, l.customer_id, COALESCE(NULLIF(p.line, ''), NULLIF(k.main_line, ''), 'corporate') AS line
FROM touched_ids n
JOIN loans_loanstate s ON s.customer_id = n.id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
JOIN loans_loan l ON l.id = s.loan_id
JOIN customers_customer k ON k.id = l.customer_id
LEFT JOIN loans_product p ON p.id = l.product_id
WHERE l.status IN ('active', 'advance') AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND s.principal_balance > 0
ORDER BY l.id
