-- One event for each todo in touched_ids.
INSERT INTO core_event (business_date, happened_at, actor_id, run_id, customer_id, loan_id, subject_kind, subject_key,
                        code, arguments)
SELECT %(on)s, %(now)s, %(actor_id)s, %(run_id)s, t.customer_id, t.loan_id, 'todo', CAST(t.id AS varchar(120)),
       %(action)s || t.kind, %(arguments)s
FROM todos_todo t
JOIN touched_ids touched ON touched.id = t.id
ORDER BY t.id
