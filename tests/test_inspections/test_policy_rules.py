"""The policy table: the agreed cases, the first line that fits, and the same answer from the night's statement."""

import json
import random
from datetime import date
from decimal import Decimal

import pytest

from postloan.inspections.models import Policy
from postloan.inspections.rules_planning import (
    DEFAULT_RULES,
    LoanFacts,
    Rule,
    content_hash,
    first_due_on,
    is_drawn,
    minimum_visits_a_year,
    rule_for,
    shortened,
)
from postloan.inspections.services import night_tables, policies
from postloan.inspections.services.policies import policy_on, propose_policy, rules_of, ship_policy
from tests.factories import (
    BusinessDateFactory,
    CollateralFactory,
    CollateralLinkFactory,
    CustomerFactory,
    LoanFactory,
    LoanStateFactory,
    ProductFactory,
    StaffFactory,
)
from tests.factories.days import MOMENT


def facts(**values):
    given = {
        "line": "corporate",
        "customer_kind": "corporate",
        "product_family": "working_capital",
        "five_level_class": "normal",
        "security": "secured",
        "exposure": Decimal(1000),
    }
    return LoanFacts(**{**given, **values})


def test_each_line_of_the_shipped_table_has_a_place_of_its_own():
    assert len({rule.position for rule in DEFAULT_RULES}) == len(DEFAULT_RULES)


@pytest.mark.parametrize(
    ("values", "first", "every"),
    [
        ({}, 15, 90),
        ({"five_level_class": "special_mention"}, 15, 30),
        ({"five_level_class": "substandard"}, 15, 30),
        ({"five_level_class": "loss"}, 15, 90),
        ({"security": "low_risk"}, 15, 180),
        ({"security": "low_risk", "five_level_class": "special_mention"}, 15, 30),
        ({"product_family": "property_development"}, 15, 30),
        ({"product_family": "project"}, 15, 30),
        ({"line": "inclusive", "product_family": "small_business"}, 15, 90),
        ({"line": "personal", "product_family": "home_mortgage"}, 30, None),
        ({"line": "personal", "product_family": "personal_business", "exposure": Decimal("1000000.00")}, 30, 180),
        ({"line": "personal", "product_family": "personal_business", "exposure": Decimal("999999.99")}, 30, 365),
        ({"line": "personal", "product_family": "personal_consumption"}, 30, 365),
        ({"line": "rural", "security": ""}, 90, 365),
    ],
)
def test_the_shipped_table(values, first, every):
    rule = rule_for(facts(**values), DEFAULT_RULES)
    assert (rule.first_within_days, rule.periodic_every_days) == (first, every)


def agreed(shared, *names):
    path = next((shared / "cases").glob("rules.json"))
    cases = json.loads(path.read_text(encoding="utf-8"))
    found = [case for case in cases["cases"] if case["rule"] in names]
    assert found, names
    return found


@pytest.mark.shared_data
def test_the_agreed_cases_of_farmers(shared):
    securities = {"信用": "credit", "非信用": "secured"}
    for case in agreed(shared, "farmer_onsite_min_per_year"):
        given = case["input"]
        security = "low_risk" if given.get("security") else securities[given["guarantee"]]
        farmer = facts(line="rural", customer_kind="farmer", security=security, exposure=Decimal(given["limit"]))
        assert minimum_visits_a_year(rule_for(farmer, DEFAULT_RULES)) == case["expect"]["min"], case["id"]


@pytest.mark.shared_data
def test_the_agreed_cases_of_first_inspections(shared):
    for case in agreed(shared, "first_inspection_due"):
        rule = rule_for(facts(line="personal", product_family="personal_consumption"), DEFAULT_RULES)
        paid_on = date.fromisoformat(case["input"]["disbursed"])
        assert first_due_on(paid_on, rule.first_within_days) == date.fromisoformat(case["expect"]["due"]), case["id"]


def test_a_sample_is_drawn_anew_each_year_and_near_its_share():
    drawn = {year: {n for n in range(10_000) if is_drawn(n, year, 10)} for year in (2025, 2026)}
    assert all(900 <= len(found) <= 1100 for found in drawn.values())
    assert drawn[2025] != drawn[2026]
    assert is_drawn(1, 2026, None)


