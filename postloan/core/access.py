"""Access is denied unless declared. Each view says what it requires; the middleware refuses one that says nothing.

@requires("loans.view_book")      a staff member whose posts give this capability today
@signed_in                        any staff member
@public                           anybody: log-in, health, language
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

View = Callable[..., HttpResponseBase]

PUBLIC = "public"
SIGNED_IN = "signed_in"
WRITES = re.compile(
    r"^[\s(]*(INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|TRUNCATE|WITH\b.*\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM))\b",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Access:
    kind: str
    capability: str = ""


class WriteOnRead(Exception):
    """A view tried to change data while answering a reading request."""


def _declare(view: View, access: Access) -> View:
    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if access.capability and not request.user.has_capability(access.capability):  # type: ignore[union-attr]
            raise PermissionDenied(access.capability)
        return view(request, *args, **kwargs)

    inner.access = access  # type: ignore[attr-defined]
    return inner


def requires(capability: str) -> Callable[[View], View]:
    """The view is for those whose posts give `capability`; others get 403."""
    return lambda view: _declare(view, Access("capability", capability))


def signed_in(view: View) -> View:
    """The view is for any staff member who is logged in."""
    return _declare(view, Access(SIGNED_IN))


def public(view: View) -> View:
    """The view is for anybody."""
    return _declare(view, Access(PUBLIC))


def declared(view: Any) -> Access | None:
    return getattr(view, "access", None)


def http_methods(*, reads: Sequence[str] = ("GET",), writes: Sequence[str] = ()) -> Callable[[View], View]:
    """Which methods a view answers. During a read it cannot write: WriteOnRead is raised."""

    def decorate(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            method = "GET" if request.method == "HEAD" else request.method
            if method in writes:
                return view(request, *args, **kwargs)
            if method in reads:
                with read_only():
                    return view(request, *args, **kwargs)
            return HttpResponseNotAllowed([*reads, *writes])

        inner.methods = (tuple(reads), tuple(writes))  # type: ignore[attr-defined]
        return inner

    return decorate


@contextmanager
def read_only() -> Iterator[None]:
    """Inside the block every statement that changes data is refused."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql):
            raise WriteOnRead(sql[:120])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield
