"""Coverage and timeliness of inspections, why reports went back: figures against other SQL, every number its rows."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.db import connection
from openpyxl import load_workbook

from postloan.core.models import Event
from postloan.inspections.models import Decision, InspectionTask
from postloan.inspections.queries.coverage import COUNTS
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.factories.days import DELIVERED_ON, MOMENT
from tests.factories.inspections import InspectionTaskFactory
from tests.test_inspections.approval import decided, handed_in
from tests.test_inspections.forms import logged_in

pytestmark = pytest.mark.django_db

BEGIN, END = date(2026, 4, 1), date(2026, 9, 30)
DAYS = f"begin={BEGIN}&end={END}"

# What the page says, said again in SQL by itself: p is the person, as in the module's heading.
ANEW = """
SELECT b.path AS path, COALESCE(r.main_inspector_id, s.staff_id) AS p, t.kind AS kind,
       CASE WHEN t.state = 'ended' THEN 'ended'
            WHEN t.submitted_on IS NULL AND t.first_due_on < %(day)s THEN 'overdue'
            WHEN t.submitted_on IS NULL THEN 'to_come'
            WHEN t.submitted_on > t.first_due_on THEN 'late'
            ELSE 'in_time' END AS way
  FROM inspections_inspectiontask t
  JOIN customers_customer c ON c.id = t.customer_id
  JOIN organization_branch b ON b.id = c.branch_id
  LEFT JOIN inspections_report r ON r.task_id = t.id AND r.state <> 'withdrawn'
  LEFT JOIN customers_responsibility s ON s.customer_id = t.customer_id AND s.line = t.line AND s.role = 'A'
       AND s.valid_from <= %(day)s AND (s.valid_to IS NULL OR s.valid_to > %(day)s)
 WHERE t.state <> 'withdrawn' AND t.first_due_on BETWEEN %(begin)s AND %(end)s
