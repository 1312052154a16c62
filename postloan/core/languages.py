"""Which language a person reads: chosen on a page, kept with the person, used for what is written to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpRequest


def is_known(code: str) -> bool:
    return code in dict(settings.LANGUAGES)


def of_cookie(request: HttpRequest) -> str:
    """What this browser has chosen; empty where it has not."""
    code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if is_known(code) else ""


def remember(user: Any, code: str) -> None:
    """Past the model's history: which language somebody reads is no change of the person."""
    if user.is_authenticated and is_known(code) and user.language != code:
        get_user_model().objects.filter(pk=user.pk).update(language=code)


def of_staff(ids: Iterable[int]) -> dict[int, str]:
    """The languages these people have chosen; who has not is not among them."""
    found = get_user_model().objects.filter(pk__in=list(ids)).exclude(language="")
    return dict(found.values_list("pk", "language"))
