"""Sales that come back: months, averages, three formulas, what is left out; fixed in the report and on every paper."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from docx import Document

from postloan.inspections import report_flags, report_form, rules_sales, sales_pages
from postloan.inspections.documents_pdf import can_make_pdf
from postloan.inspections.models import Report
from postloan.inspections.rules_sales import Month
from postloan.inspections.services.sales_return import figures_of
from tests.factories import (
    AccountEntryFactory,
    AccountFactory,
    BusinessDateFactory,
    CreditReportFactory,
    CustomerFactory,
    FacilityFactory,
    LoanFactory,
    LoanStateFactory,
    ParameterFactory,
    PaymentOutFactory,
    RelatedPartyFactory,
    StatementItemFactory,
)
from tests.factories.days import DELIVERED_ON
from tests.test_inspections.forms import begun, logged_in

D = Decimal


def months(*rows):
    """Whole months of 2026 from January on, each with the given values."""
    days = rules_sales.last_months(date(2026, 6, 30), 6)
    return [Month(first, until, **row) for (first, until), row in zip(days, rows, strict=False)]


# ── rules ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.shared_data
def test_the_agreed_case_by_month_and_in_all(shared):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    (case,) = [case for case in cases if case["rule"] == "cash_return_rate"]
    given, wanted = case["input"], case["expect"]
    half = {
        "credits": D(given["credits_to_own_bank_accounts"]) / 2,
        "sales": D(given["sales_revenue_same_period"]) / 2,
        "own_loans": D(given["own_loans"]),
        "elsewhere": D(given["all_bank_loans"] - given["own_loans"]),
    }
    found = months(half, half)
    rate, share = rules_sales.whole_of(found, rules_sales.SALES)
    assert (float(rate), float(share)) == (wanted["rate"], wanted["loan_share"])
    assert (rules_sales.verdict(rate, share, alarm_percent=D(80)) == rules_sales.OK) is wanted["ok"]
    assert float(rules_sales.rate_of(found[0], rules_sales.SALES)) == wanted["rate"]


@pytest.mark.shared_data
def test_the_agreed_case_of_the_deposit_variant(shared):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    (case,) = [case for case in cases if case["rule"] == "cash_return_rate_deposit_variant"]
    values = {
        "average_deposits": D(case["input"]["deposit_daily_avg"]),
        "average_loans": D(case["input"]["loan_daily_avg"]),
    }
    rate, _share = rules_sales.whole_of(months(values, values), rules_sales.DEPOSITS)
    assert float(rate * 100) == case["expect"]["rate_pct"]


def test_averages_of_months_are_weighed_with_their_days():
    rows = months(
        {"average_deposits": D(10), "average_loans": D(100)}, {"average_deposits": D(40), "average_loans": D(100)}
    )
    rate, _share = rules_sales.whole_of(rows, rules_sales.DEPOSITS)
    assert rate == ((D(10) * 31 + D(40) * 28) / 59 / 100 * 100).quantize(D("0.01")) / 100


def test_a_month_in_part_and_one_without_a_figure_are_left_out_of_the_rate_in_all():
    whole = {"credits": D(50), "sales": D(100)}
    rows = months(whole, {**whole, "credits": D(999), "is_whole": False}, {"credits": None, "sales": D(100)})
    assert rules_sales.whole_of(rows, rules_sales.SALES)[0] == D("0.5")
    assert rules_sales.whole_of(months({"sales": D(1)}), rules_sales.SALES)[0] is None


@pytest.mark.parametrize(
    ("rate", "share", "wanted"),
    [
        ("0.5", "0.5", "ok"),
        ("0.49", "0.5", "below"),
        ("0.4", "0.5", "below"),
        ("0.3999", "0.5", "far_below"),
        (None, "0.5", ""),
    ],
)
def test_the_verdict_against_the_share_of_the_debt(rate, share, wanted):
    assert rules_sales.verdict(rate and D(rate), D(share), alarm_percent=D(80)) == wanted


def test_what_statements_say_since_january_is_split_into_months():
    stated = {date(2025, 12, 31): D(120), date(2026, 3, 31): D(60), date(2026, 6, 30): D(90)}
    firsts = [
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 3, 1),
        date(2026, 4, 1),
        date(2026, 6, 1),
        date(2026, 8, 1),
    ]
    found = rules_sales.monthly_sales(stated, firsts, since_january=True)
    assert list(found.values()) == [D("10.00"), D("20.00"), D("20.00"), D("10.00"), D("10.00"), D("10.00")]
    each = rules_sales.monthly_sales(stated, firsts, since_january=False)
    assert each[date(2026, 4, 1)] == D("30.00")
    assert rules_sales.monthly_sales({}, firsts, since_january=True) == {}
    assert rules_sales.monthly_sales(stated, [date(2024, 12, 1)], since_january=True) == {}


def test_a_statement_that_says_less_than_the_one_before_replaces_it():
    stated = {date(2026, 3, 31): D(60), date(2026, 6, 30): D(42)}
    found = rules_sales.monthly_sales(stated, [date(2026, 2, 1), date(2026, 5, 1)], since_january=True)
    assert list(found.values()) == [D("7.00"), D("7.00")]


def test_a_balance_holds_until_the_next_and_an_average_weighs_its_days():
    steps = [(date(2026, 1, 1), D(100)), (date(2026, 1, 21), D(40))]
    assert rules_sales.average(steps, date(2026, 1, 1), date(2026, 1, 30)) == D("80.00")
    assert rules_sales.average(steps, date(2025, 12, 31), date(2026, 1, 30)) is None
    assert rules_sales.at_end_of(steps, date(2025, 12, 31)) is None
    assert rules_sales.added([steps, [(date(2026, 1, 10), D(1))]]) == [
        (date(2026, 1, 10), D(101)),
        (date(2026, 1, 21), D(41)),
    ]
    assert rules_sales.added([steps, []]) == []


# ── what the bank knows ───────────────────────────────────────────────────────────────────────────────────


def firm(**more):
    """A firm with 100,000 of sales a month by its statements and half of its debt here, known for a year."""
    customer = CustomerFactory(name="澜州精工机械有限公司", **more)
    account = AccountFactory(customer=customer, balance=D(50000))
    StatementItemFactory(
        customer=customer, item="revenue", value=D(1200000), period_end=date(2025, 12, 31), period_kind="year"
    )
    StatementItemFactory(
        customer=customer, item="revenue", value=D(300000), period_end=date(2026, 3, 31), period_kind="quarter"
    )
    CreditReportFactory(customer=customer, debt_elsewhere=D(400000), reported_on=date(2026, 5, 1))
    loan = LoanFactory(customer=customer, currency="CNY")
    LoanStateFactory(loan=loan, principal_balance=D(400000), valid_from=date(2025, 1, 1), currency="CNY")
    entry(account, date(2025, 1, 5), 1)
    return customer, account, loan


def entry(account, day, amount, name="江东海博机电有限公司", **more):
    values = {"direction": "credit", "balance_after": None, "summary": "货款", **more}
    return AccountEntryFactory(account=account, booked_on=day, amount=D(amount), counterparty_name=name, **values)


def of_month(customer, month="2026-05-01", day=DELIVERED_ON):
    found = figures_of(customer, currency="CNY", day=day)
    return next(one for one in found["months"] if one["month"] == month), found


@pytest.mark.django_db
class TestOfTheBank:
    def test_a_month_and_the_year_against_the_share_of_the_debt(self):
        customer, account, _loan = firm()
        entry(account, date(2026, 5, 10), 60000)
        month, found = of_month(customer)
        assert (month["credits"], month["sales"], month["rate"]) == ("60000.00", "100000.00", "0.6000")
        assert (month["share"], found["share"]) == ("0.5000", "0.5000")
        assert found["rate"] == "0.0500"
        assert found["verdict"] == "far_below"
        assert len(found["months"]) == 12
        assert (found["statements_until"], found["debt_elsewhere_on"]) == ("2026-03-31", "2026-05-01")

    @pytest.mark.parametrize(
        "more",
        [
            {"name": "澜州精工机械有限公司", "summary": "本单位他行账户转入"},
            {"name": "澜州精工机械有限公司", "summary": "货款"},
            {"summary": "贷款发放"},
            {"summary": "货款退款"},
            {"summary": "理财赎回"},
            {"name": "王强"},
            {"name": "澜州精工集团有限公司"},
            {"name": "被付款的公司"},
            {"name": "x", "counterparty_account": "OWN-2"},
        ],
    )
    def test_what_is_no_sale_is_left_out(self, more):
        customer, account, loan = firm(group_no="G1")
        CustomerFactory(name="澜州精工集团有限公司", group_no="G1")
        AccountFactory(customer=customer, account_no="OWN-2", balance=D(0))
        RelatedPartyFactory(customer=customer, name="王强", relation="controller")
        PaymentOutFactory(loan=loan, payee_name="被付款的公司", paid_on=date(2026, 5, 1), amount=D(5))
        entry(account, date(2026, 5, 10), 60000)
        entry(account, date(2026, 5, 12), 7000, **more)
        month, _found = of_month(customer)
        assert (month["credits"], month["all_credits"]) == ("60000.00", "67000.00")

    def test_a_payee_that_pays_long_after_being_paid_is_a_buyer(self):
        customer, account, loan = firm()
        PaymentOutFactory(loan=loan, payee_name="两头做生意的公司", paid_on=date(2026, 1, 1), amount=D(5))
        entry(account, date(2026, 5, 12), 7000, "两头做生意的公司")
        assert of_month(customer)[0]["credits"] == "7000.00"

    def test_debits_are_no_sales(self):
        customer, account, _loan = firm()
        entry(account, date(2026, 5, 12), 7000, direction="debit")
        assert of_month(customer)[0]["credits"] == "0"

    def test_missing_figures_are_no_data_and_no_verdict(self):
        customer = CustomerFactory()
        assert figures_of(customer, currency="CNY", day=DELIVERED_ON) is None
        account = AccountFactory(customer=customer, balance=D(10))
        entry(account, date(2026, 5, 12), 7000)
        month, found = of_month(customer)
        assert (month["sales"], month["rate"], month["share"]) == (None, None, None)
        assert (found["rate"], found["verdict"]) == (None, "")
        before = next(one for one in found["months"] if one["month"] == "2026-04-01")
        assert before["credits"] is None

    def test_deposits_at_the_end_of_months_and_against_the_facility(self):
        customer, account, _loan = firm()
        FacilityFactory(customer=customer, total=D(200000), expires_on=date(2027, 1, 1))
        FacilityFactory(customer=customer, total=D(900000), expires_on=date(2026, 1, 1))
        entry(account, date(2026, 4, 20), 5, balance_after=D(80000))
        entry(account, date(2026, 5, 20), 5, balance_after=D(20000))
        _month, found = of_month(customer)
        deposits = {one["month"]: one["deposits"] for one in found["months"]}
        assert (deposits["2026-04-01"], deposits["2026-05-01"], deposits["2026-06-01"]) == (
            "80000.00",
            "20000.00",
            "50000.00",
        )
        assert deposits["2026-03-01"] is None
        assert (found["deposits"], found["facility"]) == ("50000.00", "200000.00")

    def test_the_formula_is_the_banks(self):
        customer, account, _loan = firm()
        entry(account, date(2026, 4, 30), 5, balance_after=D(80000))
        ParameterFactory(key="inspections.sales_return_formula", value="deposits_to_loans")
        month, found = of_month(customer)
        assert found["formula"] == "deposits_to_loans"
        assert (month["average_deposits"], month["average_loans"], month["rate"]) == ("80000.00", "400000.00", "0.20")

    def test_the_third_formula_takes_the_cash_of_the_statement(self):
        customer, account, _loan = firm()
        ParameterFactory(key="inspections.sales_return_formula", value="deposits_share")
        StatementItemFactory(
            customer=customer, item="cash", value=D(160000), period_end=date(2026, 3, 31), period_kind="quarter"
        )
        entry(account, date(2026, 3, 30), 5, balance_after=D(40000))
        month, found = of_month(customer, "2026-03-01")
        assert (month["rate"], found["rate"]) == ("0.2500", "0.2500")


# ── in the report ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
class TestInTheReport:
    def test_it_is_fixed_when_the_report_is_begun_and_part_of_what_is_signed(self):
        BusinessDateFactory()
        customer, account, _loan = firm()
        report, _main, _second = begun(customer=customer)
        before = sales_pages.of_report(Report.objects.get(pk=report.pk))
        entry(account, date(2026, 5, 10), 60000)
        assert sales_pages.of_report(Report.objects.get(pk=report.pk)) == before
        assert before.rate == "0.00%"
        assert before.lines[-1].is_whole is True
        assert "sales_return" in Report.objects.get(pk=report.pk).facts

    @pytest.mark.parametrize(
        ("kind", "line", "is_there"),
        [("periodic", "inclusive", True), ("special", "corporate", False), ("periodic", "personal", False)],
    )
    def test_only_regular_inspections_of_firms_have_it(self, kind, line, is_there):
        BusinessDateFactory()
        customer, _account, _loan = firm()
        report, _main, _second = begun(kind, customer=customer, line=line)
        assert (sales_pages.of_report(report) is not None) is is_there

    def test_form_preview_print_pdf_and_word_show_the_same(self):
        BusinessDateFactory()
        customer, account, _loan = firm()
        entry(account, date(2026, 5, 10), 60000)
        report, main, _second = begun(customer=customer)
        client = logged_in(main)
        pages = [
            client.get(f"/inspections/reports/{report.pk}{path}").content.decode() for path in ("", "/review", "/print")
        ]
        for page in pages:
            assert "5.00%" in page
            assert "60,000.00" in page
            assert page.count('class="rate') >= 12
        word = Document(io.BytesIO(client.get(f"/inspections/reports/{report.pk}.docx").content))
        text = "\n".join(paragraph.text for paragraph in word.paragraphs)
        assert "5.00%" in text
        assert len(word.inline_shapes) == 1
        assert any("60,000.00" in cell.text for table in word.tables for cell in table.columns[2].cells)
        if can_make_pdf():
            assert client.get(f"/inspections/reports/{report.pk}.pdf").content.startswith(b"%PDF")

    def test_far_below_the_share_is_a_flag_for_the_approver(self):
        BusinessDateFactory()
        customer, _account, _loan = firm()
        report, _main, _second = begun(customer=customer)
        report = Report.objects.select_related("task", "template_version").get(pk=report.pk)
        found = report_flags.flags(report, report_form.form_of(report), [], [])
        assert [flag.level for flag in found if "50.00%" in flag.text] == ["flag"]

    def test_a_report_begun_before_is_shown_without(self):
        report, main, _second = begun(customer=CustomerFactory())
        Report.objects.filter(pk=report.pk).update(facts={})
        assert logged_in(main).get(f"/inspections/reports/{report.pk}").status_code == 200


def test_a_rate_above_the_top_of_the_chart_is_cut_there():
    row = {"month": "2026-05-01", "is_whole": True, "rate": "9.0", "share": None}
    chart = sales_pages.chart_of([row, {**row, "rate": None, "share": "0.5"}])
    assert chart.levels[-1][1] == "200%"
    assert (chart.marks[0].y, chart.marks[1].y) == (chart.levels[-1][0], None)
    assert sales_pages.picture(chart).startswith(b"\x89PNG")
