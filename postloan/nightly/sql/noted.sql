-- The loans of which something was written since the last controlled night, tonight's states among it, and those
-- whose overdue date at core banking came after %(since)s; all loans where %(whole)s = 1.
CREATE TEMPORARY TABLE night_noted AS
SELECT b.loan_id FROM loans_bookchange b
UNION
SELECT l.id FROM loans_loan l WHERE %(whole)s = 1
UNION
SELECT l.id FROM loans_loan l
WHERE l.core_principal_overdue_since >= %(since)s AND l.core_principal_overdue_since < %(day)s
UNION
SELECT l.id FROM loans_loan l
WHERE l.core_interest_overdue_since >= %(since)s AND l.core_interest_overdue_since < %(day)s
