#!/usr/bin/env python3
"""Finds English in templates that no translation tag surrounds: what a Chinese reader would see as it is."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.template.base import Lexer, TokenType

try:
    from tools.repository import ROOT, files_of
except ImportError:  # started as a script
    from repository import ROOT, files_of  # type: ignore[no-redef]

WORD = re.compile(r"[A-Za-z]{3,}")
# Names that are the same in every language, and the language's own name in the switch.
NOT_TRANSLATED = {"English", "Postloan", "CSV", "PDF", "JSON", "SHA", "Excel", "OpenAPI", "GET"}
READ_ATTRIBUTES = {"title", "placeholder", "alt", "aria-label", "aria-description", "data-bs-title", "label"}
HIDDEN = {"blocktranslate": "endblocktranslate", "blocktrans": "endblocktrans", "comment": "endcomment"}
NOT_READ = {"script", "style", "code"}
# Stands for what a tag or variable puts there; no letters, so that it is no word.
FILLED = "\u2022"


class Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []
        self.unread = 0

    def look(self, text: str | None) -> None:
        for word in WORD.findall(re.sub(r"&\w+;", "", text or "")):
            if word not in NOT_TRANSLATED:
                self.found.append((self.getpos()[0], word))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.unread += tag in NOT_READ
        for name, value in attrs:
            if name in READ_ATTRIBUTES:
                self.look(value)

    def handle_endtag(self, tag: str) -> None:
        self.unread -= tag in NOT_READ

    def handle_data(self, data: str) -> None:
        if not self.unread:
            self.look(data)


def plain_html(source: str) -> str:
    """The template's own text; tags and translated blocks are replaced, lines stay where they were."""
    parts = []
    until = ""
    for token in Lexer(source).tokenize():
        command = token.contents.split()[0] if token.contents.split() else ""
        lines = "\n" * token.contents.count("\n")
        if until:
            parts.append("\n" * token.contents.count("\n"))
            until = "" if token.token_type == TokenType.BLOCK and command == until else until
        elif token.token_type == TokenType.BLOCK and command in HIDDEN:
            until = HIDDEN[command]
        else:
            parts.append(token.contents if token.token_type == TokenType.TEXT else FILLED + lines)
    # An element whose name is a variable is an element all the same.
    return re.sub(rf"(</?){FILLED}", r"\1x", "".join(parts))


def english_in(source: str) -> list[tuple[int, str]]:
    words = Words()
    words.feed(plain_html(source))
    words.close()
    return words.found


def places() -> Iterator[str]:
    for path in files_of(".html"):
        name = path.relative_to(ROOT)
        if name.parts[0] in ("templates", "postloan"):
            for line, word in english_in(Path(path).read_text(encoding="utf-8")):
                yield f"{name}:{line} {word}"


if __name__ == "__main__":
    found = list(places())
    print("\n".join(found))
    sys.exit(1 if found else 0)
