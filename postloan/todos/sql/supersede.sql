-- What is open of these kinds about the same subject gives way to the newest todo in touched_ids.
UPDATE todos_todo SET state = 'superseded', closed_on = %(on)s, closed_at = %(now)s, close_reason = %(reason)s,
    superseded_by_id = newest.id
FROM (SELECT newer.subject_kind, newer.subject_id, MAX(newer.id) AS id
      FROM todos_todo newer JOIN touched_ids touched ON touched.id = newer.id
      GROUP BY newer.subject_kind, newer.subject_id) AS newest
WHERE todos_todo.subject_kind = newest.subject_kind AND todos_todo.subject_id = newest.subject_id
  AND todos_todo.state = 'open'
  AND %(kinds)s LIKE '%%;' || todos_todo.kind || ';%%'
  AND todos_todo.id NOT IN (SELECT touched.id FROM touched_ids touched)
RETURNING todos_todo.id
