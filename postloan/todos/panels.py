"""Cards other apps add beside the queue of My work, since todos stand below them and may not ask them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from postloan.organization.requests import StaffRequest

Read = Callable[[Any, date], dict[str, Any] | None]


@dataclass(frozen=True)
class Panel:
    template: str
    capability: str
    read: Read


_panels: dict[str, Panel] = {}


def add(template: str, *, capability: str, read: Read) -> None:
    """Adds a card. `read(user, day)` gives what the template asks for, or None where there is nothing to show."""
    _panels[template] = Panel(template, capability, read)


def shown(request: StaffRequest, day: date) -> list[SafeString]:
    """The cards this person sees, as HTML."""
    cards = []
    for panel in _panels.values():
        if request.user.has_capability(panel.capability):
            content = panel.read(request.user, day)
            if content is not None:
                cards.append(render_to_string(panel.template, content, request))
    return cards
