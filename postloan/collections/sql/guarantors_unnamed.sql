-- Guarantees of loans in an open overdue case whose guarantor has no name.
SELECT DISTINCT 'guarantee', g.guarantee_no, '', c.branch_id, c.id, CAST(NULL AS bigint), '{}'
FROM collections_overduecase k
JOIN loans_loan l ON l.id = k.loan_id AND l.contract_no <> ''
JOIN customers_customer c ON c.id = k.customer_id
JOIN collateral_guarantee g ON g.contract_no = l.contract_no AND g.superseded_on IS NULL
LEFT JOIN customers_customer guarantor ON guarantor.id = g.guarantor_id
WHERE k.closed_on IS NULL AND g.guarantor_name = '' AND COALESCE(guarantor.name, '') = ''
