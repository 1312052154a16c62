"""What is done to customers: seeding who is responsible for them."""

from __future__ import annotations

from datetime import date

from postloan.core import sql

# The lines a customer's responsibility is needed for: the main one, and those of the products they have loans of.
LINES_OF_CUSTOMERS = """
    SELECT c.id AS customer_id, c.main_line AS line, c.manager_no, c.assistant_no FROM customers_customer c
    WHERE c.main_line <> '' AND c.superseded_on IS NULL
    UNION
    SELECT c.id, p.line, c.manager_no, c.assistant_no
    FROM loans_loan l JOIN loans_product p ON p.id = l.product_id JOIN customers_customer c ON c.id = l.customer_id
    WHERE p.line IN ('corporate', 'inclusive', 'personal', 'rural') AND l.superseded_on IS NULL
      AND c.superseded_on IS NULL
"""

SEED_MANAGERS = f"""
INSERT INTO customers_responsibility (customer_id, line, role, staff_id, valid_from, valid_to, reason)
SELECT n.customer_id, n.line, 'A', s.id, %(day)s, NULL, %(reason)s
FROM ({LINES_OF_CUSTOMERS}) n JOIN organization_staff s ON s.staff_no = n.manager_no
WHERE n.manager_no <> ''
  AND NOT EXISTS (SELECT 1 FROM customers_responsibility r
                  WHERE r.customer_id = n.customer_id AND r.line = n.line AND r.role = 'A')
  AND NOT EXISTS (SELECT 1 FROM customers_responsibility r
                  WHERE r.customer_id = n.customer_id AND r.line = n.line AND r.role = 'B' AND r.staff_id = s.id)
"""  # noqa: S608

SEED_STAND_INS = f"""
INSERT INTO customers_responsibility (customer_id, line, role, staff_id, valid_from, valid_to, reason)
SELECT n.customer_id, n.line, 'B', s.id, %(day)s, NULL, %(reason)s
FROM ({LINES_OF_CUSTOMERS}) n JOIN organization_staff s ON s.staff_no = n.assistant_no
WHERE n.assistant_no <> ''
  AND NOT EXISTS (SELECT 1 FROM customers_responsibility r
                  WHERE r.customer_id = n.customer_id AND r.line = n.line AND r.role = 'B')
  AND NOT EXISTS (SELECT 1 FROM customers_responsibility r
                  WHERE r.customer_id = n.customer_id AND r.line = n.line AND r.role = 'A' AND r.staff_id = s.id)
"""  # noqa: S608

SEEDED = "seeded"


def seed_responsibilities(*, business_date: date) -> int:
    """Managers A and B of customers and lines that never had any, as core banking names them; returns how many.

    Set-based and without history rows: nobody signed it. The same person is never both. What exists, open or
    ended, is ours and is not touched.
    """
    values = {"day": business_date, "reason": SEEDED}
    day = "CAST(%(day)s AS date)" if sql.is_postgres() else "%(day)s"
    statements = [text.replace("%(day)s", day) for text in (SEED_MANAGERS, SEED_STAND_INS)]
    return sum(sql.execute(text, values) for text in statements)
