"""Every file and column of the contract is in a specification, and has a column in a model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postloan.imports.format import SPECS
from postloan.imports.format.columns import Kind
from postloan.imports.format.names import FILE_NAMES

ROW = re.compile(r"^\| (\w+) \| (.+) \|$")
NAME = re.compile(r"(\*\*)?([a-z][a-z0-9_]*)(\*\*)?(\*)?")


def contract(text: str) -> dict[str, dict[str, tuple[bool, bool]]]:
    """File → column → (is key, is required), read from the table of the page."""
    found = {}
    for line in text.split("## Columns")[1].splitlines():
        row = ROW.match(line)
        if not row or row[1] == "file":
            continue
        plain = re.sub(r"\([^)]*\)", "", row[2])
        columns = {}
        for part in plain.split(","):
            is_key, is_required = "**" in part, part.strip().endswith("*")
            name = part.strip().strip("*").strip()
            assert NAME.fullmatch(name), (row[1], part)
            columns[name] = (is_key, is_required)
        found[row[1]] = columns
    return found


def test_the_specifications_are_those_of_the_contract(shared: Path):
    expected = contract((shared / "design" / "extract-format.md").read_text())
    assert set(SPECS) == set(expected)
    for file, columns in expected.items():
        spec = SPECS[file]
        assert set(spec.by_name) == set(columns), file
        for name, (is_key, is_required) in columns.items():
            column = spec.by_name[name]
            assert column.key == is_key, (file, name)
            # Staff need not say when a key that is a part of several is required: a key always is.
            assert (column.required or column.key) == is_required, (file, name)


def test_code_lists_are_those_of_the_contract(shared: Path):
    text = (shared / "design" / "extract-format.md").read_text() + (shared / "design" / "codes.md").read_text()
    listed = set(re.findall(r"`([a-z0-9_]+)`", text))
    for spec in SPECS.values():
        for column in spec.columns:
            assert not {code for code in column.codes if code not in listed and len(code) > 1}, (spec.name, column.name)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_every_column_is_kept_in_a_model(spec):
    """By a field of its own, or by the foreign key of its parent; posts and lines of staff become posts."""
    parents = {parent.column for parent in spec.parents}
    other = {("branches", "parent_code"), ("staff", "posts"), ("staff", "lines")}
    for column in spec.columns:
        field = spec.model_field(column)
        assert field is not None or column.name in parents or (spec.name, column.name) in other, column.name
        if column.kind is Kind.ENCRYPTED:
            spec.model_class._meta.get_field(f"{column.target}_index")


def test_no_text_column_is_longer_than_its_field():
    for spec in SPECS.values():
        for column in spec.columns:
            field = spec.model_field(column)
            limit = getattr(field, "max_length", None)
            if limit is not None and column.is_text:
                assert (spec.longest(column) or 0) <= limit, (spec.name, column.name)


def test_every_file_has_a_name_for_pages():
    assert set(FILE_NAMES) == set(SPECS)


@pytest.mark.django_db
def test_parents_stand_before_what_hangs_on_them():
    order = list(SPECS)
    for spec in SPECS.values():
        for parent in spec.parents:
            assert order.index(parent.file) < order.index(spec.name)
