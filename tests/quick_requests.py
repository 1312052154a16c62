"""Thousands of requests in one test: what does not change meanwhile is read once, and nobody looks at refusals."""

from __future__ import annotations

import copy
import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test.signals import template_rendered

from postloan.core import views as error_pages
from postloan.organization import rights, security_rules
from postloan.organization.authentication import StaffBackend


@contextmanager
def quick_requests(monkeypatch: Any) -> Iterator[None]:
    """Nobody's session, account or post and no rule of log-in changes during the walk: each is read once, not always.

    What a refusal looks like is shown elsewhere: here it is a number, and nobody writes it down. Nor does anybody look
    at the templates a page was made of.
    """
    monkeypatch.setattr(error_pages, "_error_page", lambda _request, status, _name="": HttpResponse(status=status))
    known: dict[Any, Any] = {}

    def once(function: Any) -> Any:
        def remembered(*args: Any, **kwargs: Any) -> Any:
            key = (
                function,
                *(getattr(arg, "pk", arg) for arg in args),
                getattr(args[0], "is_active", "") if args else "",
            )
            if key not in known:
                known[key] = function(*args, **kwargs)
            return known[key]

        return remembered

    load, person = SessionStore.load, StaffBackend.get_user
    sessions: dict[str, Any] = {}
    people: dict[int, Any] = {}

    def loaded(session: Any) -> Any:
        if session.session_key not in sessions:
            sessions[session.session_key] = load(session)
        return copy.deepcopy(sessions[session.session_key])

    def known_person(backend: Any, key: int) -> Any:
        if key not in people:
            people[key] = person(backend, key)
        return copy.copy(people[key])

    monkeypatch.setattr(SessionStore, "load", loaded)
    monkeypatch.setattr(StaffBackend, "get_user", known_person)
    monkeypatch.setattr(template_rendered, "send", lambda **_told: [])
    monkeypatch.setattr(rights, "rights_of", once(rights.rights_of))
    monkeypatch.setattr(security_rules, "current", once(security_rules.current))
    logging.disable(logging.CRITICAL)
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    logging.disable(logging.NOTSET)
