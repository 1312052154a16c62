-- Notices withdrawn on this very date that hold again: the extract that spoke against them was corrected.
SELECT n.id
FROM collections_maturitynotice n
LEFT JOIN loans_loan l ON l.id = n.loan_id
LEFT JOIN loans_offbalanceitem o ON o.id = n.item_id
WHERE n.withdrawn_on = %(day)s AND n.matures_on >= %(day)s
  AND COALESCE(l.status, o.status) = 'active' AND COALESCE(l.matures_on, o.matures_on) = n.matures_on
  AND COALESCE(l.superseded_on, o.superseded_on, l.quarantined_since) IS NULL
  AND (l.id IS NULL OR l.principal_balance > 0)
  AND NOT EXISTS (
      SELECT 1 FROM collections_maturitynotice s
      WHERE s.withdrawn_on IS NULL AND s.matures_on = n.matures_on AND s.step_days = n.step_days
        AND (s.loan_id = n.loan_id OR s.item_id = n.item_id))
