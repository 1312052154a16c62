-- Instalments that come within a step on %(day)s and have no reminder of it.
-- 1. worked_on: active loans that are neither withdrawn nor in quarantine; 0 < days to the due date.
-- 2. unpaid: principal and interest, each for itself: an overpaid part does not offset the other.
WITH unpaid AS (
    SELECT i.id AS instalment_id, i.loan_id, i.number, i.due_on, l.customer_id, l.loan_no, l.account_no, l.currency,
           CASE WHEN i.principal_due > i.principal_paid THEN i.principal_due - i.principal_paid ELSE 0 END AS principal,
           CASE WHEN i.interest_due > i.interest_paid THEN i.interest_due - i.interest_paid ELSE 0 END AS interest
    FROM loans_instalment i
    JOIN loans_loan l ON l.id = i.loan_id
    WHERE i.superseded_on IS NULL AND i.due_on > %(day)s AND i.due_on <= add_days(%(day)s, %(widest)s)
      AND l.status = 'active' AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
)
SELECT u.*, s.days AS step_days
FROM unpaid u
JOIN night_step s ON days_between(u.due_on, %(day)s) <= s.days
WHERE u.principal + u.interest > 0
  AND NOT EXISTS (SELECT 1 FROM collections_instalmentreminder r
                  WHERE r.instalment_id = u.instalment_id AND r.due_on = u.due_on AND r.step_days = s.days)
ORDER BY u.due_on, u.instalment_id, s.days
