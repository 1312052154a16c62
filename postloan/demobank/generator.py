"""Builds the fictional bank and writes its extracts, date by date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from .bank import build_branches, build_staff
from .casting import cast_stories
from .columns import COLUMNS
from .corrections import dates_to_correct, folder_beside, unbooked
from .dates import DEFAULT_UNTIL, business_dates
from .finance import build_credit_reports, build_statements
from .lending import lend_to_all
from .loan_tables import Books, account_tables, loan_tables, movement_tables
from .model import Bank
from .names import Namer
from .offbalance import build_off_balance
from .population import build_customers
from .security import secure_all
from .shared_stories import tell_shared_stories
from .stories import tell_stories
from .tables import event_table, report_table, statement_table, static_tables
from .truth import TruthKeeper
from .writer import Table, write_date

# Account entries reach back this far before the first date.
HISTORY_DAYS = 92
LEAST_CUSTOMERS = 60
# One delivery comes in the other encoding of the contract.
PLACE_IN_GB18030 = 1


@dataclass(frozen=True, slots=True)
class Settings:
    customers: int = 300
    months: int = 6
    seed: int = 7
    until: date = DEFAULT_UNTIL


def build_bank(settings: Settings) -> Bank:
    """Everybody and everything, with all that will happen to them already decided."""
    if settings.customers < LEAST_CUSTOMERS:
        raise ValueError(f"the stories need at least {LEAST_CUSTOMERS} customers")
    rng = Random(settings.seed)
    dates = business_dates(settings.until, settings.months)
    bank = Bank(settings.seed, dates, dates[0] - timedelta(days=HISTORY_DAYS))
    namer = Namer(rng)
    build_branches(bank, settings.customers)
    build_staff(bank, settings.customers, rng, namer)
    build_customers(bank, settings.customers, rng, namer)
    cast_stories(bank, rng)
    lend_to_all(bank, rng)
    secure_all(bank, rng, namer)
    tell_stories(bank, rng)
    tell_shared_stories(bank, rng)
    build_off_balance(bank, rng)
    _plant_core_faults(bank)
    return bank


def _plant_core_faults(bank: Bank) -> None:
    """Core banking's own word on a few loans is wrong on purpose: the date overdue since, or the class.

    Of some without instalments that pay interest at fixed times it says nothing: until they mature nobody can know.
    """
    for loan in bank.loans:
        if not loan.has_rows and not loan.says_overdue and loan.method.startswith("interest"):
            bank.planted.append({"kind": "core_silent", "subject": loan.loan_no})
    failing = [
        loan for one in bank.customers if one.story.fails for loan in one.loans if one.story.kind != "written_off"
    ]
    for place, loan in enumerate(failing):
        if place % 9 == 4:
            loan.planted, loan.says_overdue = "since", True
            bank.planted.append({"kind": "overdue_since_differs", "subject": loan.loan_no})
        elif place % 9 == 7:
            loan.planted = "class"
            bank.planted.append({"kind": "class_better_than_floor", "subject": loan.loan_no})


def make_demo_bank(
    directory: Path, truth_path: Path, settings: Settings, progress: Callable[[str], None] | None = None
) -> Bank:
    """Writes a dated folder for each business date under `directory`; beside it the truth and the correction."""
    bank = build_bank(settings)
    statements, reports = build_statements(bank), build_credit_reports(bank)
    books, truth = Books(bank), TruthKeeper(bank)
    cache: dict[str, Table] = {}
    since: date | None = None
    may_be_corrected = dates_to_correct(bank.dates)
    for place, on in enumerate(bank.dates):
        before = dict(books.lines) if on in may_be_corrected else {}
        day = books.advance(on, since)
        tables = static_tables(bank, on, cache)
        tables |= loan_tables(books, day) | movement_tables(bank, day) | account_tables(bank, on)
        tables["credit_reports"] = report_table(reports, on)
        tables["financial_statements"] = statement_table(statements, since, on)
        tables["external_events"] = event_table(bank, on)
        tables = {name: tables[name] for name in COLUMNS}
        encoding = "gb18030" if place == PLACE_IN_GB18030 else "utf-8"
        if on in may_be_corrected and (lacking := unbooked(books, day, before)).receipts:
            may_be_corrected = []
            write_date(directory, on, lacking.without(tables), encoding=encoding)
            write_date(folder_beside(directory), on, tables, revision=2)
            bank.planted.append({"kind": "corrected_extract", "subject": on.isoformat()})
        else:
            write_date(directory, on, tables, encoding=encoding)
        truth.note(day)
        since = on
        if progress:
            progress(f"{on}  {place + 1}/{len(bank.dates)}  {len(day.positions)} loans")
    about = {"customers": settings.customers, "months": settings.months, "seed": settings.seed, "until": settings.until}
    truth.write(truth_path, about)
    return bank
