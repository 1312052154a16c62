"""Production does not start while a demonstration user exists: their passwords are known to everybody."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError


def has_demonstration_users() -> bool:
    """False where the table is not there yet: before the first migration there is nobody."""
    from postloan.organization.models import Staff

    try:
        return Staff.objects.filter(is_demonstration=True).exists()
    except DatabaseError:
        return False


@register(Tags.security)
def no_demonstration_users(app_configs: Any = None, **_ignored: Any) -> list[Error]:
    if settings.IS_DEMONSTRATION or not has_demonstration_users():
        return []
    return [
        Error(
            "The database holds demonstration users, whose password is public.",
            hint="Begin with a database of its own; a demonstration is never turned into production.",
            id="organization.E001",
        )
    ]


def refuse_demonstration_users() -> None:
    """For every way production starts. Raises ImproperlyConfigured."""
    for error in no_demonstration_users():
        raise ImproperlyConfigured(f"{error.id}: {error.msg} {error.hint}")
