"""Inspection tasks and what hangs on them."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from postloan.inspections.models import InspectionTask
from tests.factories.customers import CustomerFactory
from tests.factories.days import DELIVERED_ON


class InspectionTaskFactory(DjangoModelFactory):
    class Meta:
        model = InspectionTask

    task_no = factory.Sequence(lambda n: f"JC2020-0101-{n:05d}")
    customer = factory.SubFactory(CustomerFactory)
    line = "corporate"
    kind = "periodic"
    occurrence = factory.Sequence(lambda n: f"one:{n}")
    reason_code = "inspection_periodic"
    arguments = factory.LazyFunction(lambda: {"five_level_class": "normal", "days": 90, "since": "2026-01-01"})
    planned_on = DELIVERED_ON
    due_on = DELIVERED_ON + timedelta(days=30)
    first_due_on = factory.SelfAttribute("due_on")
