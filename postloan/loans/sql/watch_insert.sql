-- A watch for each loan looked at that has none yet.
INSERT INTO loans_loanwatch (loan_id, next_change_on)
SELECT n.loan_id, n.day
FROM night_next n
WHERE NOT EXISTS (SELECT 1 FROM loans_loanwatch w WHERE w.loan_id = n.loan_id)
