-- Everything that comes back as a whole from %(day)s until %(until)s; the same rules as maturities_reached.sql.
-- OFFSET 0 has PostgreSQL look for instalments loan by loan: it would read those of the whole book into a table else.
SELECT l.id AS loan_id, CAST(NULL AS bigint) AS item_id, l.branch_id
FROM loans_loan l
WHERE l.matures_on >= %(day)s AND l.matures_on <= %(until)s
  AND l.status = 'active' AND l.principal_balance > 0
  AND l.superseded_on IS NULL AND l.quarantined_since IS NULL
  AND (l.repayment_method IN ('bullet', 'interest_monthly', 'interest_quarterly')
       OR NOT EXISTS (SELECT 1 FROM loans_instalment i
                      WHERE i.loan_id = l.id AND i.superseded_on IS NULL LIMIT 1 OFFSET 0)
       OR (l.repayment_method NOT IN ('equal_instalments', 'equal_principal')
           AND (SELECT COUNT(*) FROM loans_instalment i
                WHERE i.loan_id = l.id AND i.superseded_on IS NULL AND i.principal_due > 0) <= 1))
UNION ALL
SELECT CAST(NULL AS bigint), o.id, COALESCE(o.branch_id, c.branch_id)
FROM loans_offbalanceitem o
JOIN customers_customer c ON c.id = o.customer_id
WHERE o.matures_on >= %(day)s AND o.matures_on <= %(until)s
  AND o.status = 'active' AND o.superseded_on IS NULL AND o.customer_id IS NOT NULL
  AND %(kinds)s LIKE '%%;' || o.kind || ';%%'
