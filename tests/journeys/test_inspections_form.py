"""A report is filled in on a phone: nothing typed is lost, and nobody's answer is overwritten unseen."""

from __future__ import annotations

import contextlib
import json
import random
import time
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Error

from postloan.core import business_date
from postloan.customers.models import Customer, Responsibility
from postloan.inspections.models import InspectionTask, Report
from postloan.inspections.services.reports import begin_report
from postloan.organization.models import Staff
from tests.journeys.checks import severe, wrong_on
from tests.journeys.person import PHONE
from tests.test_inspections.hostile import picture

# Twenty kills: five windows of their own write at once, each is killed four times.
AT_ONCE, ROUNDS = 5, 4
# Ten seconds are allowed; the browser's own draft does better, and the test holds it to that.
MOST_LOST_SECONDS = 1.5
TYPES_SECONDS = (1.7, 2.7)
SUMMARY = '[data-q="conclusion.summary"] textarea'


@pytest.fixture
def report(bank: Any) -> Report:
    """A first inspection on site of a customer of the manager who logs in, with the stand-in as second inspector."""
    return begun(bank, "journey")


def begun(bank: Any, occurrence: str) -> Report:
    day = business_date.current()
    manager = Staff.objects.get(staff_no=bank.people["account_manager"]["staff_no"])
    own = Responsibility.objects.on(day).filter(staff=manager, role="A").values("customer")
    customer = Customer.objects.filter(pk__in=own, loans__status="active").order_by("pk").first()
    line = Responsibility.objects.on(day).filter(staff=manager, role="A", customer=customer).first().line
    task = InspectionTask.objects.create(
        task_no=f"JC-{occurrence.upper()}",
        customer=customer,
        line=line,
        kind="first",
        occurrence=occurrence,
        reason_code="inspection_ordered",
        planned_on=day,
        first_due_on=day,
        due_on=day + timedelta(days=5),
        place="on_site",
    )
    return begin_report(task, acting_user=manager)


def saved(report: Report, question: str) -> Any:
    row = report.answers.filter(question=question).first()
    return row.value if row else None


def until(page: Any, check: Any, seconds: float = 30) -> Any:
    """Waits through the page: the guard answers its requests in this thread, which must not sleep meanwhile."""
    end = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < end:
        page.wait_for_timeout(100)
    return found


def kill(page: Any) -> None:
    """The process that shows the page dies at once: the page can save nothing any more."""
    with contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=5_000)


def show(page: Any, section: str) -> None:
    page.evaluate("code => { document.querySelector(`[data-section='${code}']`).open = true }", section)


def test_a_manager_fills_a_report_on_the_phone(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    page = person.page
    assert wrong_on(page, language="zh") == []
    assert severe(page) == []
    show(page, "overview")
    with page.expect_navigation():
        page.locator("[data-visit-url]").click()
    report.refresh_from_db()
    assert report.inspected_on is not None
    show(page, "funds")
    risky = page.locator('[data-q="funds.splitting"]')
    assert risky.locator("[data-explain]").is_hidden()
    risky.locator("label", has=page.locator("input[value=yes]")).click()
    assert risky.locator("[data-explain]").is_visible()
    risky.locator("textarea").fill("分三次采购热轧卷板，")
    until(page, lambda: risky.locator("[data-problem]").inner_text())
    assert "还差" in risky.locator("[data-problem]").inner_text()
    assert saved(report, "funds.splitting") == "yes"
    rows = page.locator('[data-q="funds.payments"] [data-rows] tr')
    before = rows.count()
    page.locator('[data-q="funds.payments"] [data-add-row]').click()
    rows.nth(before).locator('[data-col="payee"]').fill("澜州安顺货运有限公司")
    assert until(page, lambda: "澜州安顺" in json.dumps(saved(report, "funds.payments"), ensure_ascii=False))
    show(page, "photos")
    files = [
        {"name": f"厂区{n}.jpg", "mimeType": "image/jpeg", "buffer": picture(shade=n * 60, size=(900, 700))}
        for n in range(2)
    ]
    page.locator('[data-files="photos.site"] input[type=file]').set_input_files(files)
    page.locator('[data-files="photos.site"] [data-file]').nth(1).wait_for(timeout=30_000)
    assert report.evidence.filter(question="photos.site", removed_at=None).count() == 2
    show(page, "confirm")
    page.fill('[data-signer="name"]', "吴建平")
    pad = page.locator("[data-pad]")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 60)
    page.mouse.down()
    for step in range(1, 25):
        page.mouse.move(box["x"] + 20 + step * 8, box["y"] + 60 + (step % 5) * 6)
    page.mouse.up()
    page.locator('[data-how="hand"]').click()
    page.locator(".rep-confirm .sign svg").wait_for()
    confirmation = report.borrower_confirmations.get()
    assert confirmation.confirmed_at >= confirmation.visit_started_at


