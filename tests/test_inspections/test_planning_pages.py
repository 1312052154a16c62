"""The pages of planning: lists in scope, figures equal to their rows, requests and orders through the browser."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from postloan.inspections.models import InspectionTask, Policy
from postloan.inspections.services import visits
from postloan.inspections.services.policies import policy_on, rules_of
from tests.factories import (
    BranchFactory,
    BusinessDateFactory,
    CustomerFactory,
    InspectionTaskFactory,
    LoanFactory,
    ResponsibilityFactory,
    StaffFactory,
)
from tests.test_collections.book import log_in

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


@pytest.fixture
def here():
    BusinessDateFactory(date=DAY)
    root = BranchFactory()
    branch = BranchFactory(parent=root, tier2=True)
    manager = StaffFactory(post="account_manager", branch=branch)
    customer = CustomerFactory(branch=branch, region="澜州市海棠区")
    ResponsibilityFactory(customer=customer, staff=manager)
    return {
        "root": root,
        "branch": branch,
        "manager": manager,
        "customer": customer,
        "head": StaffFactory(post="branch_head", branch=branch),
        "risk": StaffFactory(post="risk_officer", branch=root),
        "other_risk": StaffFactory(post="risk_officer", branch=root),
    }


browser = log_in


def tasks_by_state(here):
    at = {"late": -1, "soon": 3, "far": 20}
    made = {
        name: InspectionTaskFactory(customer=here["customer"], due_on=DAY + timedelta(days=days))
        for name, days in at.items()
    }
    made["returned"] = InspectionTaskFactory(
        customer=here["customer"], due_on=DAY - timedelta(days=2), state="returned", submitted_on=DAY
    )
    made["submitted"] = InspectionTaskFactory(
        customer=here["customer"], due_on=DAY - timedelta(days=2), state="submitted", submitted_on=DAY
    )
    made["foreign"] = InspectionTaskFactory(due_on=DAY)
    return made


def shown(response):
    return {row["task"].pk for row in response.context["rows"]}


def test_each_figure_equals_the_rows_behind_it(here):
    made = tasks_by_state(here)
    client = browser(here["head"])
    counts = client.get(reverse("inspections:tasks")).context["counts"]
    soon = f"?state=to_do&due_from={DAY}&due_to={DAY + timedelta(days=7)}"
    for name, query in {
        "late": "?state=late",
        "soon": soon,
        "drafting": "?state=drafting",
        "returned": "?state=returned",
        "submitted": "?state=submitted",
    }.items():
        assert len(shown(client.get(reverse("inspections:tasks") + query))) == counts[name], name
    assert counts == {"late": 2, "soon": 1, "drafting": 0, "returned": 1, "submitted": 1}
    assert made["foreign"].pk not in shown(client.get(reverse("inspections:tasks") + "?state=all"))


def test_the_list_takes_the_same_number_of_queries_for_one_row_and_for_many(here):
    client = browser(here["head"])
    InspectionTaskFactory(customer=here["customer"], due_on=DAY)
    client.get(reverse("inspections:tasks"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("inspections:tasks"))
    InspectionTaskFactory.create_batch(20, customer=here["customer"], due_on=DAY)
    with CaptureQueriesContext(connection) as many:
        assert len(shown(client.get(reverse("inspections:tasks")))) == 21
    assert len(many) == len(one)


def test_a_manager_opens_the_list_with_the_own_ones(here):
    mine = InspectionTaskFactory(customer=here["customer"], due_on=DAY)
    response = browser(here["manager"]).get(reverse("inspections:tasks"))
    assert shown(response) == {mine.pk}


def test_the_route_gathers_visits_by_place(here):
    InspectionTaskFactory(customer=here["customer"], due_on=DAY + timedelta(days=2))
    InspectionTaskFactory(customer=here["customer"], due_on=DAY + timedelta(days=2), place="off_site")
    stops = browser(here["manager"]).get(reverse("inspections:route")).context["stops"]
    assert [(one["stop"].region, len(one["rows"])) for one in stops] == [("澜州市海棠区", 1)]


def test_the_route_of_a_chosen_day_has_one_row_a_visit_and_the_address_as_pages_show_it(here):
    here["customer"].service_address = "澜州市海棠区海棠路 18 号 3 幢"
    here["customer"].save()
    first = InspectionTaskFactory(customer=here["customer"], due_on=DAY + timedelta(days=20))
    other = InspectionTaskFactory(customer=here["customer"], kind="special", due_on=DAY + timedelta(days=22))
    visits.open_visit([first, other], acting_user=here["manager"])
    client = browser(here["manager"])
    assert client.get(reverse("inspections:route")).context["stops"] == []
    page = client.get(reverse("inspections:route"), {"on": (DAY + timedelta(days=21)).isoformat()})
    (stop,) = page.context["stops"]
    (row,) = stop["rows"]
    assert row["tasks"] == [first, other]
    assert row["late"] == 1
    assert row["address"] == "澜州市海棠区****"
    assert "海棠路 18 号" not in page.content.decode()


def test_a_request_is_made_and_granted_through_the_pages(here):
    task = InspectionTaskFactory(customer=here["customer"], due_on=DAY + timedelta(days=2))
    manager, head = browser(here["manager"]), browser(here["head"])
    address = reverse("inspections:ask", args=[task.pk])
    wrong = manager.post(address, {"kind": "delay", "reason": "停产检修"})
    assert wrong.status_code == 422
    new = DAY + timedelta(days=20)
    assert manager.post(address, {"kind": "delay", "new_due_on": new, "reason": "停产检修"}).status_code == 302
    request = task.requests.get()
    page = head.get(reverse("inspections:task", args=[task.pk]))
    assert page.context["may_decide"]
    assert not manager.get(reverse("inspections:task", args=[task.pk])).context["may_decide"]
    head.post(reverse("inspections:decide_request", args=[request.pk]), {"grant": "1"})
    task.refresh_from_db()
    assert task.due_on == new


def test_a_task_of_another_branch_is_not_there(here):
    foreign = InspectionTaskFactory()
    for name in ("task", "ask", "bundle", "leave_visit"):
        client = browser(here["manager"])
        address = reverse(f"inspections:{name}", args=[foreign.pk])
        answer = client.get(address) if name == "task" else client.post(address, {"kind": "end", "reason": "x"})
        assert answer.status_code == 404, name


def test_an_order_is_looked_at_before_it_is_given(here):
    LoanFactory(customer=here["customer"])
    client = browser(here["head"])
    data = {
        "numbers": f"{here['customer'].customer_no}，C-unknown",
        "reason": "行业风险排查",
        "due_on": DAY + timedelta(days=10),
        "place": "on_site",
        "people": "2",
    }
    response = client.post(reverse("inspections:order"), data)
    assert [row.state for row in response.context["rows"]] == ["ok", "unknown"]
    assert InspectionTask.objects.count() == 0
    assert client.post(reverse("inspections:order"), {**data, "order": "1"}).status_code == 302
    assert InspectionTask.objects.get().kind == "special"


def policy_data(client, **changed):
    rows = client.get(reverse("inspections:edit_policy")).context["rows"]
    data = {"r-TOTAL_FORMS": rows.total_form_count(), "r-INITIAL_FORMS": rows.initial_form_count()}
    for form in rows.initial_forms:
        for name, value in form.initial.items():
            if value not in (None, "", []):
                data[f"{form.prefix}-{name}"] = value
    for form in rows.extra_forms:
        data |= {f"{form.prefix}-place": "on_site", f"{form.prefix}-people": "2"}
    return {**data, "valid_from": DAY + timedelta(days=30), "reason": "缩短周期", **changed}


def test_a_new_policy_takes_two_people(here):
    maker, second = browser(here["risk"]), browser(here["other_risk"])
    data = policy_data(maker)
    place = next(name for name, value in data.items() if name.endswith("-position") and value == 200)
    data[place.replace("position", "periodic_every_days")] = 60
    assert maker.post(reverse("inspections:edit_policy"), data).status_code == 302
    new = Policy.objects.get(version=2)
    page = second.get(reverse("inspections:policy_version", args=[new.pk]))
    assert [(one["position"], one["columns"]) for one in page.context["changes"]] == [(200, ["periodic_every_days"])]
    decide = reverse("inspections:decide_policy", args=[new.pk])
    maker.post(decide, {"seen": new.content_hash, "approve": "1"})
    new.refresh_from_db()
    assert new.state == "submitted"
    second.post(decide, {"seen": "0" * 64, "approve": "1"})
    new.refresh_from_db()
    assert new.state == "submitted"
    second.post(decide, {"seen": new.content_hash, "approve": "1"})
    new.refresh_from_db()
    assert (new.state, new.decided_by) == ("approved", here["other_risk"])
    assert policy_on(DAY).version == 1
    assert policy_on(DAY + timedelta(days=30)).version == 2
    assert next(rule for rule in rules_of(new) if rule.position == 200).periodic_every_days == 60


def test_a_policy_cannot_hold_from_a_closed_day_or_with_two_lines_in_one_place(here):
    client = browser(here["risk"])
    assert client.post(reverse("inspections:edit_policy"), policy_data(client, valid_from=DAY)).status_code == 422
    data = policy_data(client)
    data["r-0-position"] = data["r-1-position"]
    assert client.post(reverse("inspections:edit_policy"), data).status_code == 422
    assert Policy.objects.count() == 1


def test_a_risk_officer_of_one_branch_does_not_change_the_policy_of_the_bank(here):
    local = StaffFactory(post="risk_officer", branch=here["branch"])
    assert browser(local).get(reverse("inspections:edit_policy")).status_code == 403
