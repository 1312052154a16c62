-- The customers whose inspections the night of %(day)s looks at; its cost follows what changed, not the book.
-- 1. A loan was touched by an extract after %(since)s, or its state changed tonight.
-- 2. A payment out was delivered or changed after %(since)s.
-- 3. An inspection was handed in or ended since the last night; its day is stamped with the date then shown.
-- 4. Arrears of interest of a loan are older than %(days)s days and ordered no special inspection yet.
-- 5. Everybody with a state (%(everything)s = 1): first night, new month, new policy, another parameter.
INSERT INTO night_customer (customer_id)
SELECT l.customer_id FROM loans_loanwatch w JOIN loans_loan l ON l.id = w.loan_id WHERE w.touched_on > %(since)s
UNION SELECT s.customer_id FROM loans_loanstate s WHERE s.valid_from = %(day)s AND s.superseded_by_run IS NULL
UNION SELECT l.customer_id FROM loans_paymentout p JOIN loans_loan l ON l.id = p.loan_id WHERE p.changed_on > %(since)s
UNION SELECT t.customer_id FROM inspections_inspectiontask t WHERE t.submitted_on >= %(since)s
UNION SELECT t.customer_id FROM inspections_inspectiontask t WHERE t.done_on >= %(since)s
UNION SELECT s.customer_id FROM loans_loanstate s
      WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL
        AND s.overdue_since < add_days(%(day)s, -%(days)s) AND s.interest_overdue_since < add_days(%(day)s, -%(days)s)
        AND NOT EXISTS (
            SELECT 1 FROM inspections_taskloan a JOIN inspections_inspectiontask t ON t.id = a.task_id
            WHERE a.loan_id = s.loan_id AND NOT a.is_withdrawn AND t.kind = 'special'
              AND t.reason_code = 'inspection_interest_arrears' AND t.planned_on > s.interest_overdue_since)
UNION SELECT s.customer_id FROM loans_loanstate s WHERE %(everything)s = 1 AND s.valid_to IS NULL
