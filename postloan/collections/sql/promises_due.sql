-- Promises to look at on %(day)s: open ones, and those decided on this very date, whose data may have been corrected.
-- 1. counted: receipts from the day of the promise to its day and grace, without those reversed and the reversals.
-- 2. current: nothing was overdue any more at the end of a case between the promise and its last day.
WITH looked_at AS (
    SELECT p.id, p.loan_id, p.made_on, add_days(p.promised_on, %(grace)s) AS until_on
    FROM collections_promise p
    WHERE p.state = 'open' OR p.evaluated_on = %(day)s
)
SELECT x.id,
       COALESCE((SELECT SUM(r.principal + r.interest + COALESCE(r.penalty, 0) + COALESCE(r.compound, 0)
                            + COALESCE(r.fees, 0))
                 FROM loans_repayment r
                 WHERE r.loan_id = x.loan_id AND r.superseded_on IS NULL AND r.reverses_receipt_no = ''
                   AND r.paid_on >= x.made_on AND r.paid_on <= x.until_on
                   AND NOT EXISTS (SELECT 1 FROM loans_repayment v
                                   WHERE v.loan_id = r.loan_id AND v.superseded_on IS NULL
                                     AND v.reverses_receipt_no = r.receipt_no)), 0) AS paid,
       CASE WHEN EXISTS (SELECT 1 FROM collections_overduecase c
                         WHERE c.loan_id = x.loan_id AND c.close_reason IN ('current', 'settled')
                           AND c.closed_on >= x.made_on AND c.closed_on <= x.until_on) THEN 1 ELSE 0 END AS is_current
FROM looked_at x
ORDER BY x.id
