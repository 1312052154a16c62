"""Class floors: the agreed cases, the law's articles, and the same answer from SQL as from Python."""

import json
from decimal import Decimal

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from postloan.classification import rules, services
from postloan.classification.rules import Circumstances, Thresholds, class_floor, credit_card_class
from postloan.loans import rules as scales
from postloan.loans import states

FLOORS = [
    ("C001", 0, {}, "normal"),
    ("C005", 8, {"technical_overdue": True}, "special_mention"),
    ("C006", 90, {}, "special_mention"),
    ("C007", 91, {}, "substandard"),
    ("C009", 91, {"retail": True}, "substandard"),
    ("C010", 270, {}, "substandard"),
    ("C015", 0, {"funds_misused_without_consent": True}, "special_mention"),
    ("C018", 0, {"retail": False, "same_debtor_has_npl_in_own_or_other_bank": True}, "special_mention"),
    (
        "C021",
        0,
        {"external_rating_sharply_downgraded": True, "ability_significantly_reduced": True},
        "substandard",
    ),
    ("C022", 0, {"debt_evasion": True}, "doubtful"),
    ("C023", 0, {"credit_impaired": True, "ecl_pct_of_book": 0.5}, "doubtful"),
    ("C024", 0, {"credit_impaired": True, "ecl_pct_of_book": 0.4999}, "substandard"),
    ("C026", 0, {"in_bankruptcy_liquidation": True}, "loss"),
]
CARDS = [("C049", 0, "normal"), ("C050", 90, "special_mention"), ("C051", 91, "substandard"), ("C054", 180, "doubtful")]
METHODS = ["debtor", "days_past_due", "credit_card", "", "by_feeling"]


def circumstances(facts: dict) -> Circumstances:
    given_facts = dict(facts)
    share = given_facts.pop("ecl_pct_of_book", None)
    if share is not None:
        given_facts["ecl_share_of_book"] = Decimal(str(share))
    return Circumstances(**given_facts)


@pytest.mark.parametrize(("case", "days", "facts", "floor"), FLOORS, ids=[row[0] for row in FLOORS])
def test_the_agreed_cases_of_floors(case, days, facts, floor):
    assert class_floor(days, "debtor", circumstances(facts)) == floor


@pytest.mark.parametrize(("case", "days", "expected"), CARDS, ids=[row[0] for row in CARDS])
def test_the_agreed_cases_of_credit_cards(case, days, expected):
    assert credit_card_class(days) == expected


def test_the_cases_in_the_file_are_those_above(shared):
    cases = json.loads((shared / "cases" / "rules.json").read_text(encoding="utf-8"))["cases"]
    floors, cards = [], []
    for case in cases:
        facts = dict(case["input"])
        if case["rule"] == "classification_floor":
            floors.append((case["id"], facts.pop("days_overdue"), facts, case["expect"]["floor"]))
        if case["rule"] == "credit_card_class":
            cards.append((case["id"], facts["days_overdue"], case["expect"]["class"]))
    assert (floors, cards) == (FLOORS, CARDS)


@pytest.mark.parametrize(
    ("days", "facts", "floor"),
    [
        (7, {"technical_overdue": True}, "normal"),
        (1, {"technical_overdue": False}, "special_mention"),
        (91, {"technical_overdue": True}, "substandard"),
        (271, {}, "doubtful"),
        (360, {}, "doubtful"),
        (361, {}, "loss"),
        (0, {"repaid_by_refinancing": True}, "special_mention"),
        (0, {"repaid_by_refinancing": True, "qualified_renewal": True}, "normal"),
        (0, {"retail": True, "same_debtor_has_npl_in_own_or_other_bank": True}, "normal"),
        (0, {"external_rating_sharply_downgraded": True}, "normal"),
        (0, {"share_over_90_days_in_all_banks": Decimal("0.2")}, "normal"),
        (0, {"share_over_90_days_in_all_banks": Decimal("0.2001")}, "substandard"),
        (0, {"share_over_90_days_in_all_banks": Decimal("0.5"), "retail": True}, "normal"),
        (0, {"credit_impaired": True, "ecl_share_of_book": Decimal("0.9")}, "loss"),
        (400, {"debt_evasion": True}, "loss"),
    ],
)
def test_every_article_by_itself_and_the_worst_of_all(days, facts, floor):
    assert class_floor(days, "debtor", Circumstances(**facts)) == floor


@pytest.mark.parametrize(
    ("days", "expected"),
    [(1, "special_mention"), (120, "substandard"), (121, "doubtful"), (181, "loss")],
)
def test_credit_cards_at_their_boundaries(days, expected):
    assert credit_card_class(days) == class_floor(days, "credit_card") == expected


def test_negative_days_are_a_mistake():
    with pytest.raises(ValueError, match="negative"):
        class_floor(-1, "debtor")


@pytest.mark.django_db
def test_the_defaults_are_the_laws_and_a_parameter_overrides_them():
    from tests.factories.core import ParameterFactory
    from tests.factories.days import DELIVERED_ON

    assert rules.thresholds_on(DELIVERED_ON) == rules.LAW
    ParameterFactory(key="classification.substandard_from", value=61)
    assert rules.thresholds_on(DELIVERED_ON).substandard == 61


DRAFT = """INSERT INTO night_draft (loan_id, customer_id, branch_id, status, currency, principal_balance, matures_on,
    overdue_principal, five_level_class, class_method, days) VALUES (%s, 1, 1, 'active', 'CNY', 0, '2026-01-01', 0, '', %s, %s)"""


@pytest.mark.django_db
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.integers(1, 800), min_size=4, max_size=4, unique=True).map(sorted),
    cards=st.lists(st.integers(1, 800), min_size=4, max_size=4, unique=True).map(sorted),
    use_law=st.booleans(),
)
def test_sql_and_python_agree_on_every_day_and_method(steps, cards, use_law):
    thresholds = rules.LAW if use_law else Thresholds(*steps, *cards)
    rows = [(number, *pair) for number, pair in enumerate((method, days) for method in METHODS for days in range(801))]
    with transaction.atomic(), states.night_tables(), connection.cursor() as cursor:
        cursor.executemany(DRAFT, rows)
        cursor.execute((states.SQL / "scales.sql").read_text())
        services.set_floors(thresholds)
        cursor.execute("SELECT class_method, days, bucket, band, class_floor FROM night_draft")
        for method, days, bucket, band, floor in cursor.fetchall():
            assert (bucket, band) == (scales.bucket_of(days), scales.band_of(days))
            assert floor == class_floor(days, method, thresholds=thresholds), (method, days)
