"""What the timeline tells about hand-overs."""

from django.utils.translation import gettext_lazy as _

from postloan.core.timeline import define

PREPARED = define(
    "handovers.prepared", _("Hand-over {key} prepared: from {giver} to {receiver}, {customers} customers")
)
SIGNED = {
    "giver": define("handovers.signed_by_giver", _("Hand-over {key} signed by {name} as giver")),
    "receiver": define("handovers.signed_by_receiver", _("Hand-over {key} signed by {name} as receiver")),
    "witness": define("handovers.signed_by_witness", _("Hand-over {key} signed by {name} as witness")),
}
REFUSED = define("handovers.refused", _("Hand-over {key} refused: {reason}"))
WITHDRAWN = define("handovers.withdrawn", _("Hand-over {key} withdrawn: {reason}"))
TOOK_EFFECT = define(
    "handovers.took_effect",
    _("Hand-over {key} took effect: from {giver} to {receiver}, {customers} customers, {todos} todos"),
)
BLOCKED = define("handovers.blocked", _("Hand-over {key} did not take effect"))
CUSTOMER_MOVED = define("handovers.customer_moved", _("Handed over from {giver} to {receiver} as {role} ({key})"))
LOAN_MOVED = define("handovers.loan_moved", _("The loan was handed over from {giver} to {receiver} as {role} ({key})"))

ALL = (PREPARED, *SIGNED.values(), REFUSED, WITHDRAWN, TOOK_EFFECT, BLOCKED)
