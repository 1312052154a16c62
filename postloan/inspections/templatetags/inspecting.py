"""{% load inspecting %}: states of tasks and the words of the policy table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from postloan.core.templatetags.postloan import tag
from postloan.inspections.models import TaskState
from postloan.loans import labels
from postloan.loans.models.state import FiveLevelClass

register = template.Library()

TONES = {
    TaskState.RETURNED: "bad",
    TaskState.SUBMITTED: "warn",
    TaskState.APPROVED: "ok",
}
LISTS: dict[str, dict[str, Any]] = {
    "customer_kinds": labels.CUSTOMER_KINDS,
    "product_families": labels.PRODUCT_FAMILIES,
    "classes": dict(FiveLevelClass.choices),
    "exceptions": labels.POLICY_SECURITIES,
}


@register.filter
def task_state(code: str) -> SafeString:
    """The state of a task as a tag."""
    return tag(str(TaskState(code).label), TONES.get(TaskState(code), ""))


@register.filter
def in_words(codes: Iterable[str], column: str) -> str:
    """A column of the policy that holds several codes; empty for any."""
    return pgettext("list", ", ").join(str(LISTS[column].get(code, code)) for code in codes)
