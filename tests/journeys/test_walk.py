"""Every role opens every entry of its menu, at the desk and on the phone, in Chinese and in English."""

from __future__ import annotations

import pytest

from postloan.organization.models import PostCode
from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import DESK, PHONE, Person

# Looked at in the page itself, frame by frame: Playwright's own waiting evaluates a text, which our policy forbids.
FITS_OR_TWO_SECONDS = """
() => new Promise(resolve => {
  const root = document.documentElement, end = performance.now() + 2000;
  const look = () => root.scrollWidth <= root.clientWidth + 1 || performance.now() > end
    ? resolve() : requestAnimationFrame(look);
  look();
})
"""
# What axe has looked at in this process: the same page for the next role has the same parts.
LOOKED_AT: set[tuple[str, int]] = set()
LAPTOP = 1366
HEIGHTS = {DESK: 900, LAPTOP: 768, PHONE: 844}


def menu(person: Person) -> list[str]:
    """The entries, and where one comes in."""
    return list(dict.fromkeys(["/", *person.page.eval_on_selector_all(
        ".pl-nav a", "links => links.map(link => link.getAttribute('href'))"
    )]))  # fmt: skip


def resize(person: Person, width: int) -> None:
    """A chart takes its new size a moment after the window did; what is still too wide then is told by the checks."""
    person.page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
    person.page.evaluate(FITS_OR_TWO_SECONDS)


def walk(person: Person, paths: list[str], widths: tuple[int, ...], *, language: str) -> list[str]:
    found = []
    for path in paths:
        answer = person.open(path)
        wrong = [] if answer.ok else [f"status {answer.status}"]
        for width in widths:
            resize(person, width)
            problems = wrong_on(person.page, language=language)
            if language == "zh" and (path, width) not in LOOKED_AT:
                LOOKED_AT.add((path, width))
                problems += severe(person.page)
            wrong += [f"{width}: {problem}" for problem in problems]
        wrong += person.watch.heard
        person.watch.heard.clear()
        found += [f"{path} {language} {problem}" for problem in dict.fromkeys(wrong)]
    return found


@pytest.mark.parametrize("post", list(PostCode.values))
def test_every_entry_of_the_menu_is_whole_and_quiet_in_both_languages(enter, window, post):
    person = enter(post)
    paths = menu(person)
    assert len(paths) > 1
    found = walk(person, paths, (DESK, PHONE), language="zh")
    person.page.set_viewport_size({"width": DESK, "height": HEIGHTS[DESK]})
    english = "en"
    person.context.add_cookies([{"name": "postloan_language", "value": english, "url": person.base}])
    found += walk(person, paths, (DESK,), language=english)
    assert found == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_the_log_in_page_is_whole_and_quiet(window, width):
    person = window(width=width)
    assert walk(person, ["/login"], (width,), language="zh") == []
    assert person.count("form.login-box") == 1
