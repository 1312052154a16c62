-- Payouts up to %(day)s without a first inspection: by payments out where core banking delivers them for the loan,
-- else by the day of the loan. What was due before this system began (%(start)s) was another system's.
WITH payouts AS (
    SELECT f.loan_id, p.paid_on
    FROM night_fact f JOIN loans_paymentout p ON p.loan_id = f.loan_id AND p.superseded_on IS NULL
    UNION
    SELECT f.loan_id, f.disbursed_on
    FROM night_fact f
    WHERE NOT EXISTS (SELECT 1 FROM loans_paymentout p WHERE p.loan_id = f.loan_id AND p.superseded_on IS NULL)
)
SELECT f.loan_id, f.customer_id, f.line, f.rule_id, p.paid_on, r.place, r.people, r.first_days,
       add_days(p.paid_on, r.first_days) AS due_on, COALESCE(NULLIF(l.contract_no, ''), l.loan_no) AS contract
FROM payouts p
JOIN night_fact f ON f.loan_id = p.loan_id
JOIN night_rule r ON r.rule_id = f.rule_id AND r.first_days IS NOT NULL
JOIN loans_loan l ON l.id = f.loan_id
WHERE p.paid_on <= %(day)s AND add_days(p.paid_on, r.first_days) >= %(start)s
  AND NOT EXISTS (
      SELECT 1 FROM inspections_taskloan t
      WHERE t.loan_id = f.loan_id AND t.kind = 'first' AND NOT t.is_withdrawn
        AND substr(CAST(t.payout_month AS text), 1, 7) = substr(CAST(p.paid_on AS text), 1, 7))
ORDER BY p.paid_on, f.loan_id
