-- Standing notices that no longer hold, with the reason.
-- 1. settled: the item is settled, written off or transferred, or nothing of it is left.
-- 2. not_worked_on: in quarantine, or withdrawn by a correction.
-- 3. maturity_moved: the maturity is another day; then a new cycle begins.
-- 4. what was raised on this very date can only have been corrected.
WITH looked_at AS (
    SELECT n.id, n.raised_on,
           CASE
               WHEN COALESCE(l.superseded_on, o.superseded_on, l.quarantined_since) IS NOT NULL THEN 'not_worked_on'
               WHEN COALESCE(l.status, o.status) <> 'active' OR l.principal_balance = 0 THEN 'settled'
               WHEN COALESCE(l.matures_on, o.matures_on) <> n.matures_on THEN 'maturity_moved'
           END AS reason
    FROM collections_maturitynotice n
    LEFT JOIN loans_loan l ON l.id = n.loan_id
    LEFT JOIN loans_offbalanceitem o ON o.id = n.item_id
    WHERE n.withdrawn_on IS NULL
)
SELECT id, CASE WHEN raised_on = %(day)s THEN 'corrected' ELSE reason END AS reason
FROM looked_at WHERE reason IS NOT NULL
