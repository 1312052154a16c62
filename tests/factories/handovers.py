"""Hand-overs as they stand after their preparation."""

import factory
from factory.django import DjangoModelFactory

from postloan.handovers.models import Handover, HandoverItem
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.organization import StaffFactory


class HandoverFactory(DjangoModelFactory):
    """To be signed; `signed=True` by all three, `withdrawn=True` taken back."""

    class Meta:
        model = Handover

    class Params:
        signed = factory.Trait(
            state="signed",
            giver_signed_by=factory.SelfAttribute("giver"),
            giver_signed_at=MOMENT,
            receiver_signed_at=MOMENT,
            witness_signed_at=MOMENT,
        )
        withdrawn = factory.Trait(
            state="withdrawn", ended_by=factory.SelfAttribute("prepared_by"), ended_at=MOMENT, end_reason="不再需要"
        )

    handover_no = factory.Sequence(lambda n: f"HO20260630-{n:03d}")
    giver = factory.SubFactory(StaffFactory)
    receiver = factory.SubFactory(StaffFactory)
    witness = factory.SubFactory(StaffFactory)
    effective_on = DELIVERED_ON
    reason = "岗位调整"
    content_hash = "0" * 64
    prepared_by = factory.SelfAttribute("witness")
    prepared_on = DELIVERED_ON
    prepared_at = MOMENT


class HandoverItemFactory(DjangoModelFactory):
    class Meta:
        model = HandoverItem

    handover = factory.SubFactory(HandoverFactory)
    kind = "customer"
    key = factory.LazyAttribute(lambda item: f"customer:{item.customer.pk}:{item.line}:{item.role}")
    line = "corporate"
    role = "A"
