-- The line of what is staged: as given, else the product's, else the customer's main line, else none.
UPDATE todos_due SET line = COALESCE(
    CASE WHEN line IN ('corporate', 'inclusive', 'personal', 'rural') THEN line END,
    (SELECT p.line FROM loans_loan l JOIN loans_product p ON p.id = l.product_id
     WHERE l.id = todos_due.loan_id AND p.line IN ('corporate', 'inclusive', 'personal', 'rural')),
    (SELECT c.main_line FROM customers_customer c
     WHERE c.id = todos_due.customer_id AND c.main_line IN ('corporate', 'inclusive', 'personal', 'rural')),
    '')
