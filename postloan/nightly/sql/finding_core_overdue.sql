-- Where core banking says another overdue date or amount than ours. What it leaves empty is not compared, nor is a
-- loan that was not delivered or is held in quarantine: its core values stand still while ours age.
-- 1. principal_since, interest_since: dates; ours is empty where nothing is overdue.
-- 2. principal: the overdue principal. 3. interest: its arrears on and off the balance sheet together.
-- 4. undated_interest: arrears without the date since when, so that no days can be counted.
-- 5. night_noted: on a quiet night only loans of which something was written, and those whose date at core banking came.
WITH
now AS (
    SELECT l.id, l.loan_no, s.branch_id, s.customer_id, s.principal_overdue_since, s.interest_overdue_since,
           s.overdue_principal, s.overdue_interest, l.core_principal_overdue_since, l.core_interest_overdue_since,
           l.core_overdue_principal,
           CASE WHEN l.interest_arrears_on_balance IS NULL AND l.interest_arrears_off_balance IS NULL THEN NULL
                ELSE ROUND(COALESCE(l.interest_arrears_on_balance, 0) + COALESCE(l.interest_arrears_off_balance, 0), 2)
           END AS arrears
    FROM night_noted n
    JOIN loans_loanstate s ON s.loan_id = n.loan_id
    JOIN loans_loan l ON l.id = s.loan_id
    WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.status NOT IN ('settled', 'transferred')
      AND l.missing_since IS NULL AND l.quarantined_since IS NULL
),
differences AS (
    SELECT id, loan_no, branch_id, customer_id, 'principal_since' AS aspect,
           COALESCE('"' || CAST(principal_overdue_since AS varchar(10)) || '"', 'null') AS ours,
           '"' || CAST(core_principal_overdue_since AS varchar(10)) || '"' AS theirs
    FROM now
    WHERE core_principal_overdue_since < %(day)s AND core_principal_overdue_since IS DISTINCT FROM principal_overdue_since
    UNION ALL
    SELECT id, loan_no, branch_id, customer_id, 'interest_since',
           COALESCE('"' || CAST(interest_overdue_since AS varchar(10)) || '"', 'null'),
           '"' || CAST(core_interest_overdue_since AS varchar(10)) || '"'
    FROM now
    WHERE core_interest_overdue_since < %(day)s AND core_interest_overdue_since IS DISTINCT FROM interest_overdue_since
    UNION ALL
    SELECT id, loan_no, branch_id, customer_id, 'principal', CAST(overdue_principal AS varchar(30)),
           CAST(core_overdue_principal AS varchar(30))
    FROM now
    WHERE core_overdue_principal <> overdue_principal
    UNION ALL
    SELECT id, loan_no, branch_id, customer_id, 'interest', COALESCE(CAST(overdue_interest AS varchar(30)), 'null'),
           CAST(arrears AS varchar(30))
    FROM now
    WHERE arrears IS NOT NULL AND arrears IS DISTINCT FROM overdue_interest
    UNION ALL
    SELECT id, loan_no, branch_id, customer_id, 'undated_interest', 'null', CAST(arrears AS varchar(30))
    FROM now
    WHERE arrears > 0 AND core_interest_overdue_since IS NULL AND interest_overdue_since IS NULL
)
SELECT 'loan', loan_no, aspect, branch_id, customer_id, id, '{"ours": ' || ours || ', "theirs": ' || theirs || '}'
FROM differences
