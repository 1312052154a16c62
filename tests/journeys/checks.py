"""What must hold on every page: what tools/shoot.py looks for, text that is not cut, and what axe finds."""

from __future__ import annotations

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tools.shoot import TOO_WIDE, english_words

# Words that are the same in Chinese: the reason demonstration logins were made for, protocols, file formats and names of things.
SAME_IN_BOTH = {"demonstration", "HTTP", "Excel", "Word", "JSON", "JPEG", "WebP", "docx", "xlsx"}
SEVERE = {"serious", "critical"}
# Text that a box cuts off at its side or its foot, or that runs out of its cell, label, button or headline. What scrolls
# can be read; what is shortened on purpose ends in an ellipsis and says the whole in its title.
CLIPPED = """
() => {
  const OWN = 'td, th, label, .badge, .btn, p, h1, h2, h3, h4, h5, h6, .pl-fig, .pl-nav a, legend';
  const said = element => element.closest('[title]')?.title;
  const cut = node => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const text = range.getBoundingClientRect();
    if (text.width < 1 || text.height < 1) return '';
    const own = node.parentElement.closest(OWN);
    let across = true, down = true;
    for (let box = node.parentElement; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (style.display === 'inline' || style.display === 'contents') continue;
      if (edge.width <= 1 || edge.height <= 1 || style.clipPath !== 'none') return '';
      const over = Math.max(text.right - edge.right, edge.left - text.left);
      const under = Math.max(text.bottom - edge.bottom, edge.top - text.top);
      const short = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
      if (/auto|scroll/.test(style.overflowX)) across = false;
      if (/auto|scroll/.test(style.overflowY)) down = false;
      if (across && over > 1.5 && (box === own || style.overflowX !== 'visible') && !(short && said(box))) return 'across';
      if (down && under > text.height / 4 && style.overflowY !== 'visible' && !(short && said(box))) return 'down';
      if (style.position === 'fixed') break;
      if (style.position === 'absolute' && box === own) break;
    }
    return '';
  };
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (element.closest('.visually-hidden, .offcanvas-lg:not(.show), script, style, select, textarea, svg')) continue;
    const how = cut(node);
    if (how) found.add(`${how} ${(element.closest(OWN) || element).tagName.toLowerCase()} ${node.data.trim().slice(0, 30)}`);
  }
  return [...found].slice(0, 8);
}
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
