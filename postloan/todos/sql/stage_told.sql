-- The todos of touched_ids, to learn whose lead they are under: the head of the queue they wait in or would wait in.
INSERT INTO todos_due (todo_id, customer_id, loan_id, subject_kind, subject_id, line, reason_code, due_on, post_code,
                       post_branch_id)
SELECT t.id, t.customer_id, t.loan_id, t.subject_kind, t.subject_id, t.line, t.reason_code, t.due_on, 'branch_head',
       t.post_branch_id
FROM todos_todo t
JOIN touched_ids touched ON touched.id = t.id
