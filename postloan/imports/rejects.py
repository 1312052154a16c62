"""Rejected rows: some for the page, all of them in an encrypted CSV with the reasons added.

The CSV is made by reading the data file a second time beside the list of rejects, both in the order of lines, so
that its rows are what was delivered, byte for byte, and memory stays constant.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage

from postloan.core import sql
from postloan.core.encryption import CannotDecrypt, decrypt, encrypt
from postloan.imports import reasons
from postloan.imports.models import ExtractFile, Reject
from postloan.imports.reading import MARK, DataFile, Record
from postloan.imports.resolving import Batch
from postloan.imports.staging import Staged

SHOWN_A_FILE = 1000
PAGE = 5000
CHUNK_CHARACTERS = 64 * 1024
ADDED = ("reject_line", "reject_columns", "reject_values", "reject_reasons")
FORMULA = re.compile(r"^[=+\-@\t\r]")
PLAIN_NUMBER = re.compile(r"^[+-]?[0-9]+(?:\.[0-9]+)?$")


@dataclass
class Prepared:
    """What is to be kept of a file's rejects."""

    storage_name: str = ""
    shown: list[Reject] = field(default_factory=list)
    held: list[tuple[dict[str, str], str, str]] = field(default_factory=list)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if FORMULA.match(text) and not PLAIN_NUMBER.match(text) else text


def prepare(batch: Batch, staged: Staged, folder: Path, codec: str) -> Prepared:
    """Reads the file again beside its rejects; nothing is read where there are none."""
    prepared = Prepared()
    pages = _by_line(batch, staged)
    first = next(pages, None)
    if first is None:
        return prepared
    with tempfile.TemporaryFile("w+b") as target, DataFile(folder, staged.spec, codec) as file:
        writer = _EncryptedCsv(target)
        writer.row([column.name for column in file.columns] + list(ADDED))
        waiting: tuple[int, list[dict[str, Any]]] | None = first
        for record in file.records():
            if waiting is None:
                break
            if record.line != waiting[0]:
                continue
            _take(prepared, staged, record, waiting[1], writer)
            waiting = next(pages, None)
        prepared.storage_name = writer.store()
    return prepared


def _take(prepared: Prepared, staged: Staged, record: Record, faults: list[dict], writer: _EncryptedCsv) -> None:
    texts = [reasons.text(fault["reason"], json.loads(fault["arguments"])) for fault in faults]
    values = [_value(fault) for fault in faults]
    writer.row(
        [
            *record.fields,
            str(record.line),
            " | ".join(fault["column_name"] for fault in faults),
            " | ".join(values),
            " | ".join(texts),
        ]
    )
    for fault, value in zip(faults, values, strict=True):
        if len(prepared.shown) < SHOWN_A_FILE:
            prepared.shown.append(
                Reject(
                    line=record.line,
                    column=fault["column_name"],
                    value=value,
                    reason=fault["reason"],
                    arguments=json.loads(fault["arguments"]),
                    is_quarantined=bool(fault["quarantined"]),
                )
            )
    if faults[0]["quarantined"]:
        row = dict(zip([column.name for column in staged.columns], map(str.strip, record.fields), strict=True))
        prepared.held.append((row, faults[0]["column_name"], faults[0]["reason"]))


def _value(fault: dict[str, Any]) -> str:
    if not fault["token"]:
        return fault["plain"] or ""
    try:
        return decrypt(fault["token"])
    except CannotDecrypt:
        return ""


def _by_line(batch: Batch, staged: Staged) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The rejects of a file line by line, fetched in pages."""
    last = -1
    while True:
        page = list(
            sql.rows(
                f"SELECT line_no, column_name, token, plain, reason, arguments, quarantined FROM {batch.rejects}"
                f" WHERE file = %(file)s AND line_no > %(last)s ORDER BY line_no LIMIT {PAGE}",
                {"file": staged.name, "last": last},
            )
        )
        if not page:
            return
        lines: dict[int, list[dict[str, Any]]] = {}
        for row in page:
            lines.setdefault(row["line_no"], []).append(row)
        if len(page) == PAGE and len(lines) > 1:
            lines.pop(page[-1]["line_no"])
        yield from lines.items()
        last = max(lines)


class _EncryptedCsv:
    """CSV text sealed piece by piece, a token a line. Personal data is never plain on the disk."""

    def __init__(self, target: Any) -> None:
        self.target = target
        self.digest = hashlib.sha256()
        self.buffer = io.StringIO()
        self.writer = csv.writer(self.buffer)

    def row(self, fields: list[str]) -> None:
        self.writer.writerow([harmless(text.replace(MARK, "�").replace("\x00", "␀")) for text in fields])
        if self.buffer.tell() >= CHUNK_CHARACTERS:
            self._seal()

    def _seal(self) -> None:
        text = self.buffer.getvalue()
        if text:
            sealed = encrypt(text).encode() + b"\n"
            self.target.write(sealed)
            self.digest.update(sealed)
        self.buffer.seek(0)
        self.buffer.truncate()

    def store(self) -> str:
        """Puts the file into the storage under its checksum and returns its name there."""
        self._seal()
        self.target.seek(0)
        digest = self.digest.hexdigest()
        name = f"rejects/{digest[:2]}/{digest}"
        if not default_storage.exists(name):
            name = default_storage.save(name, File(self.target))
        return name


def stored_csv(file: ExtractFile) -> Iterator[str]:
    """The plain CSV of a file's rejects, piece by piece. To be shown only with right, reason and record."""
    with default_storage.open(file.rejects_file, "rb") as handle:
        for line in handle:
            yield decrypt(line.decode().strip())
