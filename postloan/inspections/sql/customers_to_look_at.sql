-- The customers whose inspections the night of %(day)s looks at; its cost follows what changed, not the book.
-- 1. A loan was touched by an extract after %(since)s, or its state changed tonight.
-- 2. A payment out was delivered or changed after %(since)s.
-- 3. An inspection was handed in or ended since the last night; its day is stamped with the date then shown.
-- 4. Everybody with a state (%(everything)s = 1): first night, new month, new policy, another parameter.
INSERT INTO night_customer (customer_id)
SELECT l.customer_id FROM loans_loanwatch w JOIN loans_loan l ON l.id = w.loan_id WHERE w.touched_on > %(since)s
UNION SELECT s.customer_id FROM loans_loanstate s WHERE s.valid_from = %(day)s AND s.superseded_by_run IS NULL
UNION SELECT l.customer_id FROM loans_paymentout p JOIN loans_loan l ON l.id = p.loan_id WHERE p.changed_on > %(since)s
UNION SELECT t.customer_id FROM inspections_inspectiontask t WHERE t.submitted_on >= %(since)s
UNION SELECT t.customer_id FROM inspections_inspectiontask t WHERE t.done_on >= %(since)s
UNION SELECT s.customer_id FROM loans_loanstate s WHERE %(everything)s = 1 AND s.valid_to IS NULL
