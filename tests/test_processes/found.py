"""What the database holds, asked by SQL and by business keys, in the form in which the oracle answers."""

from __future__ import annotations

KINDS = (
    "maturity_notice",
    "maturity_plan",
    "overdue_contact",
    "overdue_cause",
    "overdue_visit",
    "overdue_notice",
    "overdue_letter",
    "overdue_lawyer_letter",
    "overdue_guarantor_claim",
    "overdue_suit",
    "deduction_shortfall",
    "deduction_failed",
)
TEMPLATES = (
    "instalment_due",
    "maturity_staff",
    "maturity_borrower",
    "maturity_borrower_principal",
    "maturity_item_borrower",
)
ITEM = "LEFT JOIN loans_offbalanceitem o ON o.id = "
QUESTIONS = {
    "todos": f"""
        SELECT t.kind, COALESCE(l.loan_no, o.item_no), t.occurrence, COALESCE(s.staff_no, t.post_code),
               t.opened_on, t.due_on, t.state, t.closed_on
        FROM todos_todo t LEFT JOIN loans_loan l ON l.id = t.loan_id LEFT JOIN organization_staff s
          ON s.id = t.assignee_id {ITEM} t.subject_id AND t.subject_kind = 'off_balance_item'
        WHERE t.kind IN {KINDS}""",
    "notices": f"""
        SELECT COALESCE(l.loan_no, o.item_no), n.matures_on, n.step_days, n.raised_on, n.due_on, n.withdrawn_on
        FROM collections_maturitynotice n LEFT JOIN loans_loan l ON l.id = n.loan_id {ITEM} n.item_id""",
    "reminders": """
        SELECT l.loan_no, i.number, r.due_on, r.step_days, r.raised_on FROM collections_instalmentreminder r
        JOIN loans_instalment i ON i.id = r.instalment_id JOIN loans_loan l ON l.id = r.loan_id""",
    "deductions": """
        SELECT l.loan_no, e.due_on, e.ended_on FROM collections_expecteddeduction e
        JOIN loans_loan l ON l.id = e.loan_id""",
    "messages": f"""
        SELECT m.template, COALESCE(s.staff_no, c.customer_no), l.loan_no, m.business_date
        FROM core_outboxmessage m JOIN core_delivery d ON d.message_id = m.id AND (d.state = 'sent' OR d.outcome_unknown)
        LEFT JOIN organization_staff s ON s.id = m.staff_id LEFT JOIN customers_customer c ON c.id = m.customer_id
        LEFT JOIN loans_loan l ON l.id = m.loan_id WHERE m.template IN {TEMPLATES}""",
}


def as_text(rows: list[tuple]) -> list[tuple[str, ...]]:
    return sorted(tuple("" if value is None else str(value) for value in row) for row in rows)
