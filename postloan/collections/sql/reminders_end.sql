-- Open reminders whose reason has gone, and why: paid, the due date has come or was changed, the loan is no longer ours.
SELECT r.id,
       CASE
           WHEN i.superseded_on IS NOT NULL OR l.superseded_on IS NOT NULL OR l.quarantined_since IS NOT NULL
                OR l.status NOT IN ('active', 'settled') THEN 'not_worked_on'
           WHEN (i.principal_paid >= i.principal_due AND i.interest_paid >= i.interest_due) OR l.status = 'settled'
               THEN 'paid'
           WHEN i.due_on <> r.due_on THEN 'moved'
           ELSE 'due_date'
       END AS reason
FROM collections_instalmentreminder r
JOIN loans_instalment i ON i.id = r.instalment_id
JOIN loans_loan l ON l.id = r.loan_id
WHERE r.ended_on IS NULL
  AND (r.due_on <= %(day)s OR i.superseded_on IS NOT NULL OR l.superseded_on IS NOT NULL
       OR l.quarantined_since IS NOT NULL OR l.status <> 'active' OR i.due_on <> r.due_on
       OR (i.principal_paid >= i.principal_due AND i.interest_paid >= i.interest_due))
