"""Reads extracts with nothing but the standard library, so that no code of the generator judges itself."""

import csv
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

Row = dict[str, str]


@dataclass(eq=False)
class Extracts:
    folder: Path
    truth_path: Path

    @cached_property
    def dates(self) -> list[date]:
        return [date.fromisoformat(path.name) for path in sorted(self.folder.iterdir())]

    @cached_property
    def truth(self) -> dict[str, Any]:
        return json.loads(self.truth_path.read_text(encoding="utf-8"))

    @property
    def corrections(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}-corrections")

    def folder_of(self, on: date) -> Path:
        """Where what holds for a date lies: the correction, where there is one."""
        corrected = self.corrections / on.isoformat()
        return corrected if corrected.is_dir() else self.folder / on.isoformat()

    def rows(self, on: date, name: str) -> list[Row]:
        return self.rows_in(self.folder_of(on), name)

    def rows_in(self, folder: Path, name: str) -> list[Row]:
        encoding = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["encoding"]
        with (folder / f"{name}.csv").open(encoding=encoding, newline="") as source:
            return list(csv.DictReader(source))

    def last(self, name: str) -> list[Row]:
        return self.rows(self.dates[-1], name)

    def everything(self, name: str) -> list[Row]:
        """The rows of a file in `changes` mode, over all dates."""
        return [row for on in self.dates for row in self.rows(on, name)]

    def manifest(self, on: date) -> dict[str, Any]:
        return json.loads((self.folder_of(on) / "manifest.json").read_text(encoding="utf-8"))
