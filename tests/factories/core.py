"""Dates, parameters, findings, events, runs."""

import factory
from factory.django import DjangoModelFactory

from postloan.core.models import BusinessDate, CalendarYear, Event, Finding, Institution, JobRun, JobState, Parameter
from tests.factories.days import DELIVERED_ON, LONG_AGO, MOMENT
from tests.factories.organization import StaffFactory


class InstitutionFactory(DjangoModelFactory):
    class Meta:
        model = Institution

    code = "LANZHOU"
    name = "澜州银行"
    currency = "CNY"
    bound_on = DELIVERED_ON


class BusinessDateFactory(DjangoModelFactory):
    """Closed; `open=True` leaves it open."""

    class Meta:
        model = BusinessDate

    class Params:
        open = factory.Trait(closed_at=None)

    date = DELIVERED_ON
    opened_at = MOMENT
    closed_at = MOMENT


class ParameterFactory(DjangoModelFactory):
    """Approved by a second person; `proposed=True` is not yet."""

    class Meta:
        model = Parameter

    class Params:
        proposed = factory.Trait(approved_by=None, approved_at=None)

    key = "security.idle_minutes"
    scope = ""
    valid_from = LONG_AGO
    value = 15
    source = "澜银发〔2026〕18号第三条"
    reason = "decided by the risk committee"
    proposed_by = factory.SubFactory(StaffFactory)
    approved_by = factory.SubFactory(StaffFactory)
    approved_at = MOMENT


class CalendarYearFactory(DjangoModelFactory):
    """Proposed, not approved; `approved=True` counts once it is loaded."""

    class Meta:
        model = CalendarYear

    class Params:
        approved = factory.Trait(approved_by=factory.SubFactory(StaffFactory), approved_at=MOMENT)

    year = 2028
    days_off = ["2028-01-03"]
    make_up_days = ["2028-01-22"]
    source = "国办发明电"
    file_name = "2028.csv"
    file_hash = "0" * 64
    proposed_by = factory.SubFactory(StaffFactory)


class FindingFactory(DjangoModelFactory):
    class Meta:
        model = Finding

    kind = "id_check_digit"
    subject_kind = "customer"
    subject_key = factory.Sequence(lambda n: f"F{n:06d}")
    first_seen_on = DELIVERED_ON


class EventFactory(DjangoModelFactory):
    class Meta:
        model = Event

    business_date = DELIVERED_ON
    happened_at = MOMENT
    code = "loan.overdue"


class JobRunFactory(DjangoModelFactory):
    class Meta:
        model = JobRun

    class Params:
        done = factory.Trait(state=JobState.DONE, started_at=MOMENT, finished_at=MOMENT)
        failed = factory.Trait(state=JobState.FAILED, started_at=MOMENT, finished_at=MOMENT, error="it stopped")

    job = "night"
    business_date = DELIVERED_ON
    due_at = MOMENT
    requested_at = MOMENT
