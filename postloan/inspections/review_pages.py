"""What the page of a report shows: summary, flags, change against last time, people, the way. No writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from postloan.core import business_date, formatting
from postloan.inspections import report_form, report_pages, rules_form, sales_pages
from postloan.inspections.conditions_form import conditions_of
from postloan.inspections.documents_pdf import can_make_pdf
from postloan.inspections.funds_form import funds_of
from postloan.inspections.models import Decision, Report, ReportState, ReturnReason
from postloan.inspections.report_flags import compared, flags, unchanged
from postloan.inspections.services import deciders, submitting
from postloan.inspections.services.writers import CONFIRMED, EDITED, EVIDENCE, MAIN, SECOND, SIGNED, SUBMITTED, hands_in
from postloan.inspections.wording import CLASSES
from postloan.inspections.workflow import WRITABLE, content_hash
from postloan.organization.models import Staff

EARLIER = 6


@dataclass(frozen=True)
class Step:
    number: int
    name: str
    title: str
    note: str
    state: str


def context(report: Report, user: Any) -> dict[str, Any]:
    """Everything the page shows to this person."""
    form = report_form.form_of(report)
    states = form.states()
    shown = report_pages.sections(form, states)
    funds = funds_of(report)
    conditions = conditions_of(report)
    problems = [
        *(problem for state in states for problem in state.problems),
        *funds.problems,
        *conditions.problems,
    ]
    hands = hands_in(report)
    seen = content_hash(report)
    comparison = compared(form, shown)
    return {
        "report": report,
        "task": report.task,
        "customer": report.task.customer,
        "visit": report.visit_shown,
        "sections": [
            section for section in shown if section.state.state != rules_form.NOT_APPLICABLE or section.because
        ],
        "flags": flags(report, form, shown, comparison),
        "comparison": comparison,
        "unchanged": unchanged(form, shown),
        "funds": funds,
        "conditions": conditions,
        "sales": sales_pages.of_report(report),
        "funds_day": business_date.current(),
        "measures": report.measures.select_related("owner"),
        "proposed_class": CLASSES.get(report.proposed_class, report.proposed_class),
        "debts": [(currency, debt) for currency, debt in sorted(deciders.debts_of(report.task).items())],
        "signatures": signatures(report),
        "confirmation": report.borrower_confirmations.filter(voided_at=None, confirmed_at__isnull=False).first(),
        "hands": people(hands),
        "mine": words_of(hands.get(user.pk, set())),
        "steps": steps(report),
        "earlier": earlier(report),
        "seen": seen,
        "return_reasons": ReturnReason.choices,
        "is_same_content": not report.content_hash or report.content_hash == seen,
        "can_make_pdf": can_make_pdf(),
        "problem_count": len(problems),
        "for_approval": [] if report.state == ReportState.APPROVED else needed_for_approval(form, shown),
        **acts(report, user, problems, hands),
    }


def needed_for_approval(form: report_form.Form, shown: list[report_pages.Section]) -> list[str]:
    """The questions that may wait until the approval and are still open: it is refused without them."""
    wanted = {problem.question for problem in form.needed_for_approval()}
    return [question.label for section in shown for question in section.questions if question.code in wanted]


def acts(report: Report, user: Any, problems: list[Any], hands: dict[int, set[str]]) -> dict[str, Any]:
    """What this person can do now."""
    role = submitting.role_of(report, user)
    writes = bool(role) and report.state in WRITABLE and user.has_capability("inspections.write")
    there = submitting.standing_signatures(report)
    needed = submitting.roles_needed(report)
    decided = report.decisions.filter(submission=submitting.submission_of(report))
    who_decided = set(decided.values_list("decided_by_id", flat=True))
    waits = report.state == ReportState.SUBMITTED
    return {
        "role": role,
        "can_write": writes,
        "can_sign": writes and not problems and role not in there,
        "can_submit": writes and not problems and all(one in there for one in needed),
        "lacks_second": "second" in needed and report.second_inspector_id is None,
        "can_withdraw": waits and report.submitted_by_id == user.pk and not who_decided,
        "can_decide": waits
        and user.pk not in hands
        and user.pk not in who_decided
        and deciders.holds_step(report, user, without=set(hands)),
        "can_pass_up": report.step < len(report.chain),
    }


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────


def words_of(hands: set[str]) -> str:
    names = {
        MAIN: _("main inspector"),
        SECOND: _("second inspector"),
        EDITED: _("wrote"),
        EVIDENCE: _("added evidence"),
        CONFIRMED: _("took the borrower's confirmation"),
        SIGNED: _("signed"),
        SUBMITTED: _("handed in"),
    }
    return ", ".join(names[code] for code in names if code in hands)


def people(hands: dict[int, set[str]]) -> list[tuple[Staff, str]]:
    found = Staff.objects.filter(pk__in=hands).order_by("staff_no")
    return [(one, words_of(hands[one.pk])) for one in found]


def signatures(report: Report) -> list[dict[str, Any]]:
    """Each role that signs, with the signature in force where there is one."""
    there = submitting.standing_signatures(report)
    named = {"main": report.main_inspector, "second": report.second_inspector}
    return [
        {"role": role, "person": named[str(role)], "signature": there.get(role)}
        for role in submitting.roles_needed(report)
    ]


def step_title(code: str) -> str:
    return {"head": _("Head"), "risk": _("Risk officer"), "tier1": _("Tier-1 head")}[code]


def steps(report: Report) -> list[Step]:
    """The way of approval: who has decided, where it waits, who comes next."""
    round_of = submitting.submission_of(report)
    last_round = round_of if report.state in {ReportState.SUBMITTED, ReportState.APPROVED} else 0
    decided: dict[int, Decision] = {
        one.step: one for one in report.decisions.filter(submission=last_round).select_related("decided_by")
    }
    found = []
    for number, one in enumerate(report.chain, start=1):
        decision = decided.get(number)
        if decision is not None:
            note = f"{decision.get_kind_display()}, {formatting.iso(decision.decided_on)}"
            found.append(Step(number, decision.decided_by.name, step_title(one["code"]), note, "done"))
        elif number == report.step and report.state == ReportState.SUBMITTED:
            found.append(Step(number, one["name"], step_title(one["code"]), _("waits here"), "now"))
        else:
            note = _("decides after that") if one["required"] else _("only if passed up")
            found.append(Step(number, one["name"], step_title(one["code"]), note, "next"))
    return found


def earlier(report: Report) -> list[Decision]:
    """What was decided on this customer's reports before, this one's own earlier rounds among them."""
    found = Decision.objects.filter(report__task__customer_id=report.task.customer_id)
    return list(found.select_related("decided_by", "report__task").order_by("-decided_at", "-id")[:EARLIER])
