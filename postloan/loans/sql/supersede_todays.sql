-- A second run of a date that finds something else than the first: what was opened on the date is replaced, since an
-- interval cannot begin and end on the same date.
-- 1. Only where some column differs from the draft, NULL being a value, or where the loan was withdrawn: it is looked
--    at and has no draft.
UPDATE loans_loanstate SET superseded_by_run = %(run)s
FROM night_candidate n
LEFT JOIN night_draft d ON d.loan_id = n.loan_id
WHERE n.loan_id = loans_loanstate.loan_id AND loans_loanstate.valid_to IS NULL
  AND loans_loanstate.superseded_by_run IS NULL AND loans_loanstate.valid_from = %(day)s AND (
      d.loan_id IS NULL
      OR d.customer_id IS DISTINCT FROM loans_loanstate.customer_id
      OR d.branch_id IS DISTINCT FROM loans_loanstate.branch_id
      OR d.manager_id IS DISTINCT FROM loans_loanstate.manager_id
      OR d.status IS DISTINCT FROM loans_loanstate.status
      OR d.currency IS DISTINCT FROM loans_loanstate.currency
      OR d.principal_balance IS DISTINCT FROM loans_loanstate.principal_balance
      OR d.matures_on IS DISTINCT FROM loans_loanstate.matures_on
      OR d.overdue_since IS DISTINCT FROM loans_loanstate.overdue_since
      OR d.principal_overdue_since IS DISTINCT FROM loans_loanstate.principal_overdue_since
      OR d.interest_overdue_since IS DISTINCT FROM loans_loanstate.interest_overdue_since
      OR d.overdue_principal IS DISTINCT FROM loans_loanstate.overdue_principal
      OR d.overdue_interest IS DISTINCT FROM loans_loanstate.overdue_interest
      OR d.bucket IS DISTINCT FROM loans_loanstate.bucket
      OR d.band IS DISTINCT FROM loans_loanstate.band
      OR d.class_floor IS DISTINCT FROM loans_loanstate.class_floor
      OR d.five_level_class IS DISTINCT FROM loans_loanstate.five_level_class
      OR d.missed_in_a_row IS DISTINCT FROM loans_loanstate.missed_in_a_row
      OR d.missed_in_all IS DISTINCT FROM loans_loanstate.missed_in_all
  )
