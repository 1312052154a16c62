#!/usr/bin/env python3
"""Keeps the one catalogue of Chinese texts, with Babel instead of the system's gettext.

    tools/messages.py add FILE.json|-     merge translations, sort, write, compile
    tools/messages.py missing [PATH…]     print what lacks a translation, as JSON ready to fill in for `add`
    tools/messages.py check [PATH…]       exit 1 with a list of what is missing, fuzzy, broken or unused
    tools/messages.py compile             write the .mo that Django reads at its start
    tools/messages.py prune               drop what no code uses any more

The JSON of `add` is one object, English to Chinese:

    {"Loan": "贷款",
     "weekday|Mon": "周一",                                       context before the bar, in small letters
     "%(count)s loan": {"other": "%(count)s loans", "zh": "%(count)s 笔贷款"}}

or a list of objects with `one`, `other`, `zh` and `context` (`other` and `context` only where there is one).
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import io
import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "postloan" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
# One text a line that is the same in both languages: names of formats, units, identifiers.
SAME_IN_BOTH = Path(__file__).resolve().parent / "messages_same.txt"
LOCK = ROOT / "var" / "messages.lock"

KEYWORDS: dict = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
CONTEXT_KEY = re.compile(r"(?P<context>[a-z][a-z0-9 _-]*)\|(?P<text>.+)", re.DOTALL)
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%[sd]|\{(\w*)[^{}]*\}")


class CatalogueError(Exception):
    """What was asked for cannot be done; the text says why."""


@dataclass(frozen=True)
class Entry:
    """One translatable text: its English, the plural where there is one, and its context."""

    one: str
    other: str = ""
    context: str = ""

    @property
    def msgid(self) -> str | tuple[str, str]:
        return (self.one, self.other) if self.other else self.one

    def __str__(self) -> str:
        text = f"{self.one!r} / {self.other!r}" if self.other else repr(self.one)
        return f"{text} (context {self.context!r})" if self.context else text


@dataclass
class Uses:
    """Every text found in code and templates, with the places it was found at."""

    places: dict[Entry, list[str]] = field(default_factory=dict)

    def add(self, entry: Entry, place: str) -> None:
        self.places.setdefault(entry, []).append(place)


# --- what the code uses -------------------------------------------------------------------------


def sources() -> Iterator[Path]:
    """Python of the product and all templates, wherever they lie."""
    for path in sorted((ROOT / "postloan").rglob("*.py")):
        if "migrations" not in path.parts:
            yield path
    for folder in (ROOT / "templates", ROOT / "postloan"):
        for suffix in ("*.html", "*.txt"):
            yield from sorted(folder.rglob(suffix))


def python_of(path: Path) -> str:
    """The file as Python; a template becomes the calls Django would make for its tags."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return text
    # Indentation means nothing in a template but would stop the tokenizer.
    return "\n".join(line.strip() for line in templatize(text, origin=str(path)).split("\n"))


def extract_from(path: Path) -> Iterator[tuple[int, Entry]]:
    code = io.BytesIO(python_of(path).encode())
    for line, text, _comments, context in extract("python", code, keywords=KEYWORDS):
        forms = (text,) if isinstance(text, str) else text
        if forms and forms[0]:
            yield line, Entry(forms[0], forms[1] if len(forms) > 1 else "", context or "")


def used(under: list[str] | None = None) -> Uses:
    """All texts used below `under` (everything when empty)."""
    found = Uses()
    folders = [Path(name).resolve() for name in under or []]
    for path in sources():
        if folders and not any(path.is_relative_to(folder) for folder in folders):
            continue
        for line, entry in extract_from(path):
            found.add(entry, f"{path.relative_to(ROOT)}:{line}")
    return found


# --- the catalogue ------------------------------------------------------------------------------


def new_catalogue() -> Catalog:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    return Catalog(
        locale="zh_Hans",
        project="postloan",
        version="0",
        copyright_holder="postloan",
        msgid_bugs_address="see CONTRIBUTING.md",
        creation_date=day,
        revision_date=day,
        last_translator="postloan",
        language_team="postloan",
        charset="utf-8",
        fuzzy=False,
        header_comment="# Every Chinese text of the product, written by tools/messages.py.",
    )


def load() -> Catalog:
    """The catalogue as it is; its header is always written anew, so that dates never make a difference."""
    catalogue = new_catalogue()
    if CATALOGUE.exists():
        with CATALOGUE.open("rb") as file:
            for message in read_po(file, locale="zh_Hans", abort_invalid=True):
                if message.id:
                    catalogue.add(message.id, message.string, flags=message.flags, context=message.context)
    return catalogue


def entry_of(message: Message) -> Entry:
    forms = message.id if isinstance(message.id, (tuple, list)) else (message.id, "")
    return Entry(forms[0], forms[1], message.context or "")


def chinese_of(message: Message) -> str:
    return message.string if isinstance(message.string, str) else (message.string or ("",))[0]


def entries(catalogue: Catalog) -> dict[Entry, Message]:
    return {entry_of(message): message for message in catalogue if message.id}


