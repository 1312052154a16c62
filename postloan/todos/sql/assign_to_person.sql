-- Who does what is staged and names nobody:
-- 1. the manager (A) the loan names for itself on this date;
-- 2. else who is responsible (A) for the customer on this line on this date.
-- Who is disabled or has left gets nothing.
UPDATE todos_due SET assignee_id = COALESCE(
    (SELECT m.staff_id FROM loans_loanmanager m JOIN organization_staff s ON s.id = m.staff_id
     WHERE m.loan_id = todos_due.loan_id AND m.role = 'A' AND s.is_active
       AND m.valid_from <= %(on)s AND (m.valid_to IS NULL OR m.valid_to > %(on)s)
     ORDER BY m.valid_from DESC LIMIT 1),
    (SELECT r.staff_id FROM customers_responsibility r JOIN organization_staff s ON s.id = r.staff_id
     WHERE r.customer_id = todos_due.customer_id AND r.line = todos_due.line AND r.role = 'A' AND s.is_active
       AND r.valid_from <= %(on)s AND (r.valid_to IS NULL OR r.valid_to > %(on)s)
     ORDER BY r.valid_from DESC LIMIT 1))
WHERE assignee_id IS NULL AND post_code = ''
