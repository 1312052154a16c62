"""What keeps a report from being approved together with others: whatever is not plain is looked at by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from postloan.core import business_date, parameters
from postloan.inspections import limits_approval, report_flags, report_form, report_pages, rules_approval
from postloan.inspections.models import (
    Advice,
    Decision,
    DecisionKind,
    Measure,
    Report,
    RiskConclusion,
)
from postloan.inspections.report_flags import Flag
from postloan.inspections.wording import CLASSES
from postloan.loans.models import FiveLevelClass, Loan

SOUND = {"", FiveLevelClass.NORMAL}


def of_report(report: Report) -> list[str]:
    return of_reports([report])[report.pk]


def of_reports(reports: Iterable[Report], flags: Mapping[int, list[Flag]] | None = None) -> dict[int, list[str]]:
    """By report the reasons in words; none means it can be approved in bulk. A fixed number of queries."""
    reports = list(reports)
    flags = flags_of(reports) if flags is None else flags
    kinds = parameters.value(limits_approval.BULK_KINDS, on=business_date.current())
    came_back = set(
        Decision.objects.filter(
            report__in=reports, kind__in=[DecisionKind.SEND_BACK, DecisionKind.WITHDRAW, DecisionKind.PASS_UP]
        ).values_list("report_id", flat=True)
    )
    with_measures = set(Measure.objects.filter(report__in=reports).values_list("report_id", flat=True))
    classes = _classes(reports)
    return {
        report.pk: [
            *_kind(report, kinds),
            *_said(report),
            *_class(report, classes.get(report.task.customer_id, set())),
            *([_("measures are proposed")] if report.pk in with_measures else []),
            *([_("it was sent back, taken back or passed up before")] if report.pk in came_back else []),
            *_chain(report),
            *(flag.title for flag in flags.get(report.pk, [])),
        ]
        for report in reports
    }


def flags_of(reports: Iterable[Report]) -> dict[int, list[Flag]]:
    """The flags of several reports, in a fixed number of queries."""
    reports = list(reports)
    forms, known, found = report_form.forms_of(reports), report_flags.around(reports), {}
    for report in reports:
        form = forms[report.pk]
        shown = report_pages.sections(form, form.states())
        found[report.pk] = report_flags.flags(report, form, shown, report_flags.compared(form, shown), known)
    return found


def _kind(report: Report, kinds: Mapping[str, list[str]]) -> list[str]:
    if report.task.kind in kinds.get(report.task.line, []):
        return []
    return [_("not a low-risk kind of inspection")]


def _said(report: Report) -> list[str]:
    found = []
    if report.risk_conclusion != RiskConclusion.NORMAL:
        said = report.get_risk_conclusion_display() or _("none")
        found.append(_("risk conclusion: %(said)s") % {"said": said})
    if report.advice not in {"", Advice.MAINTAIN}:
        found.append(_("advice: %(said)s") % {"said": report.get_advice_display()})
    if report.proposed_class not in SOUND:
        said = str(CLASSES.get(report.proposed_class, report.proposed_class))
        found.append(_("proposed class: %(said)s") % {"said": said})
    return found


def _classes(reports: list[Report]) -> dict[int, set[str]]:
    """The classes of what the customers still owe, by customer."""
    customers = {report.task.customer_id for report in reports}
    rows = Loan.objects.live().filter(customer__in=customers).order_by()
    found: dict[int, set[str]] = {}
    for customer, code in rows.values_list("customer_id", "five_level_class").distinct():
        found.setdefault(customer, set()).add(code)
    return found


def _class(report: Report, there: set[str]) -> list[str]:
    worse = [str(CLASSES.get(code, code)) for code in sorted(there - SOUND)]
    return [_("class today: %(said)s") % {"said": ", ".join(worse)}] if worse else []


def _chain(report: Report) -> list[str]:
    following = rules_approval.next_step(report.chain, report.step)
    if report.step == 1 and following is None:
        return []
    return [_("more than one level decides on it")]
