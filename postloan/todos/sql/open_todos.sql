-- Opens what is staged, due and not yet there.
-- 1. What is open already stays as it is.
-- 2. What was done is never opened again; nor what was superseded, unless what took its place was withdrawn.
INSERT INTO todos_todo (kind, customer_id, loan_id, line, subject_kind, subject_id, occurrence, assignee_id, post_code,
                        post_branch_id, reason_code, arguments, due_on, weight, state, opened_on, close_reason, run_id)
SELECT %(kind)s, d.customer_id, d.loan_id, d.line, d.subject_kind, d.subject_id, d.occurrence, d.assignee_id,
       CASE WHEN d.assignee_id IS NULL THEN d.post_code ELSE '' END,
       CASE WHEN d.assignee_id IS NULL THEN d.post_branch_id END,
       d.reason_code, d.arguments, d.due_on, {weight}, 'open', %(on)s, '', %(run_id)s
FROM todos_due d
WHERE NOT EXISTS (
    SELECT 1 FROM todos_todo t LEFT JOIN todos_todo successor ON successor.id = t.superseded_by_id
    WHERE t.kind = %(kind)s AND t.subject_kind = d.subject_kind AND t.subject_id = d.subject_id
      AND t.occurrence = d.occurrence
      AND (t.state IN ('open', 'done') OR (t.state = 'superseded' AND successor.state <> 'withdrawn')))
ON CONFLICT DO NOTHING
RETURNING id
