-- What waits in a post's queue, or belongs to somebody who is disabled or has left, is looked at again.
-- What goes to a post by its nature never goes to a manager: it falls back to the branch head's queue.
INSERT INTO todos_due (todo_id, customer_id, loan_id, subject_kind, subject_id, occurrence, line, reason_code,
                       arguments, due_on, post_code)
SELECT t.id, t.customer_id, t.loan_id, t.subject_kind, t.subject_id, t.occurrence, t.line, t.reason_code,
       t.arguments, t.due_on,
       CASE WHEN %(to_post)s LIKE '%%;' || t.kind || ';%%' THEN 'branch_head' ELSE '' END
FROM todos_todo t
LEFT JOIN organization_staff s ON s.id = t.assignee_id
WHERE t.state = 'open' AND (NOT s.is_active OR (t.assignee_id IS NULL AND NOT %(to_post)s LIKE '%%;' || t.kind || ';%%'))
