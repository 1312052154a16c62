from datetime import date
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HandoversConfig(AppConfig):
    name = "postloan.handovers"
    label = "handovers"
    verbose_name = _("hand-overs")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postloan.handovers import events  # noqa: F401  texts of the timeline
        from postloan.todos import panels

        panels.add("handovers/_to_sign.html", capability="handovers.view", read=to_sign)


def to_sign(user: Any, day: date) -> dict[str, Any] | None:
    """Hand-overs that wait for the reader's signature, for My work; nothing where there are none."""
    from postloan.handovers import queries

    waiting = queries.to_sign(user)
    return {"handovers": waiting} if waiting else None
