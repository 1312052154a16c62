"""What an extract says of itself. Every key is known or the extract is refused by its name."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from postloan.imports.checks import CURRENCY, DATE
from postloan.imports.format import FORMAT, SPECS
from postloan.imports.format.columns import SUMMABLE
from postloan.imports.refusals import ExtractRefused

TOP = {"format", "institution", "business_date", "currency", "encoding", "files", "corrects", "revision"}
TOP_REQUIRED = ("format", "institution", "business_date", "currency", "files")
ENTRY = {"mode", "rows", "sha256", "totals", "covers"}
ENTRY_REQUIRED = ("mode", "rows", "sha256")
ENCODINGS = {"utf-8": "utf-8-sig", "gb18030": "gb18030"}
PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,24}(?:\.[0-9]{1,12})?")
CODE = re.compile(r"[a-z0-9_]{1,60}")
LONGEST_INSTITUTION = 40
MOST_ROWS = 10**12


@dataclass(frozen=True)
class Entry:
    """One file of the manifest."""

    name: str
    is_full: bool
    rows: int
    sha256: str
    totals: dict[str, Decimal] = field(default_factory=dict)
    covers: tuple[str, ...] | None = None

    @property
    def file_name(self) -> str:
        return f"{self.name}.csv"


@dataclass(frozen=True)
class Manifest:
    institution: str
    business_date: date
    currency: str
    codec: str
    files: dict[str, Entry]
    is_correction: bool
    revision: int
    sha256: str
    raw: dict[str, Any]


def parse(content: bytes) -> Manifest:
    """The manifest of its bytes. Raises ExtractRefused naming the key and the value that are not right."""
    raw = _load(content)
    _known(raw, TOP, TOP_REQUIRED, "manifest.json")
    if raw["format"] != FORMAT:
        raise ExtractRefused("unknown_format", value=_shown(raw["format"]), expected=FORMAT)
    encoding = raw.get("encoding", "utf-8")
    if not isinstance(encoding, str) or encoding not in ENCODINGS:
        raise ExtractRefused("unknown_encoding", value=_shown(encoding))
    files = _expect(raw["files"], isinstance(raw["files"], dict), "files", "manifest.json", "an object")
    is_correction, revision = _revision(raw)
    return Manifest(
        institution=_text(raw, "institution", LONGEST_INSTITUTION),
        business_date=_day(raw["business_date"]),
        currency=_expect(
            raw["currency"], _matches(CURRENCY, raw["currency"]), "currency", "manifest.json", "three capital letters"
        ),
        codec=ENCODINGS[encoding],
        files={entry.name: entry for entry in (_entry(name, value) for name, value in files.items())},
        is_correction=is_correction,
        revision=revision,
        sha256=hashlib.sha256(content).hexdigest(),
        raw=raw,
    )


def _load(content: bytes) -> dict[str, Any]:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in items:
            if key in found:
                raise ExtractRefused("manifest_repeats_key", key=_shown(key))
            found[key] = value
        return found

    def constant(name: str) -> Any:
        raise ValueError(name)

    try:
        raw = json.loads(content.decode("utf-8-sig"), object_pairs_hook=pairs, parse_float=str, parse_constant=constant)
    except (ValueError, RecursionError) as error:
        raise ExtractRefused("manifest_not_json", detail=_shown(error)) from None
    if not isinstance(raw, dict):
        raise ExtractRefused("manifest_not_json", detail=type(raw).__name__)
    return raw


def _revision(raw: dict[str, Any]) -> tuple[bool, int]:
    corrects, revision = raw.get("corrects", False), raw.get("revision", 1)
    _expect(corrects, isinstance(corrects, bool), "corrects", "manifest.json", "true or false")
    _expect(revision, _is_count(revision) and 1 <= revision <= 10**6, "revision", "manifest.json", "a whole number")
    if revision > 1 and not corrects:
        raise ExtractRefused("revision_without_corrects", value=revision)
    return corrects, revision


def _entry(file_name: str, raw: Any) -> Entry:
    name = file_name.removesuffix(".csv")
    if not file_name.endswith(".csv") or name not in SPECS:
        raise ExtractRefused("unknown_file", file=_shown(file_name))
    _expect(raw, isinstance(raw, dict), file_name, "files", "an object")
    _known(raw, ENTRY if name == "external_events" else ENTRY - {"covers"}, ENTRY_REQUIRED, file_name)
    mode, rows, sha256 = raw["mode"], raw["rows"], raw["sha256"]
    _expect(mode, mode in ("full", "changes"), "mode", file_name, "full or changes")
    _expect(rows, _is_count(rows) and rows <= MOST_ROWS, "rows", file_name, "a whole number")
    _expect(sha256, _matches(re.compile("[0-9a-fA-F]{64}"), sha256), "sha256", file_name, "64 hex digits")
    return Entry(name, mode == "full", rows, sha256.lower(), _totals(name, raw.get("totals", {})), _covers(raw))


def _totals(name: str, raw: Any) -> dict[str, Decimal]:
    file_name = f"{name}.csv"
    _expect(raw, isinstance(raw, dict), "totals", file_name, "an object")
    totals = {}
    for column, value in raw.items():
        spec = SPECS[name].by_name.get(column)
        if spec is None or spec.kind not in SUMMABLE:
            raise ExtractRefused("total_of_unknown_column", column=_shown(column), file=file_name)
        shown = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
        _expect(value, _matches(PLAIN_DECIMAL, shown), column, f"{file_name}, totals", "a plain decimal")
        totals[column] = Decimal(shown)
    return totals


def _covers(raw: dict[str, Any]) -> tuple[str, ...] | None:
    if "covers" not in raw:
        return None
    kinds = raw["covers"]
    is_list = isinstance(kinds, list) and all(_matches(CODE, kind) for kind in kinds)
    _expect(kinds, is_list, "covers", "external_events.csv", "a list of kinds of event")
    return tuple(sorted(set(kinds)))


def _known(raw: dict[str, Any], known: set[str], required: tuple[str, ...], where: str) -> None:
    for key in raw:
        if key not in known:
            raise ExtractRefused("unknown_key", key=_shown(key), where=where)
    for key in required:
        if key not in raw:
            raise ExtractRefused("key_missing", key=key, where=where)


def _day(value: Any) -> date:
    try:
        if _matches(DATE, value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ExtractRefused(
        "wrong_value", key="business_date", where="manifest.json", value=_shown(value), expected="YYYY-MM-DD"
    )


def _text(raw: dict[str, Any], key: str, longest: int) -> str:
    value = raw[key]
    is_right = isinstance(value, str) and bool(value.strip()) and len(value) <= longest and value.isprintable()
    return str(_expect(value, is_right, key, "manifest.json", f"a text of up to {longest} characters"))


def _expect(value: Any, is_right: bool, key: str, where: str, expected: str) -> Any:
    if not is_right:
        raise ExtractRefused("wrong_value", key=_shown(key), where=where, value=_shown(value), expected=expected)
    return value


def _matches(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _shown(value: Any) -> str:
    """A value that can stand in a sentence and in the database, whatever it was."""
    return str(value).encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")[:120]
