"""Without a mouse: what is needed is reached by Tab and pressed by Enter."""

from __future__ import annotations

import re

from postloan.nightly.management.commands.make_demo_logins import PASSWORD
from tests.journeys.person import Person

FOCUSED = "selector => document.activeElement.matches(selector)"
RING = """
() => {
  const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 || style.boxShadow !== 'none';
}
"""


def tab_to(person: Person, selector: str, *, most: int = 80) -> None:
    for _press in range(most):
        person.page.keyboard.press("Tab")
        if person.page.evaluate(FOCUSED, selector):
            assert person.page.evaluate(RING), f"nobody sees that {selector} is focused"
            return
    raise AssertionError(f"{selector} is not reached by {most} presses of Tab")


def press_enter(person: Person) -> None:
    with person.page.expect_navigation():
        person.page.keyboard.press("Enter")


def log_in_by_keyboard(person: Person, number: str) -> None:
    person.open("/")
    tab_to(person, "input[name=username]")
    person.page.keyboard.type(number)
    tab_to(person, "input[name=password]")
    person.page.keyboard.type(PASSWORD)
    press_enter(person)


def test_from_the_log_in_to_the_page_of_a_loan_by_keyboard_alone(window, bank):
    person = window()
    log_in_by_keyboard(person, bank.people["branch_head"]["staff_no"])
    tab_to(person, ".pl-nav a[href='/loans']")
    press_enter(person)
    tab_to(person, "main tbody a[href^='/loans/']")
    press_enter(person)
    assert re.fullmatch(r"/loans/\d+", person.path())
    assert person.count("main h1") == 1


def test_from_my_work_to_the_first_todo_by_keyboard_alone(window, bank):
    person = window()
    log_in_by_keyboard(person, bank.people["account_manager"]["staff_no"])
    tab_to(person, ".pl-nav a[href='/work']")
    press_enter(person)
    person.page.keyboard.press("n")
    person.page.wait_for_url("**/work?**")
    tab_to(person, ".pl-next .do a.btn-primary")
    press_enter(person)
    assert re.match(r"/(maturities|overdue)/", person.path())


def test_from_the_list_of_loans_to_an_excel_file_by_keyboard_alone(enter):
    person = enter("branch_head", "/loans?all=1")
    tab_to(person, "main select[name=band]")
    person.page.keyboard.press("ArrowDown")
    tab_to(person, ".pl-query button[type=submit]")
    press_enter(person)
    assert "band=overdue" in person.path()
    person.page.keyboard.press("e")
    tab_to(person, "form[action$='/export'] button[value=xlsx]")
    with person.page.expect_download() as download:
        person.page.keyboard.press("Enter")
    assert download.value.suggested_filename.startswith("loans-")
    person.page.keyboard.press("Escape")
    assert person.page.evaluate(FOCUSED, ".pl-drop summary")


def test_a_filter_is_saved_and_a_row_opened_by_keyboard_alone(enter):
    person = enter("branch_head", "/loans?band=overdue")
    person.page.keyboard.press("f")
    tab_to(person, "#filter-name")
    person.page.keyboard.type("逾期")
    press_enter(person)
    assert person.count(".pl-saved li") == 1
    person.page.keyboard.press("j")
    person.page.keyboard.press("j")
    second = person.page.locator("main tbody tr").nth(1).locator("a").first.get_attribute("href")
    assert person.page.evaluate(FOCUSED, f"a[href='{second}']")
    press_enter(person)
    assert person.path() == second


def test_a_customer_is_searched_and_the_session_ended_by_keyboard_alone(enter, bank):
    person = enter("account_manager", "/customers")
    number = person.text("main tbody td.l-sub")
    person.page.keyboard.press("/")
    person.page.keyboard.type(number)
    press_enter(person)
    assert re.fullmatch(r"/customers/\d+", person.path())
    tab_to(person, ".pl-tabs a[href$='/loans']")
    press_enter(person)
    assert person.path().endswith("/loans")
    tab_to(person, ".pl-user")
    person.page.keyboard.press("Enter")
    tab_to(person, "form[action='/logout'] button")
    press_enter(person)
    assert person.path().startswith("/login")
