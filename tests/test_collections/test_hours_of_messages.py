"""When a borrower is told by message: the bank's hours, within those in which borrowers may be contacted at all."""

from datetime import UTC, datetime, time

import pytest

from postloan.collections import limits, rules, wording
from postloan.core.business_date import SHANGHAI
from postloan.core.messages import OutboxMessage
from postloan.core.outbox import text_of
from tests.factories import BusinessDateFactory, ParameterFactory

HOURS = rules.TellingHours(time(9), time(20), quiet_from=time(22), quiet_until=time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "first"),
    [
        ("30 02:15", "30 09:00"),  # the night closes: the borrower sleeps
        ("30 08:59", "30 09:00"),
        ("30 09:00", "30 09:00"),
        ("30 19:59", "30 19:59"),
        ("29 20:00", "30 09:00"),
        ("29 23:30", "30 09:00"),
    ],
)
def test_a_message_waits_for_the_hours(moment, first):
    assert rules.first_telling(at(moment), HOURS) == at(first)


@pytest.mark.parametrize(
    ("hours", "moment", "first"),
    [
        # The hours for messages reach into those without contacts: these stand above them.
        (rules.TellingHours(time(6), time(23), time(22), time(8)), "29 06:30", "29 08:00"),
        (rules.TellingHours(time(6), time(23), time(22), time(8)), "29 22:30", "30 08:00"),
        # Quiet at noon.
        (rules.TellingHours(time(9), time(20), time(12), time(14)), "29 12:30", "29 14:00"),
        (rules.TellingHours(time(9), time(20), time(12), time(14)), "29 21:00", "30 09:00"),
        # No hour is left: nothing is held for ever, and nobody is told at night.
        (rules.TellingHours(time(20), time(9), time(22), time(8)), "29 23:00", "30 08:00"),
        (rules.TellingHours(time(20), time(9), time(22), time(8)), "29 12:00", "29 12:00"),
    ],
)
def test_the_hours_without_contacts_stand_above_it(hours, moment, first):
    assert rules.first_telling(at(moment), hours) == at(first)


@pytest.mark.django_db
def test_the_hours_are_parameters_by_the_clock_of_the_place():
    utc_night = at("30 02:15").astimezone(UTC)
    assert wording.hours_of_borrowers(utc_night) == at("30 09:00")
    ParameterFactory(key=limits.MESSAGES_FROM, value="10:30", valid_from=at("30 00:00").date())
    assert wording.hours_of_borrowers(utc_night) == at("30 10:30")
    assert wording.hours_of_borrowers(at("29 21:00")) == at("30 09:00"), "the value of the day on which it is asked"


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_reminder_is_right_on_the_due_day_too(language):
    """Written the night before, delivered in the morning of the day: it may not ask for the day before."""
    BusinessDateFactory()
    arguments = dict.fromkeys(("name", "due_on", "amount", "currency", "loan", "principal", "interest", "account"), "7")
    _subject, text = text_of(OutboxMessage(template=wording.INSTALMENT_DUE, language=language, arguments=arguments))
    assert "前一日" not in text
    assert "day before" not in text
    assert "当日扣款前" in text or "before it is deducted that day" in text
