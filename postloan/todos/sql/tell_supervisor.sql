-- The supervisor's list shows it a number of working days after the due date, once.
UPDATE todos_todo SET supervisor_told_on = %(on)s
WHERE state = 'open' AND supervisor_told_on IS NULL AND due_on < %(on)s
  AND (SELECT today.number - due.number FROM core_workingday today, core_workingday due
       WHERE today.day = %(on)s AND due.day = todos_todo.due_on) >= %(supervisor_days)s
RETURNING id
