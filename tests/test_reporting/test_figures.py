"""Every figure that counts loans is a link, and the link shows exactly these loans."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from postloan.reporting.queries.book import Figures, Tally
from tests.factories import CustomerFactory, LoanFactory, LoanStateFactory, StaffFactory
from tests.test_reporting.conftest import LANGUAGES, state_of


def tallies(context) -> Iterator[Tally]:
    for one in context["figures"]:
        figures: Figures = one["figures"]
        yield from (figures.book, figures.overdue, figures.non_performing, figures.maturing)
        yield from (tally for _step, tally in figures.bands)
        yield from (tally for _code, tally in figures.floors)
        yield from (tally for _start, tally in one["weeks"])


def first_figures(client) -> Figures:
    return client.get("/overview").context["figures"][0]["figures"]


def test_the_four_figures_count_what_is_in_the_books_and_in_scope(bank, reader):
    figures = first_figures(reader(bank.head))

    assert (figures.book.loans, figures.book.balance) == (3, Decimal("1230.33"))
    assert (figures.overdue.loans, figures.overdue.balance) == (2, Decimal("230.23"))
    assert (figures.non_performing.loans, figures.non_performing.balance) == (1, Decimal("30.03"))
    assert (figures.maturing.loans, figures.maturing.balance) == (1, Decimal("1000.10"))


def test_each_figure_is_a_link_to_exactly_the_loans_it_counts(bank, reader):
    state_of(bank.here, currency="USD", principal_balance=Decimal("9.00"))
    client = reader(bank.head)
    home = client.get("/overview")
    content = home.content.decode()
    checked = 0
    for tally in tallies(home.context):
        shown = client.get(tally.href).context
        assert shown["page"].paginator.count == tally.loans
        assert sum(row["state"].principal_balance for row in shown["rows"]) == tally.balance
        assert tally.href.replace("&", "&amp;") in content or not tally.loans
        checked += 1
    assert checked == 2 * (4 + 8 + 5 + 13)


def test_currencies_are_never_added_together(bank, reader):
    state_of(bank.here, currency="USD", principal_balance=Decimal("9.00"))

    figures = [one["figures"] for one in reader(bank.head).get("/overview").context["figures"]]

    assert [(one.currency, one.book.balance) for one in figures] == [
        ("CNY", Decimal("1230.33")),
        ("USD", Decimal("9.00")),
    ]


def test_the_bands_and_the_floors_add_up_to_the_book(bank, reader):
    figures = first_figures(reader(bank.head))

    for groups in (figures.bands, figures.floors):
        assert sum(tally.loans for _code, tally in groups) == figures.book.loans
        assert sum(tally.balance for _code, tally in groups) == figures.book.balance


def test_an_account_manager_counts_own_customers_only(bank, reader):
    manager = StaffFactory(branch=bank.here, post="account_manager")
    customer = CustomerFactory(branch=bank.here)
    customer.responsibilities.create(line="corporate", role="A", staff=manager, valid_from="2020-01-01")
    LoanStateFactory(loan=LoanFactory(customer=customer), principal_balance=Decimal("55.00"))

    assert first_figures(reader(manager)).book.balance == Decimal("55.00")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_customers_amounts_link_to_its_loans(bank, reader, language):
    client = reader(bank.head, language)
    page = client.get(f"/customers/{bank.overdue.customer_id}")

    [owed] = page.context["arrears"]
    for href in (owed["href"], owed["overdue_href"]):
        assert [row["state"].pk for row in client.get(href).context["rows"]] == [bank.overdue.pk]
