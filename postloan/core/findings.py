"""Findings about the data, kept set-based: what a night sees is opened or kept, what it no longer sees goes.

A kind is defined once by the app that finds it. `keep` takes a SELECT that yields the subjects seen now:

    subject_kind, subject_key, aspect, branch_id, customer_id, loan_id, arguments (JSON text)

It opens the new ones, rewrites facts that differ, and closes those of the same kind no longer in the SELECT.
Nothing is written for a finding that is seen again unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext

from postloan.core import formatting, sql
from postloan.core.models import Finding


@dataclass(frozen=True)
class Kind:
    code: str
    name: str | Promise
    text: str | Promise
    amounts: tuple[str, ...] = ()
    words: Mapping[str, str | Promise] = field(default_factory=dict)

    def shown(self, name: str, value: Any) -> str:
        """A fact as the sentence has it: amounts to the cent, codes by their words, what is not known as such."""
        if value is None:
            return gettext("no data")
        if name in self.amounts:
            try:
                return formatting.amount(Decimal(str(value)))
            except InvalidOperation:
                return str(value)
        return str(self.words.get(str(value), value))


@dataclass(frozen=True)
class Kept:
    opened: int
    changed: int
    gone: int


_kinds: dict[str, Kind] = {}


def define(
    code: str,
    name: str | Promise,
    text: str | Promise,
    *,
    amounts: tuple[str, ...] = (),
    words: Mapping[str, str | Promise] | None = None,
) -> str:
    """Makes a kind of finding known: a short name and a sentence with `{argument}` places.

    `amounts` names the arguments that are money, where they are numbers; `words` says what codes among them mean.
    """
    if code in _kinds:
        raise ValueError(f"finding {code} is defined twice")
    _kinds[code] = Kind(code, name, text, amounts, words or {})
    return code


def kinds() -> list[Kind]:
    return sorted(_kinds.values(), key=lambda kind: kind.code)


def name_of(code: str) -> str:
    return str(_kinds[code].name) if code in _kinds else code


def describe(finding: Finding) -> str:
    """The finding in the reader's language."""
    if finding.kind not in _kinds:
        return finding.kind
    kind = _kinds[finding.kind]
    text = str(kind.text)
    facts = {**finding.arguments, "aspect": finding.aspect}
    shown = {name: kind.shown(name, value) for name, value in facts.items()}
    try:
        return text.format(**shown, key=finding.subject_key)
    except (KeyError, IndexError):
        return text


def keep(kind: str, seen: str, parameters: Mapping[str, Any] | None = None, *, on: date, within: str = "TRUE") -> Kept:
    """Makes the open findings of `kind` equal to what the SELECT `seen` yields.

    `within` is a condition on the alias `f` of the findings table that says which open ones this SELECT speaks
    about, so that a look at part of the book closes nothing elsewhere. Call it inside the transaction.
    """
    if kind not in _kinds:
        raise ValueError(f"no finding is called {kind}")
    values = {**(parameters or {}), "kind": kind, "on": on}
    with transaction.atomic():
        _stage(seen, values)
        opened = sql.execute(_open_statement(), values)
        changed = sql.execute(_CHANGE_POSTGRES if sql.is_postgres() else _CHANGE, values)
        gone = sql.execute(_CLOSE.format(within=within), values)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE findings_seen")
    return Kept(opened, changed, gone)


def _stage(seen: str, values: Mapping[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS findings_seen")
        cursor.execute(
            "CREATE TEMPORARY TABLE findings_seen (subject_kind varchar(40), subject_key varchar(120),"
            " aspect varchar(60), branch_id bigint, customer_id bigint, loan_id bigint, arguments text)"
        )
        cursor.execute(
            "INSERT INTO findings_seen"
            " (subject_kind, subject_key, aspect, branch_id, customer_id, loan_id, arguments) " + seen,
            values,
        )


def open_of(kind: str):
    return Finding.objects.filter(kind=kind, gone_on=None)


_SAME = """f.kind = %(kind)s AND f.gone_on IS NULL
    AND f.subject_kind = s.subject_kind AND f.subject_key = s.subject_key AND f.aspect = COALESCE(s.aspect, '')"""

_ARGUMENTS = "COALESCE(s.arguments, '{}')"

_OPEN_TEMPLATE = """
INSERT INTO core_finding (kind, subject_kind, subject_key, aspect, branch_id, customer_id, loan_id, arguments,
                          first_seen_on)
SELECT %(kind)s, s.subject_kind, s.subject_key, COALESCE(s.aspect, ''), MIN(s.branch_id), MIN(s.customer_id),
       MIN(s.loan_id), {arguments}, {on}
FROM findings_seen s
WHERE NOT EXISTS (SELECT 1 FROM core_finding f WHERE {same})
GROUP BY s.subject_kind, s.subject_key, COALESCE(s.aspect, '')
"""


def _open_statement() -> str:
    if sql.is_postgres():
        arguments, on = "MIN(COALESCE(s.arguments, '{}'))::jsonb", "CAST(%(on)s AS date)"
    else:
        arguments, on = "MIN(COALESCE(s.arguments, '{}'))", "%(on)s"
    return _OPEN_TEMPLATE.format(arguments=arguments, on=on, same=_SAME)


_CHANGE = f"""
UPDATE core_finding AS f SET arguments = {_ARGUMENTS}
FROM findings_seen s
WHERE {_SAME} AND f.arguments <> {_ARGUMENTS}
"""

_CHANGE_POSTGRES = f"""
UPDATE core_finding AS f SET arguments = CAST({_ARGUMENTS} AS jsonb)
FROM findings_seen s
WHERE {_SAME} AND f.arguments <> CAST({_ARGUMENTS} AS jsonb)
"""

_CLOSE = """
UPDATE core_finding AS f SET gone_on = %(on)s, last_seen_on = COALESCE(
    (SELECT MAX(b.date) FROM core_businessdate b WHERE b.date < %(on)s AND b.date >= f.first_seen_on),
    f.first_seen_on)
WHERE f.kind = %(kind)s AND f.gone_on IS NULL AND ({within})
  AND NOT EXISTS (SELECT 1 FROM findings_seen s
                  WHERE f.subject_kind = s.subject_kind AND f.subject_key = s.subject_key
                    AND f.aspect = COALESCE(s.aspect, ''))
"""
