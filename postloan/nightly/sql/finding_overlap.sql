-- Two people in the same role for a customer and line, or for a loan, on some day not yet over.
-- 1. The triggers refuse this; a row here was written past them.
-- 2. twice: where more than one row is not yet over, so that only those are laid beside each other.
WITH
twice AS (
    SELECT r.customer_id, r.line, r.role
    FROM customers_responsibility r
    WHERE r.valid_to IS NULL OR r.valid_to > %(day)s
    GROUP BY r.customer_id, r.line, r.role
    HAVING COUNT(*) > 1
),
loans_twice AS (
    SELECT m.loan_id, m.role
    FROM loans_loanmanager m
    WHERE m.valid_to IS NULL OR m.valid_to > %(day)s
    GROUP BY m.loan_id, m.role
    HAVING COUNT(*) > 1
)
SELECT 'customer', c.customer_no, a.line || ' ' || a.role, MIN(c.branch_id), MIN(c.id), CAST(NULL AS bigint), '{}'
FROM twice t
JOIN customers_responsibility a ON a.customer_id = t.customer_id AND a.line = t.line AND a.role = t.role
JOIN customers_responsibility b
  ON b.customer_id = a.customer_id AND b.line = a.line AND b.role = a.role AND b.id > a.id
 AND (a.valid_to IS NULL OR b.valid_from < a.valid_to) AND (b.valid_to IS NULL OR a.valid_from < b.valid_to)
JOIN customers_customer c ON c.id = a.customer_id
WHERE (a.valid_to IS NULL OR a.valid_to > %(day)s) AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
GROUP BY c.customer_no, a.line, a.role
UNION ALL
SELECT 'loan', l.loan_no, a.role, MIN(l.branch_id), MIN(l.customer_id), MIN(l.id), '{}'
FROM loans_twice t
JOIN loans_loanmanager a ON a.loan_id = t.loan_id AND a.role = t.role
JOIN loans_loanmanager b
  ON b.loan_id = a.loan_id AND b.role = a.role AND b.id > a.id
 AND (a.valid_to IS NULL OR b.valid_from < a.valid_to) AND (b.valid_to IS NULL OR a.valid_from < b.valid_to)
JOIN loans_loan l ON l.id = a.loan_id
WHERE (a.valid_to IS NULL OR a.valid_to > %(day)s) AND (b.valid_to IS NULL OR b.valid_to > %(day)s)
GROUP BY l.loan_no, a.role
