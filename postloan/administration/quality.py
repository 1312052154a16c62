"""Findings about the data as pages show them: by kind and branch, how old, who corrects, what is gone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from postloan.core import business_date, findings
from postloan.core.models import BusinessDate, Finding
from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.organization.models import Branch

OLD_DAYS = 30
NO_BRANCH = "none"
CORE_BANKING, DATA_OFFICER = _("data officer, in core banking"), _("data officer")
HEAD, RISK, SYSTEM = _("branch head"), _("risk officer"), _("system administrator")
# Who puts it right; what stands nowhere here comes from core banking and is put right there.
CORRECTED_BY: dict[str, Any] = {
    "calendar_provisional": SYSTEM,
    "customers.managers_overlap": HEAD,
    "customers.without_manager": HEAD,
    "imports.branch_differs": DATA_OFFICER,
    "imports.manager_differs": HEAD,
    "imports.source_not_delivered": DATA_OFFICER,
    "imports.staff_differs": SYSTEM,
    "loans.class_better_than_floor": RISK,
    "loans.class_method_unknown": DATA_OFFICER,
    "nightly.not_closed": DATA_OFFICER,
}
SUBJECTS: dict[str, Any] = {
    "account": _("account"),
    "branch": _("branch"),
    "customer": _("customer"),
    "guarantee": _("guarantee"),
    "loan": _("loan"),
    "night": _("night"),
    "product": _("product"),
    "related_party": _("related party"),
    "staff": _("staff member"),
    "year": _("year"),
}


def corrected_by(kind: str) -> str:
    return str(CORRECTED_BY.get(kind, CORE_BANKING))


def visible_to(user: Any) -> Any:
    """Those about loans and customers one sees, and of branches one reaches on every line; the rest the whole bank."""
    if not user.is_authenticated:
        return Finding.objects.none()
    if user.rights.sees_everything:
        return Finding.objects.all()
    reached = {pk for reach in user.rights.reaches if not reach.lines for pk in reach.branch_ids}
    return Finding.objects.filter(
        Q(loan_id__in=Loan.objects.visible_to(user).values("pk"))
        | Q(customer_id__in=Customer.objects.visible_to(user).values("pk"))
        | Q(loan_id=None, customer_id=None, branch_id__in=reached)
    )


@dataclass(frozen=True)
class Asked:
    """What a list of findings is narrowed by; its address means exactly these rows."""

    kind: str = ""
    branch: str = ""
    state: str = ""
    older: str = ""
    since: str = ""
    q: str = ""

    def href(self) -> str:
        given = {name: value for name, value in vars(self).items() if value}
        return (
            f"{reverse('administration:findings')}?{urlencode(given)}" if given else reverse("administration:findings")
        )

    def narrow(self, found: Any, *, on: date) -> Any:
        if self.kind:
            found = found.filter(kind=self.kind)
        if self.branch == NO_BRANCH:
            found = found.filter(branch_id=None)
        elif self.branch.startswith("="):
            # Exactly this branch: where a count by branch leads to.
            found = found.filter(branch_id=int(self.branch[1:]))
        elif self.branch:
            found = found.filter(branch_id__in=Branch.objects.filter(path__startswith=self.branch).values("pk"))
        if self.state == "gone":
            found = found.exclude(gone_on=None)
        elif self.state != "all":
            found = found.filter(gone_on=None)
        if self.older:
            found = found.filter(first_seen_on__lt=on - timedelta(days=int(self.older)))
        if self.since:
            day = date.fromisoformat(self.since)
            found = found.filter(gone_on__gte=day) if self.state == "gone" else found.filter(first_seen_on__gte=day)
        if self.q:
            found = found.filter(subject_key__icontains=self.q)
        return found


@dataclass(frozen=True)
class Line:
    """Open findings of a kind or a branch; each number has the address of its rows."""

    name: str
    asked: Asked
    open: int
    old: int
    new: int
    gone: int
    oldest_days: int | None
    on: date
    corrects: str = ""

    def _also(self, **more: str) -> str:
        return Asked(**{**vars(self.asked), **more}).href()

    @property
    def open_href(self) -> str:
        return self.asked.href()

    @property
    def old_href(self) -> str:
        return self._also(older=str(OLD_DAYS))

    @property
    def new_href(self) -> str:
        return self._also(since=self.on.isoformat())

    @property
    def gone_href(self) -> str:
        return self._also(state="gone", since=self.on.isoformat())


def day() -> date:
    return business_date.latest() or business_date.calendar_today()


def last_day() -> date:
    """New and gone are counted since the last business date."""
    return BusinessDate.objects.order_by("-date").values_list("date", flat=True).first() or day()


def _counted(found: Any, on: date, *by: str) -> list[dict[str, Any]]:
    still = Q(gone_on=None)
    return list(
        found.order_by()
        .values(*by)
        .annotate(
            open=Count("pk", filter=still),
            old=Count("pk", filter=still & Q(first_seen_on__lt=on - timedelta(days=OLD_DAYS))),
            new=Count("pk", filter=still & Q(first_seen_on__gte=on)),
            gone=Count("pk", filter=Q(gone_on__gte=on)),
            oldest=Min("first_seen_on", filter=still),
        )
    )


def _line(row: dict[str, Any], name: str, asked: Asked, on: date, corrects: str = "") -> Line:
    oldest = (on - row["oldest"]).days if row["oldest"] else None
    return Line(name, asked, row["open"], row["old"], row["new"], row["gone"], oldest, on, corrects)


def by_kind(user: Any) -> list[Line]:
    on = day()
    lines = [
        _line(row, findings.name_of(row["kind"]), Asked(kind=row["kind"]), on, corrected_by(row["kind"]))
        for row in _counted(visible_to(user), on, "kind")
        if row["open"] or row["gone"]
    ]
    return sorted(lines, key=lambda line: (-line.open, line.name))


def by_branch(user: Any) -> list[Line]:
    """Each branch for itself, without those below it."""
    on = day()
    rows = {row["branch_id"]: row for row in _counted(visible_to(user), on, "branch_id") if row["open"] or row["gone"]}
    branches = {branch.pk: branch for branch in Branch.objects.filter(pk__in=[pk for pk in rows if pk])}
    found: list[tuple[str, Line]] = []
    for pk, row in rows.items():
        branch = branches.get(pk)
        name = branch.name if branch else str(_("no branch"))
        asked = Asked(branch=f"={branch.pk}" if branch else NO_BRANCH)
        found.append((branch.path if branch else "~", _line(row, name, asked, on)))
    return [line for _path, line in sorted(found, key=lambda pair: pair[0])]


@dataclass(frozen=True)
class Row:
    """A finding as a line of the list: where its subject is, what it says, how old it is."""

    finding: Finding
    kind: str
    text: str
    subject: str
    href: str
    branch: str
    days: int
    corrects: str


def rows_of(found: Iterable[Finding], *, user: Any, on: date) -> list[Row]:
    """Two queries for all of them together decide which subjects are links."""
    shown = list(found)
    loans = set(
        Loan.objects.visible_to(user)
        .filter(pk__in=[one.loan_id for one in shown if one.loan_id])
        .values_list("pk", flat=True)
    )
    customers = set(
        Customer.objects.visible_to(user)
        .filter(pk__in=[one.customer_id for one in shown if one.customer_id])
        .values_list("pk", flat=True)
    )
    names = dict(
        Branch.objects.filter(pk__in=[one.branch_id for one in shown if one.branch_id]).values_list("pk", "name")
    )
    return [_row(one, loans, customers, names, on) for one in shown]


def _row(one: Finding, loans: set[int], customers: set[int], names: dict[int, str], on: date) -> Row:
    href = ""
    if one.loan_id in loans:
        href = reverse("reporting:loan", args=[one.loan_id])
    elif one.customer_id in customers:
        href = reverse("reporting:customer", args=[one.customer_id])
    return Row(
        finding=one,
        kind=findings.name_of(one.kind),
        text=findings.describe(one),
        subject=str(SUBJECTS.get(one.subject_kind, one.subject_kind)),
        href=href,
        branch=names.get(one.branch_id, "") if one.branch_id else "",
        days=((one.gone_on or on) - one.first_seen_on).days,
        corrects=corrected_by(one.kind),
    )
