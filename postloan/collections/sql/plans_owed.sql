-- Maturities whose plan is owed on %(day)s and has no open todo; with the loan or the item given, only that one's.
-- 1. asked: notices of the steps that ask for a plan stand; the earliest day of an answer counts.
-- 2. owed: one of them is received or its answer due, or a nearer notice stands that asks for no plan.
-- 3. not made: no plan, a draft, or one sent back; what waits for the head's decision is the head's.
WITH maturing AS (
    SELECT n.loan_id, n.item_id, n.matures_on, MIN(n.step_days) AS nearest,
           MIN(CASE WHEN %(steps)s LIKE '%%;' || n.step_days || ';%%' THEN n.due_on END) AS due_on,
           MAX(CASE WHEN %(steps)s LIKE '%%;' || n.step_days || ';%%' AND n.received_at IS NOT NULL
                    THEN 1 ELSE 0 END) AS is_received
    FROM collections_maturitynotice n
    WHERE n.withdrawn_on IS NULL AND n.matures_on >= %(day)s
      AND (n.loan_id = %(loan)s OR n.item_id = %(item)s OR (%(loan)s = 0 AND %(item)s = 0))
    GROUP BY n.loan_id, n.item_id, n.matures_on
)
SELECT m.loan_id, m.item_id, m.matures_on, m.nearest, m.due_on, COALESCE(l.id, i.id) AS plan_id,
       COALESCE(l.state, i.state) AS plan_state,
       (SELECT COUNT(*) FROM collections_maturityplan w
        WHERE w.state = 'withdrawn' AND w.matures_on = m.matures_on
          AND (w.loan_id = m.loan_id OR w.item_id = m.item_id)) AS withdrawn
FROM maturing m
LEFT JOIN collections_maturityplan l ON l.loan_id = m.loan_id AND l.matures_on = m.matures_on
                                    AND l.state <> 'withdrawn'
LEFT JOIN collections_maturityplan i ON i.item_id = m.item_id AND i.matures_on = m.matures_on
                                    AND i.state <> 'withdrawn'
WHERE m.due_on IS NOT NULL AND COALESCE(l.state, i.state, 'draft') IN ('draft', 'returned')
  AND (m.is_received = 1 OR m.due_on <= %(day)s OR NOT %(steps)s LIKE '%%;' || m.nearest || ';%%')
  AND NOT EXISTS (
      SELECT 1 FROM todos_todo t
      WHERE t.kind = 'maturity_plan' AND t.state = 'open'
        AND t.subject_kind = CASE WHEN m.loan_id IS NULL THEN 'off_balance_item' ELSE 'loan' END
        AND t.subject_id = COALESCE(m.loan_id, m.item_id)
        AND t.occurrence LIKE CAST(m.matures_on AS varchar(10)) || ':%%')
ORDER BY m.matures_on, m.loan_id, m.item_id
