-- The loans the night of %(day)s looks at; its cost follows what changed, not the book.
-- 1. come: touched after the last date closed before (%(since)s), by the extract of the date or for it; or their day
--    has come: an instalment fell due, a threshold is reached.
-- 2. noted: a row of theirs was written since the last controlled night; turned: somebody's responsibility begins or
--    ends after %(turned_since)s; on the first night all are noted.
--    handed_over: of these, where somebody else is responsible than the open state says, whenever that was entered.
-- 3. without_state: of those noted, new or taken back by a correction; withdrawn: with a state that has to end.
-- 4. Every loan (%(everything)s = 1) when a threshold of the bank is another one than in the last night.
INSERT INTO night_candidate (loan_id)
WITH
come AS (
    SELECT w.loan_id
    FROM loans_loanwatch w
    WHERE w.touched_on > %(since)s OR w.next_change_on <= %(day)s
),
noted AS (
    SELECT DISTINCT b.loan_id FROM loans_bookchange b
),
turned AS (
    SELECT m.loan_id
    FROM loans_loanmanager m
    WHERE m.valid_from <= %(day)s
      AND (m.valid_from > %(turned_since)s OR (m.valid_to > %(turned_since)s AND m.valid_to <= %(day)s))
    UNION
    SELECT l.id
    FROM customers_responsibility r
    JOIN loans_loan l ON l.customer_id = r.customer_id
    WHERE r.valid_from <= %(day)s
      AND (r.valid_from > %(turned_since)s OR (r.valid_to > %(turned_since)s AND r.valid_to <= %(day)s))
),
asked AS (
    SELECT loan_id FROM noted UNION SELECT loan_id FROM turned
),
own AS (
    SELECT m.loan_id, MIN(m.staff_id) AS staff_id
    FROM asked a
    JOIN loans_loanmanager m ON m.loan_id = a.loan_id
    WHERE m.role = 'A' AND m.valid_from <= %(day)s AND (m.valid_to IS NULL OR m.valid_to > %(day)s)
    GROUP BY m.loan_id
),
held AS (
    SELECT s.loan_id, s.manager_id, l.customer_id, COALESCE(NULLIF(p.line, ''), c.main_line) AS line
    FROM asked a
    JOIN loans_loanstate s ON s.loan_id = a.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
    JOIN loans_loan l ON l.id = s.loan_id
    JOIN customers_customer c ON c.id = l.customer_id
    LEFT JOIN loans_product p ON p.id = l.product_id
),
of_customer AS (
    SELECT h.loan_id, MIN(r.staff_id) AS staff_id
    FROM held h
    JOIN customers_responsibility r ON r.customer_id = h.customer_id AND r.line = h.line
    WHERE r.role = 'A' AND r.valid_from <= %(day)s AND (r.valid_to IS NULL OR r.valid_to > %(day)s)
    GROUP BY h.loan_id
),
handed_over AS (
    SELECT h.loan_id
    FROM held h
    LEFT JOIN own o ON o.loan_id = h.loan_id
    LEFT JOIN of_customer k ON k.loan_id = h.loan_id
    WHERE COALESCE(o.staff_id, k.staff_id) IS DISTINCT FROM h.manager_id
),
without_state AS (
    SELECT n.loan_id
    FROM noted n
    JOIN loans_loan l ON l.id = n.loan_id AND l.superseded_on IS NULL
    LEFT JOIN loans_loanstate s ON s.loan_id = n.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
    WHERE s.id IS NULL
),
withdrawn AS (
    SELECT n.loan_id
    FROM noted n
    JOIN loans_loan l ON l.id = n.loan_id AND l.superseded_on IS NOT NULL
    JOIN loans_loanstate s ON s.loan_id = n.loan_id AND s.valid_to IS NULL AND s.superseded_by_run IS NULL
),
everything AS (
    SELECT l.id AS loan_id FROM loans_loan l WHERE %(everything)s = 1
)
SELECT loan_id FROM come
UNION SELECT loan_id FROM handed_over
UNION SELECT loan_id FROM without_state
UNION SELECT loan_id FROM withdrawn
UNION SELECT loan_id FROM everything