"""


def counted_anew() -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(ANEW, {"day": DELIVERED_ON, "begin": BEGIN, "end": END})
        return cursor.fetchall()


class Work:
    """Two branches below a head office with tasks of every way to end, at and around the edges."""

    def __init__(self) -> None:
        BusinessDateFactory()
        self.top = BranchFactory(level="head_office")
        self.west, self.east = (BranchFactory(sub_branch=True, parent=self.top) for _n in range(2))
        self.officer = StaffFactory(post="risk_officer", branch=self.top)
        self.head = StaffFactory(post="branch_head", branch=self.west)
        for branch, often in ((self.west, 2), (self.east, 1)):
            for _n in range(often):
                self._customer(branch)

    def _customer(self, branch) -> None:
        customer = CustomerFactory(branch=branch)
        manager = StaffFactory(post="account_manager", branch=branch)
        ResponsibilityFactory(customer=customer, staff=manager)
        day = DELIVERED_ON
        nobodys = CustomerFactory(branch=branch)
        for given in (
            {"first_due_on": day, "submitted_on": day, "state": "submitted"},
            {"first_due_on": day - timedelta(days=1), "submitted_on": day, "state": "submitted"},
            # A later date was granted: it stays late.
            {"first_due_on": BEGIN, "due_on": day, "submitted_on": BEGIN + timedelta(days=3), "state": "returned"},
            {"first_due_on": day},
            {"first_due_on": day - timedelta(days=1)},
            {"first_due_on": END, "kind": "special"},
            {"first_due_on": BEGIN, "state": "ended", "done_on": day},
            {"first_due_on": BEGIN, "state": "ended", "submitted_on": BEGIN, "done_on": day},
            {"first_due_on": BEGIN, "submitted_on": BEGIN, "done_on": day, "state": "approved", "customer": nobodys},
            {"first_due_on": BEGIN - timedelta(days=1)},
            {"first_due_on": END + timedelta(days=1)},
            {"first_due_on": day, "state": "withdrawn", "withdrawn_on": day, "withdraw_reason": "settled"},
        ):
            InspectionTaskFactory(**{"customer": customer, "due_on": given["first_due_on"], **given})


def links(page, path="/coverage/rows") -> list[tuple[str, int]]:
    """Every number of the page that leads to rows, with its address."""
    found = re.findall(rf'href="({path}\?[^"]*)"[^>]*>(?:<div.*?<span class="k">)?\s*([\d,]+)<', page, re.DOTALL)
    return [(unescape(href), int(n.replace(",", ""))) for href, n in found]


def test_the_figures_are_those_of_other_sql():
    work = Work()
    page = logged_in(work.officer).get(f"/coverage?{DAYS}")
    anew = counted_anew()
    assert len(anew) == 27
    assert len({way for *_rest, way in anew}) == 5
    for cut, column in (("branch", 0), ("person", 1), ("kind", 2)):
        table = next(one for one in page.context["cuts"] if one["code"] == cut)
        for count in COUNTS:
            wanted: dict = {}
            for row in anew:
                if count in ("planned", row[3]):
                    wanted[row[column]] = wanted.get(row[column], 0) + 1
            said = sorted(row["part"].counts[count] for row in table["rows"] if row["part"].counts[count])
            assert said == sorted(wanted.values()), (cut, count)
            assert page.context["total"]["part"].counts[count] == sum(wanted.values())


def test_every_number_opens_as_many_rows():
    work = Work()
    client = logged_in(work.officer)
    found = links(client.get(f"/coverage?{DAYS}").content.decode())
    assert len(found) > 30
    for href, n in found:
        assert client.get(href).context["page"].paginator.count == n, href


def test_coverage_and_timeliness_are_rates_of_what_was_owed_and_of_what_fell_due():
    work = Work()
    total = logged_in(work.officer).get(f"/coverage?{DAYS}").context["total"]
    counts = total["part"].counts
    assert counts == {"planned": 27, "in_time": 6, "late": 6, "overdue": 3, "to_come": 6, "ended": 6}
    assert (total["covered"], total["timely"]) == ("57.14%", "40.00%")


def test_a_head_sees_the_own_branch_and_nothing_else():
    work = Work()
    client = logged_in(work.head)
    context = client.get(f"/coverage?{DAYS}").context
    branches = next(one for one in context["cuts"] if one["code"] == "branch")["rows"]
    assert [row["part"].name for row in branches] == [work.west.name]
    assert client.get(f"/coverage/rows?{DAYS}&branch={work.east.pk}").context["page"].paginator.count == 0


def test_a_name_narrows_the_page_to_it_and_can_be_left_again():
    work = Work()
    client = logged_in(work.officer)
    first = client.get(f"/coverage?{DAYS}").context["cuts"][1]["rows"][0]
    narrowed = client.get(first["href"])
    assert narrowed.context["total"]["part"].counts == first["part"].counts
    assert first["part"].name in narrowed.content.decode()
    whole = client.get("/coverage" + unescape(narrowed.context["named"][0][2]))
    assert whole.context["total"]["part"].counts["planned"] == 27


def test_a_customer_nobody_answers_for_is_a_row_of_its_own():
    work = Work()
    rows = logged_in(work.officer).get(f"/coverage?{DAYS}").context["cuts"][1]["rows"]
    nobody = next(row for row in rows if row["part"].key == "nobody")
    assert nobody["part"].counts["planned"] == 3


def test_excel_holds_the_table_and_the_rows_and_is_recorded():
    work = Work()
    client = logged_in(work.officer)
    answer = client.post("/coverage/export", {"query": DAYS, "cut": "branch"})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert {(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2, max_row=3)} == {
        (work.west.name, 18),
        (work.east.name, 9),
    }
    answer = client.post("/coverage/export", {"query": f"{DAYS}&count=overdue"})
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    numbers = {sheet.cell(row=n, column=1).value for n in (2, 3, 4)}
    assert InspectionTask.objects.filter(task_no__in=numbers, submitted_on=None, state="planned").count() == 3
    assert Event.objects.filter(code="reporting.exported", actor=work.officer).count() == 2


def test_nothing_due_is_said_and_a_condition_that_cannot_be_read_is_left_out():
    work = Work()
    client = logged_in(work.officer)
    empty = client.get("/coverage?begin=2031-01-01&end=2031-03-31")
    assert empty.status_code == 200
    assert empty.context["total"]["covered"] is None
    assert client.get("/coverage?begin=x&within=nowhere&person=me&count=all").context["total"]["part"].counts["planned"]
    assert client.get(f"/coverage/rows?begin={END}&end={BEGIN}").status_code == 200


def test_the_page_takes_as_many_queries_however_much_there_is(django_assert_max_num_queries):
    work = Work()
    client = logged_in(work.officer)
    client.get(f"/coverage?{DAYS}")
    with django_assert_max_num_queries(60) as one:
        client.get(f"/coverage?{DAYS}")
    for _n in range(3):
        work._customer(work.east)
    with django_assert_max_num_queries(len(one.captured_queries)):
        client.get(f"/coverage?{DAYS}")


# ── why reports went back ─────────────────────────────────────────────────────────────────────────────────


def test_reasons_of_returns_are_counted_and_open_their_rows():
    bank = handed_in()
    decided(bank, "send_back", bank.head, comment="请补充产量", return_reason="copied")
    report = bank.report
    for number, reason in enumerate(["copied", "evidence", ""], start=2):
        Decision.objects.create(
            report=report, submission=number, step=1, kind="send_back", comment="x", return_reason=reason,
            decided_by=bank.head, decided_on=DELIVERED_ON, decided_at=MOMENT, content_hash="0" * 64,
        )  # fmt: skip
    client = logged_in(bank.officer)
    page = client.get(f"/coverage?{DAYS}")
    assert [row["n"] for row in page.context["reasons"]["rows"]] == [2, 1, 1]
    found = links(page.content.decode(), "/coverage/returns")
    assert [n for _href, n in found] == [2, 1, 1, 4]
    for href, n in found:
        assert client.get(href).context["page"].paginator.count == n
    assert "请补充产量" in client.get(found[0][0]).content.decode()
    assert client.get("/coverage?begin=2020-01-01&end=2020-03-31").context["reasons"]["n"] == 0
    other = StaffFactory(post="branch_head", branch=BranchFactory(sub_branch=True))
    assert logged_in(other).get(f"/coverage?{DAYS}").context["reasons"]["n"] == 0
