"""Browsers that log in as people do, and an English page to read sentences from."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.test import Client

from postloan.organization.models import Staff
from tests.factories import PASSWORD


def english() -> Client:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def browser() -> Client:
    return english()


@pytest.fixture
def log_in() -> Callable[..., Client]:
    """A browser of its own, logged in through the page."""

    def run(staff: Staff, password: str = PASSWORD) -> Client:
        client = english()
        answer = client.post("/login", {"username": staff.staff_no, "password": password})
        assert answer.status_code == 302, answer.content.decode()[-2000:]
        return client

    return run