def test_a_date_is_only_ever_brought_forward():
    day = date(2026, 6, 1)
    assert shortened(date(2026, 8, 1), date(2026, 7, 1), day=day, notice_days=5) == date(2026, 7, 1)
    assert shortened(date(2026, 8, 1), date(2026, 5, 1), day=day, notice_days=5) == date(2026, 6, 6)
    assert shortened(date(2026, 6, 3), date(2026, 5, 1), day=day, notice_days=5) == date(2026, 6, 3)
    assert shortened(date(2026, 8, 1), date(2026, 9, 1), day=day, notice_days=5) == date(2026, 8, 1)


def test_a_changed_table_has_another_hash():
    changed = (*DEFAULT_RULES[:-1], Rule(200, first_within_days=31, periodic_every_days=90))
    assert content_hash(changed) != content_hash(DEFAULT_RULES)


@pytest.mark.django_db
def test_the_shipped_policy_is_in_force_and_is_the_table_in_code():
    assert content_hash(rules_of(policy_on(date(1993, 7, 1)))) == content_hash(DEFAULT_RULES)


@pytest.mark.django_db
def test_a_newer_table_of_the_product_is_shipped_only_while_the_bank_has_none_of_its_own(monkeypatch):
    BusinessDateFactory(date=date(2026, 6, 1), closed_at=MOMENT)
    assert ship_policy().version == 1
    newer = (*DEFAULT_RULES[:-1], Rule(200, first_within_days=31, periodic_every_days=90))
    monkeypatch.setattr(policies, "DEFAULT_RULES", newer)
    shipped = ship_policy()
    assert (shipped.version, shipped.valid_from, shipped.state) == (2, date(2026, 6, 2), "approved")
    assert policy_on(date(2026, 6, 1)).version == 1, "what is closed stays under the table it was planned by"
    assert content_hash(rules_of(policy_on(date(2026, 6, 2)))) == content_hash(newer)
    assert ship_policy() == shipped
    propose_policy(newer, valid_from=date(2026, 7, 1), reason="行内办法修订", acting_user=StaffFactory())
    monkeypatch.setattr(policies, "DEFAULT_RULES", DEFAULT_RULES)
    ship_policy()
    assert Policy.objects.count() == 3


LINES = ("corporate", "inclusive", "personal", "rural")
FAMILIES = ("working_capital", "project", "property_development", "small_business", "home_mortgage", "farmer", "car")
AMOUNTS = (
    "999999.99",
    "300000.00",
    "300000.01",
    "500000.00",
    "500000.01",
    "1000000.00",
    "1000000.01",
    "2000000.00",
    "2000000.01",
)
CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")


@pytest.mark.django_db
def test_the_statement_of_the_night_chooses_the_same_line_as_the_function():
    rng = random.Random(6)
    day = date(2026, 6, 1)
    expected = {}
    for number in range(150):
        line, family = rng.choice(LINES), rng.choice(FAMILIES)
        product = ProductFactory(product_code=f"{line}-{family}", line=line, family=family)
        amount = Decimal(rng.choice(AMOUNTS))
        five, floor = rng.choice(["", *CLASSES]), rng.choice(CLASSES)
        secured_by = rng.choice(["", "credit", "mortgage", "guarantee;pledge"])
        covered = rng.choice([None, None, amount, amount - Decimal("0.01")])
        loan = LoanFactory(
            customer=CustomerFactory(),
            contract_no=f"HT{number}",
            product=product,
            product_code=product.product_code,
            secured_by=secured_by,
            principal_balance=amount,
        )
        LoanStateFactory(
            loan=loan,
            valid_from=day,
            customer=loan.customer,
            branch=loan.branch,
            principal_balance=amount,
            five_level_class=five,
            class_floor=floor,
        )
        if covered is not None:
            CollateralLinkFactory(
                collateral=CollateralFactory(kind="gold"), contract_no=loan.contract_no, secured_amount=covered
            )
        worse = max(five or "normal", floor, key=CLASSES.index)
        security = {"": "", "credit": "credit"}.get(secured_by, "secured")
        security = "low_risk" if covered == amount else security
        expected[loan.pk] = rule_for(LoanFacts(line, "corporate", family, worse, security, amount), DEFAULT_RULES)
    policy = policy_on(day)
    positions = dict(policy.rules.values_list("pk", "position"))
    from postloan.core import sql

    with night_tables.tables(policy):
        night_tables.fill_facts(day, since=None, everything=True)
        found = {
            row["loan_id"]: positions.get(row["rule_id"])
            for row in sql.rows("SELECT loan_id, rule_id FROM night_fact", {})
        }
    assert found == {pk: rule.position for pk, rule in expected.items()}
