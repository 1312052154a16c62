"""Runs of the night."""

import factory
from factory.django import DjangoModelFactory

from postloan.nightly.models import NightRun
from tests.factories.days import DELIVERED_ON, MOMENT


class NightRunFactory(DjangoModelFactory):
    """Done; `failed=True` ended with an error."""

    class Meta:
        model = NightRun

    class Params:
        failed = factory.Trait(state="failed", error="the disk is full")

    business_date = DELIVERED_ON
    attempt = factory.Sequence(lambda n: n + 1)
    state = "done"
    started_at = MOMENT
    finished_at = MOMENT
