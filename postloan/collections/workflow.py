"""The way of a maturity plan: a table of transitions and what the content of a plan is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from postloan.collections.models import MaturityPlan, PlanState


@dataclass(frozen=True)
class Transition:
    sources: frozenset[str]
    target: str
    capability: str
    comment_required: bool = False
    maker_may: bool = True


TRANSITIONS = {
    "submit": Transition(frozenset({PlanState.DRAFT, PlanState.RETURNED}), PlanState.SUBMITTED, "collections.work"),
    "confirm": Transition(
        frozenset({PlanState.SUBMITTED}), PlanState.CONFIRMED, "collections.confirm_plan", maker_may=False
    ),
    "send_back": Transition(
        frozenset({PlanState.SUBMITTED}),
        PlanState.RETURNED,
        "collections.confirm_plan",
        comment_required=True,
        maker_may=False,
    ),
}

CONTENT = (
    "loan_id",
    "item_id",
    "matures_on",
    "kind",
    "currency",
    "due_amount",
    "repay_amount",
    "renew_amount",
    "extend_until",
    "source",
    "opinion",
    "second_opinion",
    "second_by_id",
    "made_by_id",
    "version",
)


def content_hash(plan: MaturityPlan) -> str:
    """SHA-256 over everything a head confirms, in a fixed order; amounts with two decimals."""
    content = [[name, _plain(getattr(plan, name))] for name in CONTENT]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (int, str)):
        return value
    return f"{value:.2f}" if hasattr(value, "as_tuple") else value.isoformat()
