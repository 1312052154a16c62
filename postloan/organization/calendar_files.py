"""A year's holidays as a file: JSON or CSV, read whole or refused with the line that is wrong.

    {"year": 2027, "source": "国办发明电〔2026〕…号", "days_off": ["2027-01-01", …], "make_up_days": ["2027-02-06", …]}

    date,kind
    2027-01-01,off
    2027-02-06,work

`off` names days of Monday to Friday on which no work is done, `work` Saturdays and Sundays on which it is. Weekends
named as off and weekdays named as work change nothing and are left out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

LARGEST = 64 * 1024
CSV_EXAMPLE = "date,kind\n2028-01-03,off\n2028-01-22,work"
JSON_EXAMPLE = """{"year": 2028,
 "source": "国办发明电",
 "days_off": ["2028-01-03"],
 "make_up_days": ["2028-01-22"]}"""
OFF, WORK = "off", "work"
# Fewer days off than the law gives, or more than any year had: rather a wrong file.
FEWEST, MOST = 5, 60
WEEKDAYS = 5


class NotACalendar(Exception):
    """The file cannot be taken; the message is a sentence for whoever uploaded it."""


@dataclass(frozen=True)
class YearFile:
    year: int
    source: str
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]
    name: str
    hash: str


def read(content: bytes, name: str) -> YearFile:
    """Raises NotACalendar."""
    if len(content) > LARGEST:
        raise NotACalendar(_("The file is too large for a calendar."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotACalendar(_("The file is not UTF-8 text.")) from None
    given = _from_json(text) if text.lstrip().startswith("{") else _from_csv(text)
    source, off, work = given
    days = [*off, *work]
    if not days:
        raise NotACalendar(_("The file names no day."))
    years = {day.year for day in days}
    if len(years) > 1:
        raise NotACalendar(_("The file speaks of several years; a calendar is of one."))
    twice = sorted(day for day in set(days) if days.count(day) > 1)
    if twice:
        raise NotACalendar(_("%(day)s stands there twice.") % {"day": twice[0].isoformat()})
    days_off = tuple(sorted(day for day in off if day.weekday() < WEEKDAYS))
    if not FEWEST <= len(days_off) <= MOST:
        raise NotACalendar(_("%(count)s weekdays off are not plausible for a year.") % {"count": len(days_off)})
    made_up = tuple(sorted(day for day in work if day.weekday() >= WEEKDAYS))
    return YearFile(years.pop(), source, days_off, made_up, name[:200], hashlib.sha256(content).hexdigest())


def _from_json(text: str) -> tuple[str, list[date], list[date]]:
    try:
        given = json.loads(text)
    except ValueError as error:
        raise NotACalendar(_("This is no JSON: %(error)s") % {"error": error}) from None
    wrong = set(given) - {"year", "source", "days_off", "make_up_days"}
    if wrong:
        raise NotACalendar(_("The file has fields nobody knows: %(names)s.") % {"names": ", ".join(sorted(wrong))})
    off, work = (_days(given.get(name, [])) for name in ("days_off", "make_up_days"))
    year = given.get("year")
    if year is not None and any(day.year != year for day in [*off, *work]):
        raise NotACalendar(_("A day lies outside the year %(year)s.") % {"year": year})
    return str(given.get("source", ""))[:200], off, work


def _days(given: object) -> list[date]:
    if not isinstance(given, list):
        raise NotACalendar(_("The days are no list."))
    return [_day(text) for text in given]


def _day(text: object) -> date:
    try:
        return date.fromisoformat(str(text).strip())
    except ValueError:
        raise NotACalendar(_("“%(text)s” is no date as 2027-01-01.") % {"text": str(text)[:40]}) from None


def _from_csv(text: str) -> tuple[str, list[date], list[date]]:
    rows: Iterable[dict[str, str]] = csv.DictReader(io.StringIO(text))
    found: dict[str, list[date]] = {OFF: [], WORK: []}
    for number, row in enumerate(rows, 2):
        day, kind = row.get("date"), (row.get("kind") or "").strip()
        if day is None or kind not in found:
            raise NotACalendar(
                _("Line %(number)s: needed are a date and “off” or “work”, under the heads date and kind.")
                % {"number": number}
            )
        found[kind].append(_day(day))
    return "", found[OFF], found[WORK]
