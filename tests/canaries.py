"""Canaries: marks in every free text, file name and amount, each of one owner, whom nobody beyond may ever be shown."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.core.signals import request_finished
from django.db import DatabaseError, close_old_connections, models, transaction

from postloan.core import guards
from postloan.core.formatting import amount
from postloan.customers.models import Customer

APPS = ("customers", "loans", "collateral", "todos", "classification", "collections", "inspections", "organization")
CORE = ("Finding", "Event", "OutboxMessage")
# What names a row, says what it is, or is the product's own word; a mark in these would be another row.
NAMES = ("_no", "_code", "_kind", "_key", "_index", "_tail", "_class", "hash", "digest", "sha256", "state", "status")
# A message's template is a code, its secrets are written for a program to read.
NO_TEXT = {
    "template",
    "secrets",
    "kind",
    "code",
    "line",
    "role",
    "scope",
    "currency",
    "band",
    "bucket",
    "class_floor",
    "occurrence",
    "lines",
}
SHORTEST = 20
STEPS_TO_CUSTOMER = 4


TEXT = re.compile(r"CANARY\d{5}W")
AMOUNT = re.compile(r"(?<!\d)7,?3\d\d,?\d{3}\.37")


@dataclass
class Marks:
    """What was planted: each mark with its owner and the place it is in, as a page, a file or a program might write it."""

    texts: dict[str, tuple[str, str]] = field(default_factory=dict)
    amounts: dict[str, tuple[str, str]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def found_in(self, content: str) -> set[tuple[str, str]]:
        """Owner and place of every mark in it."""
        texts = {self.texts[mark] for mark in set(TEXT.findall(content)) & self.texts.keys()}
        return texts | {self.amounts[mark] for mark in set(AMOUNT.findall(content)) & self.amounts.keys()}

    def of(self, owner: str) -> list[str]:
        return [mark for mark, (whose, _place) in self.texts.items() if whose == owner]


def plant(marks: Marks, owner: str, customer: Customer, *, spared_loans: list[int]) -> None:
    """Marks every row that leads to the customer, but for those of loans that others may see too."""
    with guards.lifted():
        for model in _models():
            rows = _rows_of(model, [customer], spared_loans)
            if rows is not None:
                for key in rows.values_list("pk", flat=True)[:3]:
                    _mark_row(model, key, owner, marks)


def plant_in(marks: Marks, owner: str, *rows: Any) -> None:
    """Marks rows that belong to no customer: what is arranged between people, and what one of them keeps."""
    with guards.lifted():
        for row in rows:
            _mark_row(type(row), row.pk, owner, marks)


def _mark_row(model: Any, key: int, owner: str, marks: Marks) -> None:
    for column in model._meta.concrete_fields:
        _mark(model, key, column, owner, marks)


def _models() -> Iterator[Any]:
    for label in APPS:
        yield from apps.get_app_config(label).get_models()
    yield from (apps.get_model("core", name) for name in CORE)


def _rows_of(model: Any, customers: list[Customer], spared: list[int]) -> Any:
    """The rows of a model that belong to the customers, by the shortest way of keys; None where none leads there."""
    if model is Customer:
        return Customer.objects.filter(pk__in=[one.pk for one in customers])
    path = _way_to_customer(model)
    if path is None:
        return None
    rows = model._base_manager.filter(**{f"{path}__in": [one.pk for one in customers]}).order_by("pk")
    for name in ("loan", "loan_id", "pk" if model.__name__ == "Loan" else ""):
        if name and _has(model, name):
            rows = rows.exclude(**{f"{name}__in": spared})
            break
    return rows


def _has(model: Any, name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return name == "pk"
    return True


def _way_to_customer(model: Any) -> str | None:
    if _has(model, "customer_id"):
        return "customer_id"
    ways = [(model, "")]
    for _step in range(STEPS_TO_CUSTOMER):
        further = []
        for here, path in ways:
            for column in here._meta.concrete_fields:
                target = column.related_model
                if target is None or target is here or target._meta.app_label == "organization":
                    continue
                if target is Customer:
                    return f"{path}{column.name}"
                further.append((target, f"{path}{column.name}__"))
        ways = further
    return None


def _mark(model: Any, key: int, column: Any, owner: str, marks: Marks) -> None:
    place, number = (owner, f"{model.__name__}.{column.name}"), next(marks.numbers)
    row = model._base_manager.filter(pk=key)
    if isinstance(column, models.DecimalField) and column.decimal_places == 2:
        value = Decimal(7_300_000 + number * 13) + Decimal("0.37")
        if _kept(row, column, value):
            marks.amounts |= {str(value): place, amount(value): place}
        return
    text = f"CANARY{number:05d}W"
    new: Any = text if _is_free_text(column) else None
    if isinstance(column, models.JSONField):
        old = row.values_list(column.name, flat=True).first()
        if isinstance(old, dict) and any(isinstance(part, str) for part in old.values()):
            new = {name: text if isinstance(part, str) else part for name, part in old.items()}
    if new is not None and _kept(row, column, new):
        marks.texts[text] = place


def _is_free_text(column: Any) -> bool:
    if not isinstance(column, models.TextField | models.CharField | models.FileField) or column.choices:
        return False
    if column.name in NO_TEXT or column.name.endswith(NAMES) or column.unique:
        return False
    return column.max_length is None or column.max_length >= SHORTEST


def _kept(row: Any, column: Any, value: Any) -> bool:
    """Whether the database takes it: some columns are tied to others by a constraint."""
    try:
        with transaction.atomic():
            return bool(row.update(**{column.name: value}))
    except (DatabaseError, ValueError, TypeError):
        return False


def content_of(answer: Any) -> str:
    """All that an answer holds, also inside a workbook or a document."""
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
    # As Django's own test client does: the end of an answer does not close the connection of the test's transaction.
    request_finished.disconnect(close_old_connections)
    answer.close()
    request_finished.connect(close_old_connections)
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            raw = b"\n".join(packed.read(name) for name in packed.namelist())
    return raw.decode("utf-8", errors="replace")
