"""Tokens of systems; `token.secret` is what the system sends."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from postloan.api.models import Resource, Token
from postloan.api.services import HINT_LENGTH, digest_of
from tests.factories.days import MOMENT
from tests.factories.organization import BranchFactory, StaffFactory


class TokenFactory(DjangoModelFactory):
    """Reads everything below its branch; `revoked=True` and `expired=True` are not taken any more."""

    class Meta:
        model = Token
        exclude = ("secret",)

    class Params:
        revoked = factory.Trait(
            revoked_at=MOMENT, revoked_by=factory.SelfAttribute("issued_by"), revoke_reason="the system was replaced"
        )
        expired = factory.Trait(expires_on=date(2020, 1, 1))

    secret = factory.Sequence(lambda number: f"plt_{number:040d}")
    system = factory.Sequence(lambda number: f"data warehouse {number}")
    branch = factory.SubFactory(BranchFactory)
    scope = "below"
    resources = factory.LazyFunction(lambda: list(Resource.values))
    hint = factory.LazyAttribute(lambda token: token.secret[:HINT_LENGTH])
    digest = factory.LazyAttribute(lambda token: digest_of(token.secret))
    expires_on = date(2099, 1, 1)
    reason = "reads the book for the data warehouse"
    issued_by = factory.SubFactory(StaffFactory, post="security_administrator")
    issued_at = MOMENT
