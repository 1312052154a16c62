"""What is done to loans: seeding the managers of those that name their own."""

from __future__ import annotations

from datetime import date

from postloan.core import sql

# A loan follows its customer's responsible manager for the product's line, else for the customer's main line.
SEED_OWN_MANAGERS = """
INSERT INTO loans_loanmanager (loan_id, role, staff_id, valid_from, valid_to, reason)
SELECT l.id, 'A', s.id, {day}, NULL, 'seeded'
FROM loans_loan l
JOIN organization_staff s ON s.staff_no = l.manager_no
JOIN customers_customer c ON c.id = l.customer_id
LEFT JOIN loans_product p ON p.id = l.product_id
WHERE l.manager_no <> '' AND l.superseded_on IS NULL AND l.status NOT IN ('settled', 'transferred')
  AND NOT EXISTS (SELECT 1 FROM loans_loanmanager m WHERE m.loan_id = l.id AND m.role = 'A')
  AND NOT EXISTS (SELECT 1 FROM customers_responsibility r
                  WHERE r.customer_id = l.customer_id AND r.role = 'A' AND r.valid_to IS NULL
                    AND r.line = COALESCE(NULLIF(p.line, ''), c.main_line) AND r.staff_id = s.id)
  AND {changed}
"""


def seed_loan_managers(*, business_date: date) -> int:
    """Own managers of loans new or changed on the date whose core-banking manager is not their customer's.

    Returns how many. A loan that ever had its own manager is ours and is not touched; one that follows its
    customer keeps following when the customer's manager changes here.
    """
    day = "CAST(%(day)s AS date)" if sql.is_postgres() else "%(day)s"
    text = SEED_OWN_MANAGERS.format(day=day, changed="l.first_delivered_on = %(day)s")
    return sql.execute(text, {"day": business_date})
