-- The loans the controls of %(day)s look at one by one.
-- 1. whole (%(whole)s = 1): the book, and whatever has a state.
-- 2. Else those of which something was written since the last controlled night, and those whose day has come since
--    then, found another way than by the night's watches:
--    bucket: overdue, and thirty days more than on %(since)s; due: an unpaid instalment fell due;
--    matured: their maturity passed; interest: core banking's date since when interest is in arrears passed.
CREATE TEMPORARY TABLE control_loan AS
SELECT n.loan_id FROM control_note n
UNION
SELECT l.id FROM loans_loan l WHERE %(whole)s = 1
UNION
SELECT s.loan_id FROM loans_loanstate s WHERE %(whole)s = 1
UNION
SELECT s.loan_id
FROM loans_loanstate s
WHERE %(whole)s = 0 AND s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.overdue_since IS NOT NULL
  AND (days_between(%(day)s, s.overdue_since) + 29) / 30 <> (days_between(%(since)s, s.overdue_since) + 29) / 30
UNION
SELECT i.loan_id
FROM loans_instalment i
WHERE %(whole)s = 0 AND i.due_on >= %(since)s AND i.due_on < %(day)s AND i.superseded_on IS NULL
  AND (i.principal_paid < i.principal_due OR i.interest_paid < i.interest_due)
UNION
SELECT l.id FROM loans_loan l WHERE %(whole)s = 0 AND l.matures_on >= %(since)s AND l.matures_on < %(day)s
UNION
SELECT l.id
FROM loans_loan l
WHERE %(whole)s = 0 AND l.core_interest_overdue_since >= %(since)s AND l.core_interest_overdue_since < %(day)s
