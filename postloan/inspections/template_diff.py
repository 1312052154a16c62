"""What differs between two versions of a template. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from postloan.inspections import questions as schema

ADDED, REMOVED, CHANGED, MOVED = "added", "removed", "changed", "moved"


@dataclass(frozen=True)
class Difference:
    """`parts` are (name, before, after) of what changed in one section or question."""

    kind: str
    code: str
    title: str
    parts: tuple[tuple[str, str, str], ...] = ()


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[Difference]:
    """In the order of the new version, what is gone at the end."""
    old, new = _flat(before), _flat(after)
    found = []
    for code, (place, thing) in new.items():
        if code not in old:
            found.append(Difference(ADDED, code, _title(thing)))
            continue
        parts = _parts(old[code][1], thing)
        if parts:
            found.append(Difference(CHANGED, code, _title(thing), parts))
        if _moved(place, old[code][0], old, new):
            found.append(Difference(MOVED, code, _title(thing)))
    found += [Difference(REMOVED, code, _title(thing)) for code, (_p, thing) in old.items() if code not in new]
    if before.get("score") != after.get("score"):
        found.append(
            Difference(CHANGED, "score", "", (("score", _short(before.get("score")), _short(after.get("score"))),))
        )
    return found


Place = tuple[str, str]
Flat = dict[str, tuple[Place, dict[str, Any]]]


def _flat(content: dict[str, Any]) -> Flat:
    """Each section and question by its code, with its section and the one it stands behind."""
    flat: Flat = {}
    former = ""
    for section in schema.sections(content):
        flat[section["code"]] = (("", former), {k: v for k, v in section.items() if k != "questions"})
        former = section["code"]
        before = ""
        for question in section["questions"]:
            flat[question["code"]] = ((section["code"], before), question)
            before = question["code"]
    return flat


def _moved(place: Place, former: Place, old: Flat, new: Flat) -> bool:
    """Whether it stands in another section, or behind another that both versions have."""
    if place[0] != former[0]:
        return True
    return place[1] != former[1] and (not place[1] or place[1] in old) and (not former[1] or former[1] in new)


def _title(thing: dict[str, Any]) -> str:
    return schema.said(thing, "title" if "title_zh" in thing else "label")


def _parts(before: dict[str, Any], after: dict[str, Any]) -> tuple[tuple[str, str, str], ...]:
    names = [*before, *(name for name in after if name not in before)]
    return tuple(
        (name, _short(before.get(name)), _short(after.get(name)))
        for name in names
        if before.get(name) != after.get(name)
    )


def _short(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
