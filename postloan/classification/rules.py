"""The class a loan must have at least: 《商业银行金融资产风险分类办法》(2023 No. 1) art. 10–13; cards: art. 92.

`class_floor` takes every circumstance as an input; the night knows only the days. A floor is never bettered by good
collateral, and a result by hand may be worse, never better. Days: 超过 leaves the number out, so day 90 is still
special mention; shares: 以上 includes the number.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from postloan.core import parameters
from postloan.loans.models import CLASS_ORDER, FiveLevelClass

CREDIT_CARD = "credit_card"
RULES_CARDS = _("rules on credit cards, art. 92")
# A short overdue for technical reasons, determined by two people: 2023 rules, art. 10(1), "within 7 days".
TECHNICAL_DAYS = 7


def _law(key: str, name: object, days: int, source: object) -> str:
    return parameters.define(key, name, days, unit=_("days overdue"), source=source)  # type: ignore[arg-type]


PARAMETERS = {
    "special_mention": _law(
        "classification.special_mention_from", _("Special mention from"), 1, _("2023 rules, art. 10(1)")
    ),
    "substandard": _law("classification.substandard_from", _("Substandard from"), 91, _("2023 rules, art. 11(1)")),
    "doubtful": _law("classification.doubtful_from", _("Doubtful from"), 271, _("2023 rules, art. 12(1)")),
    "loss": _law("classification.loss_from", _("Loss from"), 361, _("2023 rules, art. 13(1)")),
    "card_special_mention": _law(
        "classification.card_special_mention_from", _("Special mention from, credit cards"), 1, RULES_CARDS
    ),
    "card_substandard": _law(
        "classification.card_substandard_from", _("Substandard from, credit cards"), 91, RULES_CARDS
    ),
    "card_doubtful": _law("classification.card_doubtful_from", _("Doubtful from, credit cards"), 121, RULES_CARDS),
    "card_loss": _law("classification.card_loss_from", _("Loss from, credit cards"), 181, RULES_CARDS),
}


@dataclass(frozen=True)
class Thresholds:
    """First days overdue of each class, for loans and for credit cards. The defaults are the law's."""

    special_mention: int = 1
    substandard: int = 91
    doubtful: int = 271
    loss: int = 361
    card_special_mention: int = 1
    card_substandard: int = 91
    card_doubtful: int = 121
    card_loss: int = 181

    def as_parameters(self) -> dict[str, int]:
        return asdict(self)

    def days(self) -> set[int]:
        """Every number of days at which some floor changes."""
        return set(asdict(self).values())


def thresholds_on(day: date) -> Thresholds:
    """The thresholds a night uses: the approved parameters valid on its date."""
    return Thresholds(**{name: int(parameters.value(key, on=day)) for name, key in PARAMETERS.items()})


LAW = Thresholds()


@dataclass(frozen=True)
class Circumstances:
    """What else sets a floor, each as a person or another step determined it; shares as parts of one."""

    technical_overdue: bool = False
    funds_misused_without_consent: bool = False
    repaid_by_refinancing: bool = False
    qualified_renewal: bool = False
    retail: bool = False
    same_debtor_has_npl_in_own_or_other_bank: bool = False
    credit_impaired: bool = False
    external_rating_sharply_downgraded: bool = False
    ability_significantly_reduced: bool = False
    share_over_90_days_in_all_banks: Decimal = Decimal(0)
    debt_evasion: bool = False
    ecl_share_of_book: Decimal = Decimal(0)
    in_bankruptcy_liquidation: bool = False


NONE = Circumstances()


@dataclass(frozen=True)
class Floor:
    """One rule that was met, with its article."""

    code: str
    article: str = field(compare=False)


def class_floor(days: int, method: str, circumstances: Circumstances = NONE, thresholds: Thresholds = LAW) -> str:
    """The worst of all floors met. `days` overdue, `method` of the product; an unknown method counts as debtor.

    Raises ValueError for negative days.
    """
    floors = [floor.code for floor in floors_met(days, method, circumstances, thresholds)]
    return max(floors, key=CLASS_ORDER.index, default=str(FiveLevelClass.NORMAL))


def floors_met(
    days: int, method: str, circumstances: Circumstances = NONE, thresholds: Thresholds = LAW
) -> list[Floor]:
    """Every rule that sets a floor above normal, with its article, so that a person can read why."""
    found = [_floor_of_days(days, method, circumstances, thresholds)]
    found += [*_special_mention(circumstances), *_substandard(circumstances), *_worse(circumstances)]
    return [floor for floor in found if floor.code != FiveLevelClass.NORMAL]


def credit_card_class(days: int, thresholds: Thresholds = LAW) -> str:
    """The class of a credit-card claim by days overdue: 1–90, 91–120, 121–180, over 180 (art. 92)."""
    return class_of_days(days, CREDIT_CARD, thresholds)


def class_of_days(days: int, method: str, thresholds: Thresholds = LAW) -> str:
    """The class at least, from days overdue alone; equal to `sql/floor.sql`."""
    if days < 0:
        raise ValueError("days overdue are never negative")
    prefix = "card_" if method == CREDIT_CARD else ""
    for code in reversed(CLASS_ORDER[1:]):
        if days >= getattr(thresholds, prefix + code):
            return str(code)
    return str(FiveLevelClass.NORMAL)


def _floor_of_days(days: int, method: str, circumstances: Circumstances, thresholds: Thresholds) -> Floor:
    code = class_of_days(days, method, thresholds)
    if circumstances.technical_overdue and days <= TECHNICAL_DAYS and code == FiveLevelClass.SPECIAL_MENTION:
        code = str(FiveLevelClass.NORMAL)
    return Floor(code, "92" if method == CREDIT_CARD else "10(1), 11(1), 12(1), 13(1)")


def _special_mention(given: Circumstances) -> list[Floor]:
    met = {
        "10(2)": given.funds_misused_without_consent,
        "10(3)": given.repaid_by_refinancing and not given.qualified_renewal,
        "10(4)": given.same_debtor_has_npl_in_own_or_other_bank and not given.retail,
    }
    return [Floor(FiveLevelClass.SPECIAL_MENTION, article) for article, is_met in met.items() if is_met]


def _substandard(given: Circumstances) -> list[Floor]:
    met = {
        "11(2)": given.credit_impaired,
        "11(3)": given.external_rating_sharply_downgraded and given.ability_significantly_reduced,
        "11(4)": given.share_over_90_days_in_all_banks > Decimal("0.2") and not given.retail,
    }
    return [Floor(FiveLevelClass.SUBSTANDARD, article) for article, is_met in met.items() if is_met]


def _worse(given: Circumstances) -> list[Floor]:
    doubtful = {
        "12(2)": given.debt_evasion,
        "12(3)": given.credit_impaired and given.ecl_share_of_book >= Decimal("0.5"),
    }
    loss = {
        "13(2)": given.in_bankruptcy_liquidation,
        "13(3)": given.credit_impaired and given.ecl_share_of_book >= Decimal("0.9"),
    }
    return [Floor(FiveLevelClass.DOUBTFUL, article) for article, is_met in doubtful.items() if is_met] + [
        Floor(FiveLevelClass.LOSS, article) for article, is_met in loss.items() if is_met
    ]
