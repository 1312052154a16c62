-- What is open of touched_ids has no cause any more.
UPDATE todos_todo SET state = 'withdrawn', closed_on = %(on)s, closed_at = %(now)s, close_reason = %(reason)s
WHERE state = 'open' AND id IN (SELECT id FROM touched_ids)
RETURNING id
