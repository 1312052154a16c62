"""What must hold on every page: what tools/shoot.py looks for, text that is not cut, and what axe finds."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tools.shoot import TOO_WIDE, english_words

# Words that are the same in Chinese: file formats and names of things.
SAME_IN_BOTH = {"Excel", "Word", "JSON", "JPEG", "WebP"}
SEVERE = {"serious", "critical"}
# Headlines and figures that are cut by their box, or overlap its end.
CLIPPED = """
() => [...document.querySelectorAll('h1, h2, h3, .pl-fig .l, .pl-fig .v, .btn, .pl-nav a, th')].filter(element => {
  if (!element.checkVisibility() || element.closest('.visually-hidden, .offcanvas-lg:not(.show)')) return false;
  const style = getComputedStyle(element);
  if (style.position === 'absolute' && element.clientWidth <= 1) return false;
  const cuts = style.overflowX !== 'visible' || style.textOverflow === 'ellipsis' || /^H/.test(element.tagName);
  return cuts && element.clientWidth > 1 && element.scrollWidth > element.clientWidth + 1;
}).map(element => element.tagName.toLowerCase() + ' ' + element.innerText.slice(0, 30))
"""


@cache
def axe() -> Axe:
    return Axe()


def wrong_on(page: Page, *, language: str) -> list[str]:
    found = [f"too wide: {name}" for name in page.evaluate(TOO_WIDE)]
    found += [f"cut: {name}" for name in page.evaluate(CLIPPED)]
    if language == "zh" and (words := set(english_words(page)) - SAME_IN_BOTH):
        found.append(f"English: {', '.join(sorted(words))}")
    return found


def severe(page: Page) -> list[str]:
    """What axe calls serious or critical, with the first place."""
    results: dict[str, Any] = axe().run(page, options={"resultTypes": ["violations"]}).response
    return [
        f"axe {violation['id']}: {len(violation['nodes'])} × {violation['nodes'][0]['html'][:150]}"
        for violation in results["violations"]
        if violation["impact"] in SEVERE
    ]
