-- The watch of each loan looked at, where its next change is another day than written.
UPDATE loans_loanwatch AS w SET next_change_on = n.day
FROM night_next n
WHERE n.loan_id = w.loan_id AND w.next_change_on IS DISTINCT FROM n.day
