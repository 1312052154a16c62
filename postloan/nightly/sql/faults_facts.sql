-- What the open interval says of branch, class and manager against the tables that say so.
-- 1. two_managers: a loan with more than one A on the date. 2. branch_differs, class_differs, manager_differs.
SELECT s.loan_id, s.loan_no, 'two_managers' AS fault, CAST(m.people AS varchar(60)) AS ours,
       CAST(NULL AS varchar(60)) AS theirs
FROM control_open s JOIN control_manager m ON m.loan_id = s.loan_id WHERE m.people > 1
UNION ALL
SELECT s.loan_id, s.loan_no, 'branch_differs', a.branch_code, b.branch_code
FROM control_open s
JOIN loans_loan l ON l.id = s.loan_id AND l.branch_id <> s.branch_id
JOIN organization_branch a ON a.id = s.branch_id
JOIN organization_branch b ON b.id = l.branch_id
UNION ALL
SELECT s.loan_id, s.loan_no, 'class_differs', s.five_level_class, l.five_level_class
FROM control_open s JOIN loans_loan l ON l.id = s.loan_id AND l.five_level_class <> s.five_level_class
UNION ALL
SELECT s.loan_id, s.loan_no, 'manager_differs', a.staff_no, b.staff_no
FROM control_open s
JOIN control_manager m ON m.loan_id = s.loan_id AND m.staff_id IS DISTINCT FROM s.manager_id AND m.people < 2
LEFT JOIN organization_staff a ON a.id = s.manager_id
LEFT JOIN organization_staff b ON b.id = m.staff_id
