"""What changes hand-overs: prepared, signed by three, refused or withdrawn, and in effect by a night."""

from postloan.handovers.services.effect import take_effect
from postloan.handovers.services.signing import (
    Plan,
    prepare_handover,
    refuse_handover,
    sign_handover,
    withdraw_handover,
)
from postloan.organization.services import Refused

__all__ = [
    "Plan",
    "Refused",
    "prepare_handover",
    "refuse_handover",
    "sign_handover",
    "take_effect",
    "withdraw_handover",
]
