"""Reading for other systems: customers, loans, todos, maturity notices, runs, as far as the asking one sees."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from postloan.api import serializers
from postloan.api.models import CAPABILITIES, VIEW_EXTRACTS, Resource
from postloan.api.reading import Readable, described
from postloan.collections.models import MaturityNotice
from postloan.core import business_date
from postloan.core.models import JobRun
from postloan.customers.models import Customer
from postloan.loans.models import Loan, LoanState
from postloan.todos.models import Todo

PERSONAL = ("id_number", "phone", "address", "service_address")
OF_CUSTOMER = tuple(f"customer__{name}" for name in PERSONAL)
# What a page shows to whom; what else the ledger holds is the product's own housekeeping.
JOBS = {"run_night": "nightly.view_night", "import_extract": VIEW_EXTRACTS}


def day(text: str) -> date:
    return date.fromisoformat(text)


def yes_or_no(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError(text)
    return text == "true"


def _now(**wanted: Any) -> Exists:
    return Exists(LoanState.objects.now().filter(loan=OuterRef("pk"), **wanted))


def _overdue(text: str) -> Exists:
    return _now(overdue_since__isnull=not yes_or_no(text))


@described(
    Resource.CUSTOMERS.label,
    _("Customers in scope"),
    _("One customer, with masked personal data"),
    number=_("Customer number"),
    branch=(_("Branch number"), str),
    kind=(_("Kind of customer"), str),
    changed_since=(_("Changed in core banking on or after this date"), date),
)
class Customers(Readable):
    queryset = Customer.objects.all()
    capability = CAPABILITIES[Resource.CUSTOMERS]
    order = lookup_field = "customer_no"
    conditions = {
        "branch": lambda text: Q(branch__branch_code=text),
        "kind": lambda text: Q(kind=text),
        "changed_since": lambda text: Q(changed_on__gte=day(text)),
    }

    def rows(self) -> QuerySet:
        found = Customer.objects.visible_to(self.request.user).counted().select_related("branch")
        return found.defer(*PERSONAL) if self.action == "list" else found

    def get_serializer_class(self) -> Any:
        return serializers.CustomerSerializer if self.action == "list" else serializers.CustomerInFullSerializer


@described(
    Resource.LOANS.label,
    _("Loans in scope, each with its state after the last night"),
    _("One loan"),
    number=_("Loan number"),
    branch=(_("Branch number"), str),
    customer=(_("Customer number"), str),
    status=(_("Status of the loan in its present state"), str),
    overdue=(_("Overdue"), bool),
    band=(_("Band of days overdue"), str),
    floor=(_("Class floor"), str),
    matures_from=(_("Matures on this date or later"), date),
    matures_by=(_("Matures on this date or earlier"), date),
    changed_since=(_("Changed in core banking on or after this date"), date),
)
class Loans(Readable):
    queryset = Loan.objects.all()
    serializer_class = serializers.LoanSerializer
    capability = CAPABILITIES[Resource.LOANS]
    order = lookup_field = "loan_no"
    conditions = {
        "branch": lambda text: Q(branch__branch_code=text),
        "customer": lambda text: Q(customer__customer_no=text),
        "status": lambda text: _now(status=text),
        "overdue": _overdue,
        "band": lambda text: _now(band=text),
        "floor": lambda text: _now(class_floor=text),
        "matures_from": lambda text: Q(matures_on__gte=day(text)),
        "matures_by": lambda text: Q(matures_on__lte=day(text)),
        "changed_since": lambda text: Q(changed_on__gte=day(text)),
    }

    def rows(self) -> QuerySet:
        states = LoanState.objects.now().select_related("manager")
        found = Loan.objects.visible_to(self.request.user).counted().select_related("customer", "branch")
        return found.defer(*OF_CUSTOMER).prefetch_related(Prefetch("states", states, to_attr="open_states"))

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "day": business_date.last_closed()}


@described(
    Resource.TODOS.label,
    _("Todos about customers in scope"),
    _("One todo"),
    number=_("Number of the todo"),
    state=(_("State"), str),
    kind=(_("Kind of todo"), str),
    customer=(_("Customer number"), str),
    loan=(_("Loan number"), str),
    assignee=(_("Staff number of the person it is assigned to"), str),
    due_by=(_("Due on this date or earlier"), date),
)
class Todos(Readable):
    queryset = Todo.objects.all()
    serializer_class = serializers.TodoSerializer
    capability = CAPABILITIES[Resource.TODOS]
    order = "pk"
    lookup_field, lookup_url_kwarg = "pk", "number"
    lookup_value_regex = r"[0-9]{1,18}"
    conditions = {
        "state": lambda text: Q(state=text),
        "kind": lambda text: Q(kind=text),
        "customer": lambda text: Q(customer__customer_no=text),
        "loan": lambda text: Q(loan__loan_no=text),
        "assignee": lambda text: Q(assignee__staff_no=text),
        "due_by": lambda text: Q(due_on__lte=day(text)),
    }

    def rows(self) -> QuerySet:
        found = Todo.objects.visible_to(self.request.user)
        return found.select_related("customer", "loan", "assignee", "post_branch").defer(*OF_CUSTOMER)


@described(
    Resource.NOTICES.label,
    _("Maturity notices in scope"),
    _("One maturity notice"),
    number=_("Number of the notice"),
    customer=(_("Customer number"), str),
    loan=(_("Loan number"), str),
    raised_since=(_("Raised on or after this date"), date),
    withdrawn=(_("withdrawn"), bool),
)
class Notices(Readable):
    queryset = MaturityNotice.objects.all()
    serializer_class = serializers.NoticeSerializer
    capability = CAPABILITIES[Resource.NOTICES]
    order = "pk"
    lookup_field, lookup_url_kwarg = "pk", "number"
    lookup_value_regex = r"[0-9]{1,18}"
    conditions = {
        "customer": lambda text: Q(customer__customer_no=text),
        "loan": lambda text: Q(loan__loan_no=text),
        "raised_since": lambda text: Q(raised_on__gte=day(text)),
        "withdrawn": lambda text: Q(withdrawn_on__isnull=not yes_or_no(text)),
    }

    def rows(self) -> QuerySet:
        found = MaturityNotice.objects.visible_to(self.request.user)
        return found.select_related("customer", "loan", "item", "received_by").defer(*OF_CUSTOMER)


@described(
    Resource.RUNS.label,
    _("Nights, and extracts for whoever sees them, the last first"),
    _("One run"),
    number=_("Number of the run"),
    job=(_("Code of the job, as in a row"), str),
    state=(_("State"), str),
    business_date=(_("Business date"), date),
)
class Runs(Readable):
    queryset = JobRun.objects.all()
    serializer_class = serializers.RunSerializer
    capability = CAPABILITIES[Resource.RUNS]
    order = "-pk"
    lookup_field, lookup_url_kwarg = "pk", "number"
    lookup_value_regex = r"[0-9]{1,18}"
    conditions = {
        "job": lambda text: Q(job=text),
        "state": lambda text: Q(state=text),
        "business_date": lambda text: Q(business_date=day(text)),
    }

    def rows(self) -> QuerySet:
        """Runs belong to the whole bank: whoever may open the page of the nights, or of the extracts, sees them all."""
        seen = [job for job, capability in JOBS.items() if self.request.user.has_capability(capability)]
        return JobRun.objects.filter(job__in=seen)


RESOURCES: dict[str, type[Readable]] = {
    Resource.CUSTOMERS: Customers,
    Resource.LOANS: Loans,
    Resource.TODOS: Todos,
    Resource.NOTICES: Notices,
    Resource.RUNS: Runs,
}
