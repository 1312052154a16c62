#!/usr/bin/env python3
"""Takes pictures of pages in a real browser and says what is wrong with them.

    tools/shoot.py --login 10001:secret / /customers/ /loans/17/
    tools/shoot.py --language en --size 390 /accounts/login/

Pictures go to var/shots/<page>-<width>-<language>.png. Printed for each, and the exit code is 1 for any: an answer
that is no page, errors in the console, violations of the content security policy, requests to outside addresses,
content wider than the window, and on Chinese pages English words of more than three letters (what is meant to be
English carries `translate="no"` or `lang="en"`).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
SHOTS = Path(os.environ.get("POSTLOAN_VAR", ROOT / "var")) / "shots"
HEIGHTS = {1440: 900, 390: 844}
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
COOKIE = "postloan_language"
LANGUAGES = {"zh": ("zh-hans", "zh-CN"), "en": ("en", "en-GB")}

# Text that a reader sees or hears, without what is declared to be no text to translate.
READ_TEXT = """
() => {
  const kept = element => !element.closest('[translate="no"], [lang="en"], script, style, code, template');
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element && kept(element) && element.checkVisibility()) texts.push(walker.currentNode.data);
  }
  for (const element of document.querySelectorAll('[title], [aria-label], [placeholder], [alt]')) {
    if (!kept(element)) continue;
    for (const name of ['title', 'aria-label', 'placeholder', 'alt']) texts.push(element.getAttribute(name) || '');
  }
  return [document.title, ...texts].join('\\n');
}
"""
# What sticks out of the window, unless a parent of it scrolls by itself.
TOO_WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width + 1) return [];
  const scrolls = element => {
    for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  };
  const out = [...document.body.querySelectorAll('*')].filter(
    element => element.getBoundingClientRect().right > width + 1 && !scrolls(element));
  const name = element => element.tagName.toLowerCase() + [...element.classList].map(part => '.' + part).join('');
  return out.length ? [...new Set(out.map(name))].slice(0, 5) : ['(the page itself)'];
}
"""
ON_VIOLATION = """
document.addEventListener('securitypolicyviolation', event =>
  console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + (event.sourceFile || '')));
"""


@dataclass
class Watch:
    """Hears what a page complains about while it loads."""

    base: str
    heard: list[str] = field(default_factory=list)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"console: {message.text}")

    def on_error(self, error: object) -> None:
        self.heard.append(f"script: {error}")

    def guard(self, route: Route, request: Request) -> None:
        """Lets only our own server be asked."""
        if urlsplit(request.url).netloc == urlsplit(self.base).netloc or request.url.startswith(("data:", "blob:")):
            route.continue_()
        else:
            self.heard.append(f"outside: {request.url}")
            route.abort()

    def attach(self, context: BrowserContext) -> Page:
        context.add_init_script(ON_VIOLATION)
        context.route("**/*", self.guard)
        page = context.new_page()
        page.on("console", self.on_console)
        page.on("pageerror", self.on_error)
        return page


@dataclass(frozen=True)
class Task:
    base: str
    path: str
    width: int
    language: str

    @property
    def picture(self) -> Path:
        name = re.sub(r"[^A-Za-z0-9]+", "-", self.path).strip("-") or "home"
        return SHOTS / f"{name}-{self.width}-{self.language}.png"


def find_chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("POSTLOAN_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    if not found:
        sys.exit("No Chromium here: install it (Debian: `apt-get install chromium fonts-noto-cjk`).")
    return found


def new_context(browser: Browser, base: str, width: int, language: str, state: dict | None) -> BrowserContext:
    code, locale = LANGUAGES[language]
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        locale=locale,
        timezone_id="Asia/Shanghai",
        storage_state=state,
        is_mobile=width < 600,
        has_touch=width < 600,
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": COOKIE, "value": code, "url": base}])
    return context


def log_in(browser: Browser, base: str, login: str) -> dict:
    """The cookies of this person's session. Ends the program when the log-in is refused."""
    number, _, password = login.partition(":")
    context = new_context(browser, base, 1440, "zh", None)
    page = context.new_page()
    page.goto(base + "/")
    page.fill('input[name="username"]', number)
    page.fill('input[name="password"]', password)
    page.locator('input[name="password"]').press("Enter")
    page.wait_for_load_state("networkidle")
    if page.locator('input[name="password"]').count():
        page.screenshot(path=str(SHOTS / "login-refused.png"))
        sys.exit(f"The log-in of {number} was refused; see {SHOTS / 'login-refused.png'}.")
    state = context.storage_state()
    context.close()
    return dict(state)


def english_words(page: Page) -> list[str]:
    return sorted(set(re.findall(r"(?<![\w.@/-])[A-Za-z]{4,}(?![\w@/-])", page.evaluate(READ_TEXT))))


def shoot(browser: Browser, task: Task, state: dict | None, whole_page: bool) -> list[str]:
    """Takes one picture and returns what is wrong with the page."""
    context = new_context(browser, task.base, task.width, task.language, state)
    watch = Watch(task.base)
    page = watch.attach(context)
    answer = page.goto(task.base + task.path)
    page.wait_for_load_state("networkidle")
    wrong = [] if answer is not None and answer.ok else [f"status {answer.status if answer else 'none'}"]
    wrong += [f"too wide: {name}" for name in page.evaluate(TOO_WIDE)]
    if task.language == "zh" and (words := english_words(page)):
        wrong.append(f"English: {', '.join(words)}")
    page.screenshot(path=str(task.picture), full_page=whole_page)
    context.close()
    return wrong + list(dict.fromkeys(watch.heard))


def main() -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=plain)
    parser.add_argument("paths", nargs="+", help="such as / or /loans/17/")
    parser.add_argument("--base", default=f"http://127.0.0.1:{os.environ.get('PORT', '8000')}")
    parser.add_argument("--login", help="staff number:password; without it pages are seen as by a stranger")
    parser.add_argument("--size", type=int, action="append", help="width, default 1440 and 390")
    parser.add_argument("--language", choices=LANGUAGES, action="append", help="default zh")
    parser.add_argument("--window", action="store_true", help="only what fits the window, not the whole page")
    options = parser.parse_args()
    SHOTS.mkdir(parents=True, exist_ok=True)
    failed = 0
    with sync_playwright() as playwright:
        flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else FLAGS
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        state = log_in(browser, options.base, options.login) if options.login else None
        for path in options.paths:
            for language in options.language or ["zh"]:
                for width in options.size or [1440, 390]:
                    task = Task(options.base, path, width, language)
                    wrong = shoot(browser, task, state, whole_page=not options.window)
                    failed += bool(wrong)
                    print(f"{'!!' if wrong else 'ok'} {task.picture.relative_to(ROOT)}", *wrong, sep="\n     ")
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
