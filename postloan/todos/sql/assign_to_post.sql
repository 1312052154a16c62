-- The queue of what is staged and has nobody: the post named, else the branch head's, at the branch named, else
-- 1. the loan's branch or the customer's where that is a retail centre;
-- 2. for a line run from a retail centre, the centre nearest above the customer's branch;
-- 3. the customer's branch.
UPDATE todos_due SET
    post_code = CASE WHEN post_code = '' THEN 'branch_head' ELSE post_code END,
    post_branch_id = COALESCE(
        post_branch_id,
        (SELECT b.id FROM loans_loan l JOIN organization_branch b ON b.id = l.branch_id
         WHERE l.id = todos_due.loan_id AND b.kind = 'retail_centre'),
        (SELECT b.id FROM customers_customer c JOIN organization_branch b ON b.id = c.branch_id
         WHERE c.id = todos_due.customer_id AND b.kind = 'retail_centre'),
        (SELECT centre.id
         FROM customers_customer c
         JOIN organization_branch home ON home.id = c.branch_id
         JOIN organization_branch centre ON centre.kind = 'retail_centre' AND centre.missing_since IS NULL
         JOIN organization_branch above ON above.id = centre.parent_id
         WHERE c.id = todos_due.customer_id
           AND %(retail_lines)s LIKE '%%;' || todos_due.line || ';%%'
           AND SUBSTR(home.path, 1, LENGTH(above.path)) = above.path
         ORDER BY LENGTH(above.path) DESC, centre.id LIMIT 1),
        (SELECT c.branch_id FROM customers_customer c WHERE c.id = todos_due.customer_id))
WHERE assignee_id IS NULL
