"""The overview: every number a link that is its rows, and equal to what plain SQL of another hand says."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from postloan.classification.models import Countdown
from postloan.reporting.queries import overview
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    LoanFactory,
    LoanStateFactory,
    ProductFactory,
    StaffFactory,
)
from tests.factories.collecting import MaturityNoticeFactory, MaturityPlanFactory
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.todos import TodoFactory
from tests.test_reporting.conftest import LANGUAGES, state_of

DAY, BEFORE = DELIVERED_ON, date(2026, 5, 31)


@pytest.fixture
def full(bank):
    """Two products, two lines, two industries; one loan newly overdue, one no longer, since the end of May."""
    BusinessDateFactory(date=BEFORE)
    for state, code in ((bank.current, "C3411"), (bank.overdue, "F5111"), (bank.non_performing, "C1321")):
        state.customer.industry_code = code
        state.customer.save()
    personal = LoanFactory(customer=bank.current.customer, product=ProductFactory(personal=True))
    bank.cured = LoanStateFactory(loan=personal, principal_balance=Decimal("11.11"), valid_from=DAY)
    LoanStateFactory(loan=personal, overdue=True, valid_from=BEFORE, valid_to=DAY)
    LoanStateFactory(loan=bank.overdue.loan, valid_from=BEFORE, valid_to=bank.overdue.valid_from)
    LoanStateFactory(
        loan=bank.non_performing.loan, overdue=True, valid_from=BEFORE, valid_to=bank.non_performing.valid_from
    )
    for state, floor, left in ((bank.overdue, "substandard", 9), (bank.non_performing, "doubtful", 60)):
        Countdown.objects.create(
            loan=state.loan,
            worked_out_on=DAY,
            class_method="debtor",
            overdue_from=DAY + timedelta(days=left - {"substandard": 91, "doubtful": 271}[floor]),
            next_floor=floor,
            next_floor_on=DAY + timedelta(days=left),
            stop_principal=Decimal("5.00"),
        )
    bank.empty = BranchFactory(parent=bank.root, tier2=True)
    return bank


def one_of(client, address: str = "/overview") -> dict:
    [one] = client.get(address).context["figures"]
    return one


def said(one: dict) -> dict[str, tuple[int, Decimal]]:
    """The numbers of the page by name."""
    figures = one["figures"]
    found = {
        "book": figures.book,
        "overdue": figures.overdue,
        "npl": figures.non_performing,
        "maturing": figures.maturing,
        "new": one["moved"].new,
        "cured": one["moved"].cured,
        "worse in 10 days": one["outlook"].soon[0][1],
        "into npl": one["outlook"].into_npl,
    }
    found |= {f"band {step}": tally for step, tally in figures.bands}
    found |= {f"floor {code}": tally for code, tally in figures.floors}
    for row in one["cuts"]:
        part = row["cut"]
        found |= {
            f"{part.name}": part.whole, f"{part.name} overdue": part.overdue, f"{part.name} npl": part.npl,
        }  # fmt: skip
    return {name: (tally.loans, tally.balance) for name, tally in found.items()}


BOOK = """FROM loans_loanstate s
    JOIN loans_loan l ON l.id = s.loan_id
    JOIN customers_customer c ON c.id = l.customer_id
    JOIN organization_branch b ON b.id = c.branch_id
    LEFT JOIN loans_product p ON p.id = l.product_id
    LEFT JOIN classification_countdown n ON n.loan_id = l.id
    WHERE s.valid_to IS NULL AND s.superseded_by_run IS NULL AND b.path LIKE %s
      AND s.status IN ('active', 'advance')"""
BANDS = ["current", "days_1_30", "days_31_60", "days_61_90", "days_91_180", "days_181_270", "days_271_360", "over_360"]
NPL = "s.class_floor IN ('substandard', 'doubtful', 'loss')"
THEN = "SELECT 1 FROM loans_loanstate t WHERE t.loan_id = l.id AND t.valid_from <= '2026-05-31' AND (t.valid_to IS NULL OR t.valid_to > '2026-05-31')"
WHERE = {
    "book": "1 = 1",
    "overdue": "s.overdue_since IS NOT NULL",
    "npl": NPL,
    "maturing": "s.matures_on BETWEEN '2026-06-30' AND '2026-09-28'",
    "new": f"s.overdue_since IS NOT NULL AND NOT EXISTS ({THEN} AND t.overdue_since IS NOT NULL)",
    "cured": f"s.overdue_since IS NULL AND EXISTS ({THEN} AND t.overdue_since IS NOT NULL)",
    "worse in 10 days": "s.overdue_since IS NOT NULL AND n.next_floor_on <= '2026-07-10'",
    "into npl": f"NOT {NPL} AND n.overdue_from <= '2026-05-01'",
    **{f"band {step}": f"s.band = '{code}'" for step, code in enumerate(BANDS)},
    **{
        f"floor {code}": f"s.class_floor = '{code}'"
        for code in ("normal", "special_mention", "substandard", "doubtful", "loss")
    },
}
PARTS = {
    "branch": "b.name",
    "product": "p.name",
    "line": "COALESCE(NULLIF(p.line, ''), c.main_line)",
    "industry": "SUBSTR(c.industry_code, 1, 1)",
}


def counted(path: str, condition: str) -> tuple[int, Decimal]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*), SUM(s.principal_balance) {BOOK} AND ({condition})", [f"{path}%"])
        loans, balance = cursor.fetchone()
    return loans, Decimal(str(balance or 0)).quantize(Decimal("0.01"))


def test_twenty_and_more_numbers_are_what_plain_sql_says(full, reader):
    page = said(one_of(reader(full.head)))

    checked = {name: counted(full.here.path, condition) for name, condition in WHERE.items()}
    assert len(checked) > 20
    assert {name: page[name] for name in checked} == checked
    # And they tell each other apart.
    assert [checked[name][0] for name in ("book", "overdue", "npl", "new", "cured")] == [4, 2, 1, 1, 1]
    assert checked["into npl"][0] == checked["worse in 10 days"][0] == 1


@pytest.mark.parametrize("way", list(PARTS))
def test_the_parts_of_every_cut_are_what_plain_sql_says(full, reader, way):
    page = one_of(reader(full.head), f"/overview?by={way}")

    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {PARTS[way]}, COUNT(*), SUM(CASE WHEN s.overdue_since IS NOT NULL THEN 1 ELSE 0 END), "
            f"SUM(CASE WHEN {NPL} THEN 1 ELSE 0 END) {BOOK} GROUP BY 1",
            [f"{full.here.path}%"],
        )
        rows = sorted(row[1:] for row in cursor.fetchall())
    parts = [row["cut"] for row in page["cuts"]]
    assert sorted((part.whole.loans, part.overdue.loans, part.npl.loans) for part in parts) == rows
    assert sum(part.whole.balance for part in parts) == page["figures"].book.balance
    assert len(rows) == {"branch": 1, "product": 2, "line": 2, "industry": 2}[way]


def test_an_empty_branch_is_said_to_be_empty_and_not_zero(full, reader):
    client = reader(StaffFactory(branch=full.empty, post="branch_head"))
    answer = client.get("/overview")

    assert counted(full.empty.path, "1 = 1") == (0, Decimal("0.00"))
    assert answer.context["figures"] == []
    assert "No loans in your scope" in answer.content.decode()
    everything = reader(StaffFactory(branch=full.root, post="risk_officer"))
    chosen = everything.get(f"/overview?branch={full.empty.path}")
    assert chosen.context["figures"] == []
    assert "empty-not_found" in chosen.content.decode()


def tallies(context) -> Iterator:
    for one in context["figures"]:
        figures = one["figures"]
        yield from (figures.book, figures.overdue, figures.non_performing, figures.maturing)
        yield from (one["moved"].new, one["moved"].cured, one["outlook"].soon[0][1])
        yield from (tally for _step, tally in figures.bands)
        yield from (tally for _start, tally in one["weeks"])
        for change in one["outlook"].rows:
            yield from (change.today, change.late)
        for row in one["cuts"]:
            yield from (row["cut"].whole, row["cut"].overdue, row["cut"].npl)


@pytest.mark.parametrize("way", list(overview.WAYS))
def test_every_number_is_a_link_to_exactly_its_rows(full, reader, way):
    client = reader(full.head)
    page = client.get(f"/overview?by={way}&since={BEFORE}&line=corporate")
    content = page.content.decode()
    checked = 0
    for tally in {tally.href: tally for tally in tallies(page.context)}.values():
        behind = client.get(tally.href).context
        assert behind["page"].paginator.count == tally.loans, tally.href
        assert sum(row["state"].principal_balance for row in behind["rows"]) == tally.balance, tally.href
        assert tally.href.replace("&", "&amp;") in content
        checked += 1
    assert checked > 35


def test_a_branch_stands_with_all_below_it_and_none_above_the_readers_own(full, reader):
    state_of(BranchFactory(parent=full.here), principal_balance=Decimal("2.00"))
    [own, below] = [row["cut"] for row in one_of(reader(full.head))["cuts"]]

    assert (own.name, own.indent, own.whole.loans) == (full.here.name, 0, 5)
    assert (below.indent, below.whole.loans) == (1, 1)
    assert below.is_below(own)


def test_it_is_compared_with_the_last_night_of_an_earlier_month_unless_asked(full, reader):
    client = reader(full.head)

    assert client.get("/overview").context["asked"]["since"] == BEFORE
    assert client.get("/overview?since=2026-06-15").context["asked"]["since"] == date(2026, 6, 15)
    assert client.get("/overview?since=2027-01-01").context["asked"]["since"] == BEFORE


def test_who_is_behind_is_shown_to_heads_and_risk_officers(full, reader):
    manager = StaffFactory(branch=full.here, post="account_manager")
    TodoFactory(customer=full.overdue.customer, assignee=manager, due_on=DAY - timedelta(days=3))
    for post, branch in (("branch_head", full.here), ("risk_officer", full.root)):
        client = reader(StaffFactory(branch=branch, post=post))
        [worker] = client.get("/overview").context["workers"]
        assert (worker.name, worker.late) == (manager.name, 1)
        assert client.get(worker.late_href).status_code == 200


def test_who_is_behind_names_the_kinds_and_follows_branch_and_line(full, reader):
    customer = full.overdue.customer
    manager = StaffFactory(branch=full.here, post="account_manager")
    late = DAY - timedelta(days=3)
    TodoFactory(customer=customer, assignee=manager, due_on=late, line="corporate", kind="overdue_visit")
    TodoFactory(customer=customer, assignee=manager, due_on=late, line="corporate", kind="overdue_visit")
    TodoFactory(customer=customer, assignee=manager, due_on=DAY, line="personal", kind="maturity_plan")
    TodoFactory(customer=full.elsewhere.customer, assignee=manager, due_on=late, line="corporate", kind="maturity_plan")
    client = reader(StaffFactory(branch=full.root, post="risk_officer"))

    expected = {
        "": {"overdue_visit": (2, 2), "maturity_plan": (2, 1)},
        f"branch={full.here.path}": {"overdue_visit": (2, 2), "maturity_plan": (1, 0)},
        f"branch={full.here.path}&line=corporate": {"overdue_visit": (2, 2)},
        f"branch={full.there.path}": {"maturity_plan": (1, 1)},
        f"branch={full.empty.path}": None,
    }
    for asked, kinds in expected.items():
        page = client.get(f"/overview?{asked}")
        if kinds is None:
            assert page.context.get("workers", []) == []
            continue
        [worker] = page.context["workers"]
        assert {one.query.kind: (one.open, one.late) for one in worker.kinds} == kinds, asked
        for one in worker.kinds:
            assert client.get(one.href).context["page"].paginator.count == one.open
            assert one.href.replace("&", "&amp;") in page.content.decode()
        for href, number in (
            (worker.all_href, worker.open), (worker.late_href, worker.late), (worker.today_href, worker.today),
        ):  # fmt: skip
            assert client.get(href).context["page"].paginator.count == number, href


def test_everybody_who_is_behind_is_reached_by_heads_and_risk_officers(full, reader):
    for _ in range(10):
        TodoFactory(customer=full.overdue.customer, assignee=StaffFactory(branch=full.here, post="account_manager"))
    for post, branch in (("branch_head", full.here), ("risk_officer", full.root)):
        client = reader(StaffFactory(branch=branch, post=post))
        page = client.get(f"/overview?branch={full.here.path}")
        assert (len(page.context["workers"]), page.context["people"]) == (8, 10)
        [href] = re.findall(r'href="([^"]*people=all[^"]*)#behind"', page.content.decode())
        assert len(client.get("/overview" + href.replace("&amp;", "&")).context["workers"]) == 10


def test_maturities_that_wait_are_the_rows_behind_them_by_branch_and_line(full, reader):
    for state in (full.current, full.overdue, full.elsewhere):
        MaturityNoticeFactory(loan=state.loan, matures_on=DAY + timedelta(days=20))
    MaturityNoticeFactory(
        loan=full.cured.loan, matures_on=DAY + timedelta(days=9), received_at=MOMENT, received_by=full.head
    )
    MaturityPlanFactory(loan=full.cured.loan, matures_on=DAY + timedelta(days=9), submitted=True)
    client = reader(StaffFactory(branch=full.root, post="risk_officer"))

    expected = {
        "": {"all": 4, "not_received": 3, "no_plan": 3, "to_confirm": 1},
        f"branch={full.here.path}": {"all": 3, "not_received": 2, "no_plan": 2, "to_confirm": 1},
        f"branch={full.here.path}&line=personal": {"all": 1, "not_received": 0, "no_plan": 0, "to_confirm": 1},
    }
    for asked, counts in expected.items():
        page = client.get(f"/overview?{asked}")
        assert page.context["maturity_counts"] == counts, asked
        for name, href in page.context["maturity_hrefs"].items():
            assert client.get(href).context["page"].paginator.count == counts[name], (asked, name)
            assert href.replace("&", "&amp;") in page.content.decode()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_has_a_name_and_a_table(full, reader, language):
    state_of(BranchFactory(parent=full.here), overdue=True)
    content = reader(full.head, language).get("/overview").content.decode()
    charts = re.findall(r'<div class="chart[^>]*>', content)
    assert len(charts) >= 1
    for chart in charts:
        assert 'role="img"' in chart
        assert re.search(r'aria-label="[^"]{10,}"', chart)
    assert content.count("<table") >= len(charts)


def test_more_loans_ask_no_more_questions(full, reader):
    client = reader(full.head)
    client.get("/overview")
    with CaptureQueriesContext(connection) as few:
        client.get("/overview")
    for _ in range(6):
        state_of(full.here, overdue=True)

    with CaptureQueriesContext(connection) as many:
        client.get("/overview")
    assert len(many) == len(few)


def test_no_count_or_amount_of_the_book_stands_without_a_link(full, reader):
    """Shares and what changes until the month-end are worked out from linked figures; all else leads to its rows.

    The countdown names single loans, each with a link of its own.
    """
    content = reader(full.head).get("/overview").content.decode()
    sections = [one for one in content.split("<section") if ">Countdown</h2>" not in one]
    cells = re.findall(r'<td class="r(?! num no-phone)[^>]*>(.*?)</td>', "".join(sections), re.S)
    bare = [re.sub(r"<[^>]+>|\s", "", cell) for cell in cells if "<a " not in cell]

    assert len(cells) > 60
    assert [text for text in bare if re.search(r"\d", text) and not text.endswith("%")] == []
