-- Loans whose class in core banking is better than the floor from their days overdue.
-- 1. Only live loans with a class delivered; an unknown class is no data, not a better one.
-- 2. Only overdue ones: the floor of the others is the best class there is.
SELECT 'loan', l.loan_no, '', s.branch_id, s.customer_id, s.loan_id,
       '{"class": "' || s.five_level_class || '", "floor": "' || s.class_floor || '"}'
FROM loans_loanstate s
JOIN loans_loan l ON l.id = s.loan_id
WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND s.status IN ('active', 'advance')
  AND s.overdue_since IS NOT NULL
  AND CASE s.five_level_class WHEN 'normal' THEN 1 WHEN 'special_mention' THEN 2 WHEN 'substandard' THEN 3
          WHEN 'doubtful' THEN 4 WHEN 'loss' THEN 5 END
    < CASE s.class_floor WHEN 'normal' THEN 1 WHEN 'special_mention' THEN 2 WHEN 'substandard' THEN 3
          WHEN 'doubtful' THEN 4 ELSE 5 END
