"""How values are written: nothing unknown looks like zero, nothing is rounded by accident."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from postloan.core import formatting
from postloan.core.templatetags import postloan as tags
from postloan.loans.models import Band
from postloan.loans.rules import band_of


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0.00"), ("1234567.5", "1,234,567.50"), ("-12.345", "−12.35"), ("-0.001", "0.00"), ("0.005", "0.01")],
)
def test_amounts(value, text):
    assert formatting.amount(Decimal(value)) == text


def test_what_is_not_known_is_said():
    with translation.override("zh-hans"):
        for draw in (tags.amount, tags.wan, tags.day, tags.moment, tags.count, tags.number, tags.took, tags.yes_no):
            assert "无数据" in draw(None)
        assert "无数据" in tags.band_badge(None)
        assert "无数据" in tags.class_badge("")
        assert "无数据" not in tags.amount(Decimal(0))
        assert "无数据" not in tags.band_badge(0)


def test_the_ramp_steps_where_the_rule_steps():
    for days in range(0, 400):
        assert formatting.band_of(days) == list(Band.values).index(band_of(days))


def test_units_stand_in_the_readers_language():
    large = Decimal("98340151.00")
    zh = formatting.scale_for(large, language="zh-hans")
    en = formatting.scale_for(large, language="en")

    assert (formatting.unit("CNY", zh, language="zh-hans"), zh.divisor) == ("万元", 10_000)
    assert formatting.unit("CZK", zh, language="zh-hans") == "万 CZK"
    assert (formatting.unit("CNY", en, language="en"), en.divisor) == ("CNY thousand", 1_000)
    assert formatting.scale_for(Decimal("475.00"), language="zh-hans") == formatting.UNITS


def test_a_share_of_nothing_is_no_share():
    assert formatting.percent(Decimal(1), Decimal(0)) is None
    assert formatting.percent(Decimal(1), Decimal(3)) == "33.33%"


def test_durations():
    with translation.override("en"):
        assert tags.took(0.42) == "0.4 s"
        assert tags.took(timedelta(minutes=3, seconds=5)) == "3 min 5 s"
        assert tags.took(timedelta(hours=1, minutes=20)) == "1 h 20 min"
