-- The countdown of a loan that was looked at and has no state any more: a correction has withdrawn it.
DELETE FROM classification_countdown
WHERE loan_id IN (SELECT n.loan_id FROM night_candidate n)
  AND loan_id NOT IN (SELECT d.loan_id FROM night_draft d)
