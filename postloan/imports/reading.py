"""Reads a data file row by row in constant memory. A row that cannot be read is one reject, never an exception.

1. Bytes are hashed as they are read, so that what was verified is what was staged.
2. Bytes that are no character in the file's encoding become a mark that damages only the row they stand in.
3. Fields follow RFC 4180 strictly; a record whose quotation marks do not close is one reject.
4. Blank lines hold nothing and are not rows.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from postloan.imports import folder as folders
from postloan.imports import reasons
from postloan.imports.format.columns import Column, FileSpec
from postloan.imports.refusals import ExtractRefused

# A code point that is no character and cannot come from a file that holds only characters.
MARK = "\ufdd0"
LONGEST_LINE = 1024 * 1024
LONGEST_FIELD = 128 * 1024


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return MARK, error.end


codecs.register_error("postloan_mark", _mark)


@dataclass(slots=True)
class Record:
    """One record: its first line in the file and its fields, or why they cannot be had."""

    line: int
    fields: list[str]
    reason: str = ""


class _Hashing(io.RawIOBase):
    """Reads a descriptor and hashes what it reads."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.digest = hashlib.sha256()
        self.done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = os.read(self.descriptor, len(buffer))
        buffer[: len(chunk)] = chunk
        self.digest.update(chunk)
        self.done += len(chunk)
        return len(chunk)

    def close(self) -> None:
        if not self.closed:
            os.close(self.descriptor)
        super().close()


class _Lines:
    """Lines of bounded length, noting whether one of the current record's lines is damaged."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text = text
        self.damage = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if MARK in line:
            self.damage = reasons.ENCODING
        elif "\x00" in line:
            self.damage = self.damage or reasons.NUL
        return line


class DataFile:
    """One data file. Use as a context manager; `columns` is known at once, then iterate `records()`."""

    def __init__(self, folder: Path, spec: FileSpec, codec: str) -> None:
        self.spec = spec
        self.raw = _Hashing(folders.open_file(folder, spec.file_name))
        self.text = io.TextIOWrapper(
            io.BufferedReader(self.raw, 1024 * 1024), encoding=codec, errors="postloan_mark", newline=""
        )
        self.lines = _Lines(self.text)
        csv.field_size_limit(LONGEST_FIELD)
        self.reader = csv.reader(self.lines, strict=True)

    def __enter__(self) -> DataFile:
        try:
            self.columns = self._header()
        except BaseException:
            self.text.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.text.close()

    @property
    def sha256(self) -> str:
        return self.raw.digest.hexdigest()

    def _header(self) -> list[Column]:
        name = self.spec.file_name
        try:
            names = [field.strip().removeprefix("\ufeff") for field in next(self.reader, [])]
        except csv.Error as error:
            raise ExtractRefused("header_not_readable", file=name, detail=error) from None
        if not any(names):
            raise ExtractRefused("header_missing", file=name)
        if self.lines.damage:
            raise ExtractRefused("header_not_readable", file=name, detail=self.lines.damage)
        for position, column in enumerate(names):
            if column not in self.spec.by_name:
                raise ExtractRefused("unknown_column", file=name, column=column[:120])
            if column in names[:position]:
                raise ExtractRefused("repeated_column", file=name, column=column)
        for column in self.spec.required:
            if column not in names:
                raise ExtractRefused("required_column_missing", file=name, column=column)
        return [self.spec.by_name[column] for column in names]

    def records(self) -> Iterator[Record]:
        """Every record after the header, those that cannot be read with a reason."""
        width, lines, reader = len(self.columns), self.lines, self.reader
        while True:
            line = reader.line_num + 1
            lines.damage = ""
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                too_long = "field limit" in str(error)
                yield Record(line, [], reasons.TOO_LONG if too_long else lines.damage or reasons.QUOTING)
                continue
            if not fields:
                continue
            if lines.damage:
                yield Record(line, fields, lines.damage)
            elif len(fields) != width:
                yield Record(line, fields, reasons.TOO_FEW_FIELDS if len(fields) < width else reasons.TOO_MANY_FIELDS)
            else:
                yield Record(line, fields)