class Writer:
    """A window that types digits into one report, is killed while it types, and is opened again."""

    def __init__(self, person: Any, report: Report) -> None:
        self.person, self.report, self.page = person, report, person.page
        self.typed: list[tuple[float, str]] = []
        self.seconds = self.died = 0.0

    def begin(self, seconds: float) -> None:
        show(self.page, "conclusion")
        self.page.locator(SUMMARY).fill("")
        self.typed.clear()
        self.seconds = seconds

    def type_one(self, digit: str) -> bool:
        """Whether it still lives: it is killed so many seconds after its first digit."""
        field = self.page.locator(SUMMARY)
        field.press_sequentially(digit)
        self.typed.append((time.monotonic(), field.input_value()))
        if time.monotonic() < self.typed[0][0] + self.seconds:
            return True
        self.died = time.monotonic()
        kill(self.page)
        return False

    def open_again(self) -> None:
        self.page = self.person.context.new_page()
        self.page.goto(f"{self.person.base}/inspections/reports/{self.report.pk}", wait_until="commit")

    def lost_nothing(self) -> bool:
        """What was typed a moment before it died stands in the field and, soon, on the server."""
        must_be_there = [text for at, text in self.typed if at <= self.died - MOST_LOST_SECONDS][-1]
        field = self.page.locator(SUMMARY)
        stands = until(self.page, lambda: field.input_value().startswith(must_be_there))
        sent = until(self.page, lambda: saved(self.report, "conclusion.summary") == field.input_value())
        return bool(stands and sent and saved(self.report, "conclusion.summary").startswith(must_be_there))


def test_a_killed_page_loses_at_most_ten_seconds_twenty_times_of_twenty(enter, window, report, bank):
    """Each window is a browser profile of its own: killing one leaves the others typing."""
    first = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    writers, chance, killed = [Writer(first, report)], random.Random(6), 0
    for number in range(1, AT_ONCE):
        person, another = window(width=PHONE), begun(bank, f"journey-{number}")
        person.context.add_cookies(first.context.cookies())
        person.open(f"/inspections/reports/{another.pk}")
        writers.append(Writer(person, another))
    for _round in range(ROUNDS):
        for writer in writers:
            writer.begin(chance.uniform(*TYPES_SECONDS))
        typing = writers
        while typing:
            typing = [writer for writer in typing if writer.type_one(chance.choice("0123456789"))]
        for writer in writers:
            writer.open_again()
        for writer in writers:
            assert writer.lost_nothing(), writer.typed
            killed += 1
    assert killed == 20
    for writer in writers:
        writer.person.watch.heard.clear()


def test_two_windows_never_overwrite_each_other_silently(enter, report):
    one = enter("account_manager", f"/inspections/reports/{report.pk}")
    other = one.context.new_page()
    other.goto(f"{one.base}/inspections/reports/{report.pk}")
    for page in (one.page, other):
        show(page, "conclusion")
    one.page.fill(SUMMARY, "第一个窗口写的：库存与报表相符")
    one.page.locator(SUMMARY).blur()
    assert until(one.page, lambda: saved(report, "conclusion.summary"))
    other.fill(SUMMARY, "第二个窗口写的：库存少了两成")
    other.locator(SUMMARY).blur()
    panel = other.locator(".rep-conflict")
    panel.wait_for()
    assert saved(report, "conclusion.summary").startswith("第一个窗口")
    assert "第二个窗口" in panel.locator("[data-mine]").inner_text()
    assert "第一个窗口" in panel.locator("[data-theirs]").inner_text()
    panel.locator("[data-keep]").click()
    assert until(other, lambda: str(saved(report, "conclusion.summary")).startswith("第二个窗口"))
    one.page.fill(SUMMARY, "第一个窗口又写")
    one.page.locator(SUMMARY).blur()
    one.page.locator(".rep-conflict [data-take]").click()
    assert one.page.locator(SUMMARY).input_value().startswith("第二个窗口")
    assert saved(report, "conclusion.summary").startswith("第二个窗口")


def test_a_minute_without_a_line_loses_nothing(enter, report):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    page = person.page
    show(page, "conclusion")
    person.context.set_offline(True)
    page.fill(SUMMARY, "没有网络时写的：两条产线停了一条")
    page.locator('[data-q="conclusion.risk"] label').nth(1).click()
    page.locator('[data-status="offline"]').wait_for()
    page.wait_for_timeout(60_000)
    assert saved(report, "conclusion.summary") is None
    person.context.set_offline(False)
    assert until(page, lambda: saved(report, "conclusion.risk") == "attention")
    assert saved(report, "conclusion.summary") == "没有网络时写的：两条产线停了一条"
    page.locator('[data-status="saved"]').wait_for()
    person.watch.heard.clear()


def test_an_expired_log_in_is_renewed_in_place(enter, report, bank):
    person = enter("account_manager", f"/inspections/reports/{report.pk}", width=PHONE)
    page = person.page
    show(page, "conclusion")
    session = [cookie for cookie in person.context.cookies() if cookie["name"] != "postloan_session"]
    person.context.clear_cookies()
    person.context.add_cookies(session)
    page.fill(SUMMARY, "登录过期时写的内容")
    page.locator("dialog[open]").wait_for()
    page.fill("[data-password]", "Wrong-2026")
    page.locator("[data-login-go]").click()
    page.locator("[data-login-error]:not([hidden])").wait_for()
    page.fill("[data-password]", bank.people["account_manager"]["password"])
    page.locator("[data-login-go]").click()
    assert until(page, lambda: saved(report, "conclusion.summary") == "登录过期时写的内容")
    assert page.locator("dialog[open]").count() == 0
    person.watch.heard.clear()
