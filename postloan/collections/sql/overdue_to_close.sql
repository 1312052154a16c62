-- Open cases with nothing left to do, and why.
-- 1. written_off, settled: what core banking says of the loan. 2. not_worked_on: quarantine, transfer, withdrawal.
-- 3. current: principal and interest are paid up.
SELECT c.id,
       CASE
           WHEN l.status = 'written_off' THEN 'written_off'
           WHEN l.status = 'settled' THEN 'settled'
           WHEN l.status = 'transferred' OR l.superseded_on IS NOT NULL OR l.quarantined_since IS NOT NULL
               THEN 'not_worked_on'
           ELSE 'current'
       END AS reason
FROM collections_overduecase c
JOIN loans_loan l ON l.id = c.loan_id
LEFT JOIN loans_loanstate s ON s.loan_id = c.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
WHERE c.closed_on IS NULL
  AND (l.status NOT IN ('active', 'advance') OR l.superseded_on IS NOT NULL OR l.quarantined_since IS NOT NULL
       OR s.overdue_since IS NULL)
