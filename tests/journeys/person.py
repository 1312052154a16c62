"""Somebody at a browser: what they press, and what their pages complained about."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, Locator, Page

from tools.shoot import Watch, new_context

DESK, PHONE = 1440, 390


class Person:
    """One browser window of one person. `watch.heard` is what went wrong while pages loaded."""

    def __init__(self, browser: Browser, base: str, width: int, language: str) -> None:
        self.base, self.width = base, width
        self.context = new_context(browser, base, width, language, None)
        self.context.set_default_timeout(30_000)
        self.watch = Watch(base)
        self.page: Page = self.watch.attach(self.context)

    def open(self, path: str) -> Any:
        return self.page.goto(self.base + path)

    def log_in(self, number: str, password: str) -> None:
        self.page.fill("input[name=username]", number)
        self.page.fill("input[name=password]", password)
        self.submit(self.page.locator("form.login-box button[type=submit]"))

    def submit(self, button: Locator) -> None:
        """Presses and waits for the page that comes."""
        with self.page.expect_navigation():
            button.click()

    def follow(self, selector: str) -> None:
        self.submit(self.page.locator(selector).first)

    def path(self) -> str:
        return self.page.url.removeprefix(self.base)

    def text(self, selector: str = "main") -> str:
        return self.page.locator(selector).first.inner_text()

    def count(self, selector: str) -> int:
        return self.page.locator(selector).count()
