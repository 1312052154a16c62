-- Whoever is responsible is reminded on the due date, once; a missed night is caught up.
UPDATE todos_todo SET reminded_on = %(on)s
WHERE state = 'open' AND reminded_on IS NULL AND due_on <= %(on)s
RETURNING id
