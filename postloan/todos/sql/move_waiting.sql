-- Where somebody else is found now, the todo goes there.
UPDATE todos_todo SET
    assignee_id = d.assignee_id,
    post_code = CASE WHEN d.assignee_id IS NULL THEN d.post_code ELSE '' END,
    post_branch_id = CASE WHEN d.assignee_id IS NULL THEN d.post_branch_id END
FROM todos_due d
WHERE todos_todo.id = d.todo_id AND todos_todo.state = 'open'
  AND (COALESCE(todos_todo.assignee_id, 0) <> COALESCE(d.assignee_id, 0)
       OR (d.assignee_id IS NULL AND todos_todo.post_branch_id <> d.post_branch_id))
RETURNING todos_todo.id
