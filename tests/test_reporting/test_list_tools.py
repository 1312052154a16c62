"""What a person keeps about the lists: named filters, a default, columns and density. And how far a list counts."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from postloan.reporting import paging, services
from postloan.reporting.columns import CUSTOMERS, LOANS
from postloan.reporting.models import ListLayout, SavedFilter
from postloan.reporting.queries import totals
from tests.factories import StaffFactory
from tests.test_reporting.conftest import state_of


def saved(staff, **columns) -> SavedFilter:
    given = {"list_name": "loans", "name": "Late", "query": "band=overdue", "saved_at": timezone.now()}
    return SavedFilter.objects.create(staff=staff, **{**given, **columns})


def columns_of(client, address: str) -> list[str]:
    return [column.key for column in client.get(address).context["columns"]]


def test_a_query_is_saved_under_a_name_and_is_found_again(bank, reader):
    client = reader(bank.head)
    answer = client.post("/loans/filters", {"name": "Late, large", "query": "page=3&band=overdue&sort=-balance&q="})

    assert answer.headers["Location"] == "/loans?band=overdue&sort=-balance"
    page = client.get(answer.headers["Location"])
    assert page.context["used"].name == "Late, large"
    assert [one.name for one in page.context["saved"]] == ["Late, large"]
    assert client.get("/customers?all=1").context["saved"] == []


def test_saving_under_the_same_name_replaces_the_filter(bank):
    for query in ("band=overdue", "floor=npl"):
        services.save_filter(list_name="loans", name="Mine", query=query, is_default=False, acting_user=bank.head)

    assert SavedFilter.objects.get().query == "floor=npl"


@pytest.mark.parametrize("query", ["", "page=2", "all=1&totals=1", "q="])
def test_without_a_condition_there_is_nothing_to_save(bank, reader, query):
    answer = reader(bank.head).post("/loans/filters", {"name": "Nothing", "query": query}, follow=True)

    assert "Set a condition or an order first" in answer.content.decode()
    assert not SavedFilter.objects.exists()


def test_a_filter_without_a_name_and_one_too_many_are_refused(bank, reader):
    client = reader(bank.head)
    assert "Give the filter a name" in client.post("/loans/filters", {"query": "q=1"}, follow=True).content.decode()
    for number in range(services.MOST_SAVED):
        saved(bank.head, name=str(number))
    answer = client.post("/loans/filters", {"name": "One more", "query": "q=1"}, follow=True)
    assert "delete one first" in answer.content.decode()
    assert SavedFilter.objects.count() == services.MOST_SAVED


def test_the_default_is_applied_when_the_list_is_opened_plainly_and_only_then(bank, reader):
    client = reader(bank.head)
    one = saved(bank.head)
    assert client.post(f"/filters/{one.pk}", {"change": "default"}).status_code == 302

    assert client.get("/loans").headers["Location"] == "/loans?band=overdue"
    assert client.get("/loans?all=1").status_code == 200
    assert client.get("/loans?floor=npl").status_code == 200
    assert client.get("/customers").status_code == 200
    client.post(f"/filters/{one.pk}", {"change": "default"})
    assert client.get("/loans").status_code == 200


def test_a_new_default_takes_the_place_of_the_former(bank):
    former = saved(bank.head, is_default=True)
    services.save_filter(list_name="loans", name="New", query="floor=npl", is_default=True, acting_user=bank.head)

    former.refresh_from_db()
    assert not former.is_default
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedFilter.objects.update(is_default=True)


def test_a_filter_is_deleted_by_its_owner_only(bank, reader):
    one = saved(bank.head)
    stranger = StaffFactory(branch=bank.here, post="branch_head")

    assert reader(stranger).post(f"/filters/{one.pk}", {"change": "delete"}).status_code == 404
    assert reader(stranger).get("/loans?all=1").context["saved"] == []
    reader(bank.head).post(f"/filters/{one.pk}", {"change": "delete"})
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("wrong", [{"name": ""}, {"query": ""}, {"list_name": "staff"}])
def test_a_saved_filter_has_a_list_a_name_and_a_query(bank, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(bank.head, **wrong)


def test_a_name_is_used_once_a_person_and_list(bank):
    saved(bank.head)
    saved(bank.head, list_name="customers")
    saved(StaffFactory(branch=bank.here))
    with pytest.raises(IntegrityError), transaction.atomic():
        saved(bank.head)


@pytest.mark.parametrize("wrong", [{"list_name": "staff"}, {"density": "huge"}])
def test_a_layout_is_of_a_known_list_and_density(bank, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ListLayout.objects.create(staff=bank.head, **{"list_name": "loans", "columns": [], **wrong})


def test_the_columns_chosen_are_shown_in_the_order_of_the_list(bank, reader):
    client = reader(bank.head)
    assert columns_of(client, "/loans?all=1") == [column.key for column in LOANS.shown(None)]
    client.post("/loans/layout", {"columns": ["account", "days"], "density": "compact", "query": "band=overdue"})

    page = client.get("/loans?all=1")
    assert columns_of(client, "/loans?all=1") == ["loan", "customer", "balance", "days", "account"]
    assert "density-compact" in page.content.decode()
    assert bank.current.loan.account_no in page.content.decode()
    client.post("/loans/layout", {"reset": "1"})
    assert columns_of(client, "/loans?all=1") == [column.key for column in LOANS.shown(None)]
    assert not ListLayout.objects.exists()


@pytest.mark.parametrize("of", [LOANS, CUSTOMERS], ids=lambda of: of.name)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_column_is_drawn_with_a_head_and_a_cell_in_every_row(bank, reader, of, language):
    ListLayout.objects.create(staff=bank.head, list_name=of.name, columns=of.keys)
    page = reader(bank.head, language).get(f"/{of.name}?all=1")
    content = page.content.decode()
    body = content.partition("<tbody>")[2].partition("</tbody>")[0]

    assert content.partition("<thead>")[2].partition("</thead>")[0].count("<th ") == len(of.columns)
    assert body.count("<td") == len(of.columns) * len(page.context["rows"]) > 0


def test_a_column_that_is_no_more_is_left_out(bank, reader):
    ListLayout.objects.create(staff=bank.head, list_name="customers", columns=["gone", "kind"])

    assert columns_of(reader(bank.head), "/customers?all=1") == ["name", "number", "kind"]


# ── how far a list counts ─────────────────────────────────────────────────────────────────────────────────


def test_a_long_list_is_counted_to_a_limit_and_has_no_total_of_a_part(bank, reader, monkeypatch):
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    page = reader(bank.head).get("/loans?all=1")

    assert page.context["totals"] == ()
    assert "More than 2 rows" in page.content.decode()
    everything = reader(bank.head).get("/loans?all=1&totals=1").context
    assert [(total.currency, total.loans) for total in everything["totals"]] == [("CNY", 3)]


def test_customers_of_a_whole_bank_are_not_sorted_by_what_is_added_up(bank, reader, monkeypatch):
    client = reader(bank.head)
    assert not client.get("/customers?sort=-balance").context["is_not_sorted"]
    monkeypatch.setattr(paging, "MOST_COUNTED", 2)
    page = client.get("/customers?sort=-balance")

    assert (page.context["sort"], page.context["is_not_sorted"]) == ("number", True)
    assert "cannot be sorted by what they owe" in page.content.decode()
    assert client.get("/customers?sort=-name").context["sort"] == "-name"


def test_totals_are_added_up_by_currency(bank, reader):
    state_of(bank.here, currency="USD", overdue=True)
    page = reader(bank.head).get("/loans?all=1")

    assert totals.currencies_of_the_book() == ["CNY", "USD"]
    assert [(total.currency, total.loans) for total in page.context["totals"]] == [("CNY", 3), ("USD", 1)]
    assert sum(total.balance for total in page.context["totals"]) == sum(
        row["state"].principal_balance for row in page.context["rows"]
    )


def test_a_number_is_found_in_small_letters_too(bank, reader):
    client = reader(bank.head)
    loan, customer = bank.current.loan, bank.current.customer
    type(loan).objects.filter(pk=loan.pk).update(loan_no="AB-77001")
    type(customer).objects.filter(pk=customer.pk).update(name="Nordwind 海运", customer_no="KD9001")

    for text in ("ab-77", "kd9001", "nordWIND", "海运"):
        assert [row["state"].pk for row in client.get("/loans", {"q": text}).context["rows"]] == [bank.current.pk], text
    for text in ("ab-77", "kd90", "nordwind", "海运"):
        assert client.get("/search", {"q": text}).status_code == 302, text