def replace_file(path: Path, content: bytes) -> None:
    """Readers see the old file or the new one, never half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def save(catalogue: Catalog) -> None:
    text = io.BytesIO()
    write_po(text, catalogue, width=0, sort_output=True, no_location=True, ignore_obsolete=True)
    replace_file(CATALOGUE, text.getvalue())
    compile_catalogue(catalogue)


def compile_catalogue(catalogue: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    replace_file(CATALOGUE.with_suffix(".mo"), compiled.getvalue())


@contextlib.contextmanager
def only_one_writer() -> Iterator[None]:
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- what is wrong with a translation -----------------------------------------------------------


def same_in_both() -> set[str]:
    lines = SAME_IN_BOTH.read_text(encoding="utf-8").splitlines() if SAME_IN_BOTH.exists() else []
    return {line for line in lines if line and not line.startswith("#")}


def placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text.replace("%%", ""))}


def fault(entry: Entry, chinese: str, same: set[str]) -> str:
    """Why this translation cannot stand; empty when it can."""
    if not chinese:
        return "no Chinese"
    wanted = placeholders(entry.one) | placeholders(entry.other)
    if placeholders(chinese) != wanted:
        return f"placeholders {sorted(placeholders(chinese))} instead of {sorted(wanted)}"
    has_words = re.search(r"[A-Za-z]", PLACEHOLDER.sub("", entry.one))
    if chinese == entry.one and has_words and entry.one not in same:
        return f"Chinese is the English; list it in tools/{SAME_IN_BOTH.name} if that is meant"
    if [text.strip("\n") == text for text in (chinese, entry.one)] in ([True, False], [False, True]):
        return "begins or ends with a line break where the other does not"
    return ""


# --- commands -----------------------------------------------------------------------------------


def translations(data: object) -> Iterator[tuple[Entry, str]]:
    """The pairs of an `add` file; see the head of this module for its shapes."""
    if isinstance(data, list):
        for row in data:
            yield Entry(row["one"], row.get("other", ""), row.get("context", "")), row["zh"]
        return
    if not isinstance(data, dict):
        raise CatalogueError("The file must hold one JSON object or a list of objects.")
    for key, value in data.items():
        match = CONTEXT_KEY.fullmatch(key)
        text, context = (match["text"], match["context"]) if match else (key, "")
        if isinstance(value, str):
            yield Entry(text, "", context), value
        elif isinstance(value, dict) and "zh" in value:
            yield Entry(text, value.get("other", ""), value.get("context", context)), value["zh"]
        else:
            raise CatalogueError(f'{key!r}: neither a text nor {{"other": …, "zh": …}}.')


def add(name: str) -> int:
    data = json.loads(sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8"))
    pairs = list(translations(data))
    same = same_in_both()
    faults = [f"{entry}: {why}" for entry, chinese in pairs if (why := fault(entry, chinese, same))]
    if faults:
        raise CatalogueError("Nothing added:\n  " + "\n  ".join(faults))
    new = changed = 0
    with only_one_writer():
        catalogue = load()
        known = entries(catalogue)
        for entry, chinese in pairs:
            old = known.get(entry)
            new += old is None
            changed += old is not None and chinese_of(old) != chinese
            catalogue.delete(entry.one, context=entry.context or None)
            catalogue.add(entry.msgid, (chinese,) if entry.other else chinese, context=entry.context or None)
        save(catalogue)
        print(f"{new} new, {changed} changed, {len(entries(catalogue))} in all")
    return 0


def lacking(under: list[str]) -> tuple[Uses, list[Entry]]:
    """The uses, and those without Chinese; the Chinese of a plural also serves its singular used alone."""
    known = {entry for entry, message in entries(load()).items() if chinese_of(message)}
    known |= {Entry(entry.one, "", entry.context) for entry in known}
    uses = used(under)
    return uses, [entry for entry in uses.places if entry not in known]


def missing(under: list[str]) -> int:
    _uses, absent = lacking(under)
    rows: dict[str, object] = {}
    for entry in absent:
        key = f"{entry.context}|{entry.one}" if entry.context else entry.one
        rows[key] = {"other": entry.other, "zh": ""} if entry.other else ""
    print(json.dumps(rows, ensure_ascii=False, indent=1))
    return 0


def problems(under: list[str]) -> list[str]:
    """Everything `check` finds; with folders given, only what lies below them."""
    uses, absent = lacking(under)
    same = same_in_both()
    lines = [f"not translated: {entry}  at {uses.places[entry][0]}" for entry in absent]
    for entry, message in entries(load()).items():
        if entry not in uses.places:
            if not under:
                lines.append(f"no longer used: {entry}")
            continue
        if message.fuzzy:
            lines.append(f"fuzzy: {entry}")
        if chinese_of(message) and (why := fault(entry, chinese_of(message), same)):
            lines.append(f"{why}: {entry}")
    return lines


def check(under: list[str]) -> int:
    lines = problems(under)
    print("\n".join(lines) if lines else "every message is translated")
    return 1 if lines else 0


def prune() -> int:
    with only_one_writer():
        catalogue = load()
        known, places = entries(catalogue), used().places
        gone = [entry for entry in known if entry not in places]
        for entry in gone:
            catalogue.delete(entry.one, context=entry.context or None)
        save(catalogue)
    print(f"{len(gone)} dropped")
    return 0


def compile_only() -> int:
    with only_one_writer():
        compile_catalogue(load())
    return 0


def main(arguments: list[str] | None = None) -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("add").add_argument("file")
    for name in ("missing", "check"):
        commands.add_parser(name).add_argument("paths", nargs="*")
    commands.add_parser("compile")
    commands.add_parser("prune")
    options = parser.parse_args(arguments)
    try:
        match options.command:
            case "add":
                return add(options.file)
            case "missing":
                return missing(options.paths)
            case "check":
                return check(options.paths)
            case "prune":
                return prune()
            case _:
                return compile_only()
    except (CatalogueError, json.JSONDecodeError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
