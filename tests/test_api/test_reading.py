"""What other systems read: rows of their branch, in pages, by business numbers, masked; else a problem."""

from datetime import date
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from postloan.core.models import PersonalDataAccess
from tests.factories import BusinessDateFactory, CustomerFactory, LoanFactory, LoanStateFactory, ParameterFactory

LISTS = ("customers", "loans", "todos", "notices", "runs")


def numbers(answer, name: str) -> set[str]:
    return {row[name] for row in answer.json()["results"]}


def problem(answer, status: int) -> dict:
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    said = answer.json()
    assert (said["type"], said["status"]) == ("about:blank", status)
    assert said["title"]
    assert said["instance"].startswith("/api/")
    return said


def test_a_system_reads_its_branch_and_below(bank, system):
    read = system("west")

    assert numbers(read("/customers"), "customer_no") == {
        bank.customers[name].customer_no for name in ("steel", "bakery", "mill")
    }
    assert bank.loans["port"].loan_no not in numbers(read("/loans"), "loan_no")
    assert numbers(system("west", scope="branch")("/customers"), "customer_no") == {
        bank.customers[name].customer_no for name in ("steel", "bakery")
    }


def test_a_system_of_the_head_office_reads_the_whole_bank(bank, system):
    assert numbers(system("root")("/loans"), "loan_no") == {loan.loan_no for loan in bank.loans.values()}


@pytest.mark.parametrize("name", ["customers/{customer_no}", "loans/{loan_no}", "todos/{todo}", "notices/{notice}"])
def test_what_lies_beyond_the_branch_is_not_there(bank, system, name):
    path = "/" + name.format(**bank.about)

    assert system("west")(path).status_code == 200
    assert problem(system("west_sub")(path), 404)["detail"]


def test_the_branch_that_books_a_loan_reads_it_without_its_customer(bank, system):
    read = system("east")

    assert read(f"/loans/{bank.loans['booked'].loan_no}").status_code == 200
    problem(read(f"/customers/{bank.customers['steel'].customer_no}"), 404)


@pytest.mark.parametrize("resource", LISTS)
def test_a_token_reads_what_it_was_issued_for_and_nothing_else(bank, system, resource):
    read = system("root", resources=[resource])

    for name in LISTS:
        answer = read(f"/{name}")
        if name == resource:
            assert answer.status_code == 200
        else:
            problem(answer, 403)


def test_runs_of_extracts_are_read_by_whoever_may_open_the_page_of_the_extracts(bank, system, log_in):
    night, extract = bank.about["night_job"], bank.about["import_run"]
    for who in ("branch_head", "risk_officer", "data_officer", "auditor"):
        client = log_in(who)
        may = client.get("/extracts").status_code == 200
        assert may == (who in {"data_officer", "auditor"})
        assert numbers(client.get("/api/v1/runs"), "number") == ({night, extract} if may else {night})
        assert client.get(f"/api/v1/runs/{extract}").status_code == (200 if may else 404)


def test_a_token_reads_runs_of_extracts_where_it_sees_the_whole_bank(bank, system):
    night, extract = bank.about["night_job"], bank.about["import_run"]

    assert numbers(system("root", scope="below")("/runs"), "number") == {night, extract}
    assert numbers(system("west", scope="below")("/runs"), "number") == {night}
    assert numbers(system("root", scope="branch", system="ledger")("/runs"), "number") == {night}


@pytest.mark.parametrize("token", [{"revoked": True}, {"expired": True}])
def test_a_token_that_ended_is_refused(bank, system, token):
    answer = system("root", **token)("/loans")

    problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer nonsense", "Bearer ", "Basic dXNlcjpwYXNz", "plt_secret_of_west_0", ""])
def test_what_is_no_token_is_refused_also_beside_a_session(bank, log_in, header):
    client = log_in("risk_officer")

    assert client.get("/api/v1/loans").status_code == 200
    problem(client.get("/api/v1/loans", headers={"Authorization": header}), 401)
    problem(Client().get("/api/v1/loans"), 401)


def test_a_person_reads_with_the_rights_of_the_pages(bank, log_in):
    answer = log_in("manager").get("/api/v1/customers")

    assert numbers(answer, "customer_no") == {bank.customers[name].customer_no for name in ("steel", "mill")}
    problem(log_in("security").get("/api/v1/customers"), 403)


def test_personal_data_is_masked_and_nothing_is_recorded_as_shown(bank, system):
    customer = bank.customers["steel"]
    read = system("west")
    one = read(f"/customers/{customer.customer_no}").json()
    everything = read("/customers").content.decode() + str(one)

    assert "****" in one["id_number"]
    assert "****" in one["phone"]
    assert {row["staff_no"] for row in one["responsible"]} == {
        bank.people["manager"].staff_no,
        bank.people["assistant"].staff_no,
    }
    for clear in (customer.id_number, customer.phone, customer.address, customer.service_address):
        assert clear not in everything
    assert not PersonalDataAccess.objects.exists()


