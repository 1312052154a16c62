"""What a file of the extract may hold: its columns, what each must look like, and what its rows hang on."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import connection, models


class Kind(enum.Enum):
    """How a value is checked. Amounts are plain decimals in currency units, rates percent a year."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    AMOUNT = "amount"
    SIGNED_AMOUNT = "signed_amount"
    RATE = "rate"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CODE = "code"
    CODES = "codes"
    CURRENCY = "currency"
    ENCRYPTED = "encrypted"


TEXTUAL = {
    Kind.TEXT,
    Kind.LONG_TEXT,
    Kind.NUMBER,
    Kind.CODE,
    Kind.CODES,
    Kind.CURRENCY,
    Kind.ENCRYPTED,
}
SUMMABLE = {Kind.AMOUNT, Kind.SIGNED_AMOUNT, Kind.RATE, Kind.INTEGER}


@dataclass(frozen=True)
class Column:
    """One column. `field` is the model's field where it is called otherwise; "" where a parent replaces it."""

    name: str
    kind: Kind
    required: bool = False
    key: bool = False
    field: str | None = None
    codes: frozenset[str] = frozenset()
    restated: bool = False
    personal: bool = False
    length: int | None = None

    @property
    def target(self) -> str:
        return self.name if self.field is None else self.field

    @property
    def is_text(self) -> bool:
        return self.kind in TEXTUAL


class Unknown(enum.Enum):
    """What happens to a row whose hard parent is unknown."""

    REJECT = "reject"
    QUARANTINE = "quarantine"


@dataclass(frozen=True)
class Parent:
    """A hard parent: the row cannot be without it. `fk` is the model's foreign key."""

    column: str
    file: str
    fk: str
    unknown: Unknown = Unknown.REJECT


@dataclass(frozen=True)
class Reference:
    """A soft reference: the number is kept as text, the foreign key is filled as soon as it is known.

    `fk` "" where the model keeps only the text (managers); `finding` False where another reference says it.
    """

    column: str
    file: str
    fk: str = ""
    finding: bool = True


@dataclass(frozen=True)
class FileSpec:
    """One file of the extract. `seeded` files only make rows where there are none: what they hold is ours."""

    name: str
    model: str
    columns: tuple[Column, ...]
    parents: tuple[Parent, ...] = ()
    references: tuple[Reference, ...] = ()
    is_seeded: bool = False
    # The parent whose full delivery replaces everything that hangs on it: rows gone are superseded, not missing.
    replaces_under: str = ""
    # Rows in these states are not reported missing when a full file leaves them out.
    ended: tuple[str, tuple[str, ...]] = ("", ())
    findings: dict[str, Any] = field(default_factory=dict)

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @cached_property
    def key(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.key)

    @cached_property
    def required(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.required or column.key)

    @cached_property
    def model_class(self) -> type[models.Model]:
        return apps.get_model(self.model)

    @cached_property
    def table(self) -> str:
        return self.model_class._meta.db_table

    def parent_of(self, column: str) -> Parent | None:
        return next((parent for parent in self.parents if parent.column == column), None)

    def model_field(self, column: Column) -> models.Field | None:
        """The field a column is kept in; None where only a parent's foreign key keeps it."""
        fields = {field.name: field for field in self.model_class._meta.concrete_fields}
        return fields.get(column.target)

    def longest(self, column: Column) -> int | None:
        """The most characters a text may have; None where there is no limit."""
        if column.length is not None:
            return column.length
        found = self.model_field(column)
        return getattr(found, "max_length", None) if found is not None else 60

    def db_type(self, column: Column) -> str:
        """The type of the staging column: that of the model's own, so that both compare alike."""
        found = self.model_field(column)
        if found is None or column.is_text:
            return "text"
        return str(found.db_type(connection))


def number(name: str, *, required: bool = False, key: bool = False, **more: Any) -> Column:
    return Column(name, Kind.NUMBER, required=required, key=key, **more)


def text(name: str, *, required: bool = False, **more: Any) -> Column:
    return Column(name, Kind.TEXT, required=required, **more)


def date(name: str, *, required: bool = False, **more: Any) -> Column:
    return Column(name, Kind.DATE, required=required, **more)


def amount(name: str, *, required: bool = False, signed: bool = False, **more: Any) -> Column:
    return Column(name, Kind.SIGNED_AMOUNT if signed else Kind.AMOUNT, required=required, **more)


def rate(name: str, **more: Any) -> Column:
    return Column(name, Kind.RATE, **more)


def integer(name: str, **more: Any) -> Column:
    return Column(name, Kind.INTEGER, **more)


def boolean(name: str, **more: Any) -> Column:
    return Column(name, Kind.BOOLEAN, **more)


def code(name: str, codes: frozenset[str] | None = None, *, required: bool = False, **more: Any) -> Column:
    return Column(name, Kind.CODE, required=required, codes=codes or frozenset(), **more)


def codes(name: str, known: frozenset[str], *, required: bool = False, **more: Any) -> Column:
    """Several codes separated by `;`."""
    return Column(name, Kind.CODES, required=required, codes=known, **more)


def encrypted(name: str, **more: Any) -> Column:
    return Column(name, Kind.ENCRYPTED, personal=True, **more)


def currency() -> Column:
    return Column("currency", Kind.CURRENCY)
