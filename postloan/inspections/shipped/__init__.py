"""The templates that come with the product, in the product's own words: one JSON file each."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any


@cache
def _read() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("*.json")))


def documents() -> list[dict[str, Any]]:
    """Each with code, name_zh, name_en, position, fits and content; a fresh copy every time."""
    return [json.loads(text) for text in _read()]
