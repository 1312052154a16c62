-- Loans paid out since %(begin)s of which something new is known after %(since)s: who looks at the funds looks at these.
-- 1. paid: payments out of these days. 2. booked: entries of these days delivered, changed or taken back since.
-- 3. A payment is new; a payee sent money to somebody; the borrower sent money to `name`, which a word list judges; a
--    tie of the borrower to somebody is new.
WITH
paid AS (
    SELECT p.loan_id, l.customer_id, p.changed_on, p.superseded_on,
           REPLACE(REPLACE(REPLACE(REPLACE(p.payee_name, '（', '('), '）', ')'), ' ', ''), '　', '') AS payee
    FROM loans_paymentout p JOIN loans_loan l ON l.id = p.loan_id
    WHERE p.paid_on >= %(begin)s
),
booked AS (
    SELECT DISTINCT e.customer_id, e.direction,
           REPLACE(REPLACE(REPLACE(REPLACE(e.counterparty_name, '（', '('), '）', ')'), ' ', ''), '　', '') AS name
    FROM customers_accountentry e
    WHERE e.booked_on >= %(begin)s AND (e.changed_on > %(since)s OR e.superseded_on > %(since)s)
      AND e.counterparty_name <> ''
)
SELECT p.loan_id, '' AS name FROM paid p WHERE p.changed_on > %(since)s OR p.superseded_on > %(since)s
UNION
SELECT p.loan_id, '' FROM paid p JOIN booked b ON b.name = p.payee WHERE b.direction = 'credit'
UNION
SELECT p.loan_id, b.name FROM paid p JOIN booked b ON b.customer_id = p.customer_id WHERE b.direction = 'debit'
UNION
SELECT p.loan_id, '' FROM paid p
JOIN customers_relatedparty r ON r.customer_id = p.customer_id OR r.party_customer_id = p.customer_id
WHERE r.changed_on > %(since)s
