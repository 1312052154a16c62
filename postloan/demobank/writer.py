"""CSV files and the manifest of one date; what the manifest says is computed from the very bytes written."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

INSTITUTION = "LZB"
CURRENCY = "CNY"
FORMAT = "postloan-extract/1"


def text(value: object) -> str:
    """One field: empty for not known, 1 and 0 for yes and no, plain decimals."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f'"{value.replace(chr(34), chr(34) * 2)}"' if any(char in value for char in ',"\n\r') else value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def line(values: Iterable[object]) -> str:
    return ",".join(map(text, values)) + "\r\n"


@dataclass(slots=True)
class Table:
    """The lines of one file and the sums of its totalled columns."""

    columns: Sequence[str]
    mode: str = "full"
    lines: list[str] = field(default_factory=list)
    totals: dict[str, Decimal] = field(default_factory=dict)
    covers: Sequence[str] | None = None

    def add(self, *values: object) -> None:
        self.lines.append(line(values))

    def count(self, column: str, amount: Decimal) -> None:
        self.totals[column] = self.totals.get(column, Decimal("0.00")) + amount


def write_date(directory: Path, on: date, tables: dict[str, Table], *, encoding: str = "utf-8",
               revision: int = 1) -> None:  # fmt: skip
    """The folder of one date; a revision after the first says that it corrects the one before."""
    folder = directory / on.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, dict[str, object]] = {}
    for name, table in tables.items():
        content = (",".join(table.columns) + "\r\n" + "".join(table.lines)).encode(encoding)
        (folder / f"{name}.csv").write_bytes(content)
        entry: dict[str, object] = {
            "mode": table.mode, "rows": len(table.lines), "sha256": hashlib.sha256(content).hexdigest(),
            "totals": {column: f"{amount:f}" for column, amount in table.totals.items()},
        }  # fmt: skip
        if table.covers is not None:
            entry["covers"] = list(table.covers)
        files[f"{name}.csv"] = entry
    manifest: dict[str, object] = {
        "format": FORMAT, "institution": INSTITUTION, "business_date": on.isoformat(), "currency": CURRENCY,
        "encoding": encoding, "files": files,
    }  # fmt: skip
    if revision > 1:
        manifest |= {"corrects": True, "revision": revision}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