def test_a_loan_tells_its_state_with_amounts_as_text_and_what_is_not_known_as_null(bank, system):
    loan = LoanFactory(customer=bank.customers["steel"])
    never_closed = LoanFactory(customer=bank.customers["steel"])
    LoanStateFactory(
        loan=loan, overdue=True, principal_balance=Decimal("12345678.90"), overdue_interest=None, manager=None
    )
    read = system("west")
    state = read(f"/loans/{loan.loan_no}").json()["state"]

    assert (state["principal_balance"], state["overdue_interest"], state["manager_no"]) == ("12345678.90", None, None)
    assert state["days_overdue"] > 0
    assert read(f"/loans/{never_closed.loan_no}").json()["state"] is None


def test_pages_are_followed_to_the_end_without_a_gap_or_a_repetition(bank, system):
    for _ in range(7):
        CustomerFactory(branch=bank.branches["west"])
    read, found, pages = system("west"), [], 0
    answer = read("/customers", page_size=3).json()
    while True:
        pages += 1
        found += [row["customer_no"] for row in answer["results"]]
        if pages == 1:
            # One more in front and one behind while somebody reads: nothing moves.
            CustomerFactory(branch=bank.branches["west"], customer_no="0000")
        if answer["next"] is None:
            break
        assert answer["next"].startswith("http://testserver/api/v1/customers?")
        answer = read("/customers", **dict(parse_qsl(answer["next"].partition("?")[2]))).json()

    assert len(found) == len(set(found)) == 10
    assert found == sorted(found)
    assert pages == 4


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/loans", {"overdue": "true"}, 1),
        ("/loans", {"overdue": "false"}, 5),
        ("/loans", {"band": "days_31_60"}, 1),
        ("/loans", {"floor": "normal"}, 5),
        ("/loans", {"status": "active"}, 6),
        ("/loans", {"matures_by": "2000-01-01"}, 0),
        ("/loans", {"matures_from": "2000-01-01"}, 6),
        ("/loans", {"changed_since": "2000-01-01"}, 6),
        ("/customers", {"kind": "farmer"}, 0),
        ("/customers", {"changed_since": "2099-01-01"}, 0),
        ("/todos", {"state": "done", "due_by": "2099-01-01"}, 0),
        ("/todos", {"kind": "maturity_notice"}, 1),
        ("/notices", {"withdrawn": "false"}, 1),
        ("/notices", {"raised_since": "2099-01-01"}, 0),
        ("/runs", {"job": "run_night"}, 1),
        ("/runs", {"state": "failed"}, 0),
    ],
)
def test_conditions_narrow_a_list(bank, system, path, query, expected):
    LoanStateFactory(loan=LoanFactory(customer=bank.customers["steel"]), overdue=True)
    assert len(system("west")(path, **query).json()["results"]) == expected


def test_conditions_by_number_find_exactly_these(bank, system):
    read = system("west")
    steel, loan = bank.customers["steel"], bank.loans["steel"]

    assert {row["customer_no"] for row in read("/loans", customer=steel.customer_no).json()["results"]} == {
        steel.customer_no
    }
    assert numbers(read("/customers", branch=bank.branches["west_sub"].branch_code), "customer_no") == {
        bank.customers["mill"].customer_no
    }
    assert numbers(read("/notices", loan=loan.loan_no), "loan_no") == {loan.loan_no}
    assert numbers(read("/todos", assignee=bank.people["manager"].staff_no), "assignee_no") == {
        bank.people["manager"].staff_no
    }
    assert numbers(read("/todos", loan=loan.loan_no, customer=steel.customer_no), "loan_no") == {loan.loan_no}
    assert numbers(read("/runs", business_date="1999-01-01"), "number") == set()


@pytest.mark.parametrize(
    "query", [{"overdue": "maybe"}, {"matures_by": "soon"}, {"colour": "red"}, {"changed_since": "2026-02-30"}]
)
def test_a_condition_that_is_not_known_or_cannot_be_read_is_refused(bank, system, query):
    said = problem(system("west")("/loans", **query), 400)

    assert set(said["errors"]) == set(query)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_the_interface_only_reads(bank, log_in, method):
    answer = getattr(log_in("risk_officer"), method)("/api/v1/loans")

    problem(answer, 405)
    assert answer.headers["Allow"] == "GET"


def test_an_address_that_is_none_is_a_problem_too(bank, log_in):
    problem(log_in("risk_officer").get("/api/v1/nothing"), 404)
    problem(log_in("risk_officer").get("/api/v1/todos/abc"), 404)


def test_more_requests_than_the_bank_allows_are_told_when_to_come_again(bank, system):
    ParameterFactory(key="api.requests_a_minute", value=2, valid_from=date(2020, 1, 1))
    read, other = system("west"), system("east")

    assert [read("/runs").status_code for _ in range(3)] == [200, 200, 429]
    answer = read("/runs")
    problem(answer, 429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert other("/runs").status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_same_number_of_questions_however_long_it_is(bank, system, name):
    read = system("root")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert read(f"/{name}").status_code == 200
        return len(captured)

    queries()
    few = queries()
    for _ in range(6):
        LoanStateFactory(loan=LoanFactory(customer=CustomerFactory(branch=bank.branches["west"])), overdue=True)
    assert queries() == few


def test_days_overdue_are_not_known_before_the_first_night(bank, system):
    BusinessDateFactory._meta.model.objects.update(closed_at=None)
    loan = bank.loans["steel"]

    assert system("west")(f"/loans/{loan.loan_no}").json()["state"]["days_overdue"] is None
