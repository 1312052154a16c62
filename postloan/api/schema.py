"""The description of the interface: OpenAPI for programs, and the same as rows that a page draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator


class ByToken(OpenApiAuthenticationExtension):
    """How programs are told to come in."""

    target_class = "postloan.api.reading.AsTheMiddlewareFound"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


@dataclass(frozen=True)
class Fact:
    """A parameter or a field: its name, its type as people write it, what it is."""

    name: str
    kind: str
    text: str


@dataclass(frozen=True)
class Operation:
    path: str
    title: str
    parameters: tuple[Fact, ...]


@dataclass(frozen=True)
class Chapter:
    """One kind of rows: its addresses, and the fields of one row."""

    title: str
    operations: tuple[Operation, ...]
    fields: tuple[Fact, ...]


def described() -> dict[str, Any]:
    """The OpenAPI description, in the reader's language."""
    return SchemaGenerator().get_schema(request=None, public=True)


def only_the_interface(endpoints: list[tuple]) -> list[tuple]:
    """Pages are no part of it, nor is the description itself."""
    return [one for one in endpoints if one[0].startswith("/api/v1/") and not one[0].endswith("/schema")]


def chapters(schema: dict[str, Any]) -> list[Chapter]:
    """The description by kinds of rows, the fields as one row in full has them."""
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for path, methods in schema["paths"].items():
        operation = methods["get"]
        found.setdefault(str(operation["tags"][0]), []).append((path, operation))
    return [_chapter(title, operations, schema) for title, operations in found.items()]


def _chapter(title: str, operations: list[tuple[str, dict[str, Any]]], schema: dict[str, Any]) -> Chapter:
    shown = tuple(
        Operation(path, str(one["summary"]), tuple(_parameter(row) for row in one.get("parameters", ())))
        for path, one in operations
    )
    return Chapter(title, shown, tuple(_fields(operations[-1][1], schema)))


def _parameter(row: dict[str, Any]) -> Fact:
    return Fact(row["name"], _kind(row.get("schema", {})), str(row.get("description", "")))


def _fields(operation: dict[str, Any], schema: dict[str, Any]) -> list[Fact]:
    """The fields of a row; those of what hangs on it behind a full stop."""
    row = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return list(_facts(_named(row, schema), schema, ""))


def _facts(row: dict[str, Any], schema: dict[str, Any], before: str) -> Iterator[Fact]:
    for name, one in row["properties"].items():
        inner = _named(one, schema)
        yield Fact(before + name, _kind(one if "type" in one else inner), str(one.get("title", "")))
        if "properties" in inner:
            yield from _facts(inner, schema, f"{before}{name}.")


def _named(one: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for, also inside a list or beside a title."""
    while True:
        if "items" in one:
            one = one["items"]
        elif "allOf" in one:
            one = one["allOf"][0]
        elif "oneOf" in one:
            one = one["oneOf"][0]
        elif "$ref" in one:
            one = schema["components"]["schemas"][one["$ref"].rpartition("/")[2]]
        else:
            return one


def _kind(schema: dict[str, Any]) -> str:
    return str(schema.get("format") or schema.get("type") or "object")
