-- Who is responsible for each loan looked at on %(day)s, joined another way than the night's draft; two people show
-- as two.
-- 1. own: A managers the loan names. 2. of_customer: the customer's for the product's line, else the main line.
CREATE TEMPORARY TABLE control_manager AS
WITH
book AS (
    SELECT l.id AS loan_id, l.customer_id, COALESCE(NULLIF(p.line, ''), c.main_line) AS line
    FROM control_loan x
    JOIN loans_loan l ON l.id = x.loan_id
    JOIN customers_customer c ON c.id = l.customer_id
    LEFT JOIN loans_product p ON p.id = l.product_id
    WHERE l.superseded_on IS NULL
),
own AS (
    SELECT m.loan_id, MIN(m.staff_id) AS staff_id, COUNT(*) AS people
    FROM control_loan x
    JOIN loans_loanmanager m ON m.loan_id = x.loan_id
    WHERE m.role = 'A' AND m.valid_from <= %(day)s AND (m.valid_to IS NULL OR m.valid_to > %(day)s)
    GROUP BY m.loan_id
),
of_customer AS (
    SELECT r.customer_id, r.line, MIN(r.staff_id) AS staff_id, COUNT(*) AS people
    FROM (SELECT DISTINCT customer_id FROM book) k
    JOIN customers_responsibility r ON r.customer_id = k.customer_id
    WHERE r.role = 'A' AND r.valid_from <= %(day)s AND (r.valid_to IS NULL OR r.valid_to > %(day)s)
    GROUP BY r.customer_id, r.line
)
SELECT b.loan_id, COALESCE(o.staff_id, k.staff_id) AS staff_id,
       CASE WHEN o.loan_id IS NOT NULL THEN o.people ELSE COALESCE(k.people, 0) END AS people
FROM book b
LEFT JOIN own o ON o.loan_id = b.loan_id
LEFT JOIN of_customer k ON k.customer_id = b.customer_id AND k.line = b.line
