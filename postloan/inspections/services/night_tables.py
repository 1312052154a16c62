"""The temporary tables the planning of a night works on: the policy's rules, the classes, the customers, the facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from django.db import connection

from postloan.core import parameters, sql
from postloan.inspections import limits
from postloan.inspections.models import Policy
from postloan.loans.models.state import CLASS_ORDER

SQL = Path(__file__).parent.parent / "sql"

TABLES = {
    "night_rule": "rule_id bigint PRIMARY KEY, position integer, line varchar(20), customer_kinds text,"
    " product_families text, classes text, exceptions text, amount_over decimal(18, 2), amount_up_to decimal(18, 2),"
    " first_days integer, every_days integer, sample_percent integer, place varchar(10), people integer",
    "night_class": "code varchar(20) PRIMARY KEY, class_rank integer",
    "night_customer": "customer_id bigint PRIMARY KEY",
    "night_fact": "loan_id bigint, customer_id bigint, line varchar(20), disbursed_on date,"
    " five_level_class varchar(20), class_rank integer, rule_id bigint",
}


@contextmanager
def tables(policy: Policy) -> Iterator[None]:
    """Inside the block the tables are there; rules and classes are filled. Inside a transaction, not nested."""
    with connection.cursor() as cursor:
        for name, columns in TABLES.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns})")
        # Not unique: a loan with two open states is for the control totals to find, which come after.
        cursor.execute("CREATE INDEX night_fact_loan ON night_fact (loan_id)")
        cursor.execute("CREATE INDEX night_fact_customer ON night_fact (customer_id, line)")
        cursor.executemany(
            "INSERT INTO night_rule VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [_row(rule) for rule in policy.rules.all()],
        )
        cursor.executemany("INSERT INTO night_class VALUES (%s, %s)", list(zip(CLASS_ORDER, range(9), strict=False)))
    yield
    with connection.cursor() as cursor:
        for name in TABLES:
            cursor.execute(f"DROP TABLE {name}")


def _row(rule: Any) -> list[Any]:
    return [
        rule.pk,
        rule.position,
        rule.line,
        in_a_list(rule.customer_kinds),
        in_a_list(rule.product_families),
        in_a_list(rule.classes),
        in_a_list(rule.exceptions),
        _amount(rule.amount_over),
        _amount(rule.amount_up_to),
        rule.first_within_days,
        rule.periodic_every_days,
        rule.sample_percent,
        rule.place,
        rule.people,
    ]


def _amount(value: Any) -> Any:
    return value if value is None or sql.is_postgres() else float(value)


def in_a_list(codes: Iterable[str]) -> str:
    """`;a;b;` to be searched with LIKE; nothing for no codes."""
    found = list(codes)
    return f";{';'.join(found)};" if found else ""


def fill_facts(day: date, *, since: date | None, everything: bool) -> int:
    """Chooses the customers to look at and gathers the facts of their live loans; returns how many customers."""
    values = {
        "day": day,
        "since": since or date.min.replace(year=1900),
        "everything": int(everything),
        "days": int(parameters.value(limits.INTEREST_ARREARS, on=day)),
        "no": False,
        "low_risk": in_a_list(parameters.value(limits.LOW_RISK_KINDS, on=day)),
    }
    looked_at = sql.execute(SQL / "customers_to_look_at.sql", values)
    if looked_at:
        if sql.is_postgres():
            sql.execute("ANALYZE night_customer")
        sql.execute(SQL / "facts.sql", values)
        if sql.is_postgres():
            sql.execute("ANALYZE night_fact")
    return looked_at
