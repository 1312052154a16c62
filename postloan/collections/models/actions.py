"""What was done to collect, and what was promised."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.collateral.models import Guarantee
from postloan.collections.models.deductions import ExpectedDeduction
from postloan.collections.models.overdue import OverdueCase, OverdueStage
from postloan.collections.querysets_work import ActionQuerySet
from postloan.core.encryption import EncryptedTextField
from postloan.core.fields import AmountField
from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.loans.querysets import OfLoanQuerySet


class Way(models.TextChoices):
    CALL = "call", _("call")
    MESSAGE = "message", _("text message")
    VISIT = "visit", _("visit")
    LETTER = "letter", _("written demand")
    LAWYER_LETTER = "lawyer_letter", _("lawyer's letter")
    TALK = "talk", _("talk at the bank")
    SUIT = "suit", _("suit or asset preservation")


class Whom(models.TextChoices):
    BORROWER = "borrower", _("borrower")
    REPRESENTATIVE = "representative", _("representative of the borrower")
    GUARANTOR = "guarantor", _("guarantor")
    CONTACT = "contact", _("contact person")
    THIRD_PARTY = "third_party", _("somebody else")


class ActionResult(models.TextChoices):
    REACHED = "reached", _("reached")
    PROMISED = "promised", _("promised to pay")
    PAID = "paid", _("says it is paid")
    REFUSED = "refused", _("refuses to pay")
    DISPUTED = "disputed", _("disputes the debt")
    NOT_REACHED = "not_reached", _("not reached")
    NUMBER_WRONG = "number_wrong", _("number no longer valid")
    CANNOT_BE_FOUND = "cannot_be_found", _("cannot be found")
    DELIVERED = "delivered", _("delivered")
    SUE = "sue", _("suit or asset preservation is started")
    NO_SUIT = "no_suit", _("no suit for now")
    CONTACT_DECLINED = "contact_declined", _("contact asks not to be called again")


NOT_REACHED = frozenset({ActionResult.NOT_REACHED, ActionResult.NUMBER_WRONG, ActionResult.CANNOT_BE_FOUND})


class Cause(models.TextChoices):
    FORGOT = "forgot", _("forgot, or the account was short for days")
    SALES_FELL = "sales_fell", _("sales or income fell")
    RECEIVABLES_LATE = "receivables_late", _("customers pay late")
    MISUSE = "misuse", _("money used for something else")
    OTHER_DEBT = "other_debt", _("too much debt elsewhere")
    ILLNESS = "illness", _("illness, accident or death")
    UNEMPLOYED = "unemployed", _("lost work")
    DISASTER = "disaster", _("disaster")
    DISPUTE = "dispute", _("dispute with the bank or a partner")
    UNWILLING = "unwilling", _("does not want to pay")
    FRAUD = "fraud", _("fraud suspected")
    OTHER = "other", _("other")


class Willingness(models.TextChoices):
    WILLING = "willing", _("willing")
    UNSURE = "unsure", _("wavering")
    UNWILLING = "unwilling", _("unwilling")


class Ability(models.TextChoices):
    ABLE = "able", _("able")
    PARTLY = "partly", _("partly able")
    UNABLE = "unable", _("unable")


class ActionRecord(models.Model):
    """One contact or step, recorded by whoever did it. Append only: a mistake is followed by another record.

    The number is encrypted; its blind index counts the tries of a day. Details given by the borrower are kept here
    and asked of core banking by a data correction: facts are never edited.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="collection_actions", verbose_name=_("loan"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="collection_actions", verbose_name=_("customer")
    )
    case = models.ForeignKey(
        OverdueCase, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("overdue case")
    )
    stage = models.ForeignKey(
        OverdueStage, models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("stage")
    )
    deduction = models.ForeignKey(
        ExpectedDeduction,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("expected deduction"),
    )
    business_date = models.DateField(_("business date"))
    happened_at = models.DateTimeField(_("when"))
    way = models.CharField(_("way"), max_length=14, choices=Way.choices)
    whom = models.CharField(_("whom"), max_length=14, choices=Whom.choices)
    guarantee = models.ForeignKey(
        Guarantee, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("guarantee")
    )
    person_name = models.CharField(_("name of the person"), max_length=120, blank=True, default="")
    number = EncryptedTextField(_("number called"), blank=True, default="")
    number_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=True)
    result = models.CharField(_("result"), max_length=16, choices=ActionResult.choices)
    cause = models.CharField(_("cause of arrears"), max_length=20, choices=Cause.choices, blank=True, default="")
    willingness = models.CharField(_("willingness"), max_length=10, choices=Willingness.choices, blank=True, default="")
    ability = models.CharField(_("ability"), max_length=8, choices=Ability.choices, blank=True, default="")
    remark = models.TextField(_("what was said and seen"), blank=True, default="")
    next_step = models.CharField(_("next step"), max_length=400, blank=True, default="")
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    new_phone = EncryptedTextField(_("new phone"), blank=True, default="")
    new_address = EncryptedTextField(_("new address"), blank=True, default="")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )
    recorded_at = models.DateTimeField(_("recorded at"))

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action record")
        verbose_name_plural = _("action records")
        ordering = ["-happened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(way__in=Way.values), name="action_known_way"),
            models.CheckConstraint(condition=Q(whom__in=Whom.values), name="action_known_whom"),
            models.CheckConstraint(condition=Q(result__in=ActionResult.values), name="action_known_result"),
            models.CheckConstraint(
                condition=~Q(whom="guarantor") | Q(guarantee__isnull=False), name="action_guarantor_by_contract"
            ),
            models.CheckConstraint(condition=~Q(whom="third_party"), name="action_never_to_third_parties"),
            models.CheckConstraint(condition=Q(recorded_at__gte=F("happened_at")), name="action_recorded_afterwards"),
            models.CheckConstraint(
                condition=Q(next_step="", next_step_on=None) | (~Q(next_step="") & Q(next_step_on__isnull=False)),
                name="action_next_step_with_date",
            ),
        ]
        indexes = [
            models.Index(fields=["loan", "-happened_at"], name="action_loan"),
            models.Index(fields=["customer", "-happened_at"], name="action_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.way} {self.business_date}"


class PromiseState(models.TextChoices):
    OPEN = "open", _("awaited")
    KEPT = "kept", _("kept")
    BROKEN = "broken", _("broken")


class Promise(models.Model):
    """So much by such a day. The night compares it with what came in; the share and the grace are parameters."""

    action = models.OneToOneField(ActionRecord, models.PROTECT, related_name="promise", verbose_name=_("action record"))
    loan = models.ForeignKey(Loan, models.PROTECT, related_name="promises", verbose_name=_("loan"))
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="promises", verbose_name=_("customer"))
    amount = AmountField(_("amount promised"))
    currency = models.CharField(_("currency"), max_length=3)
    made_on = models.DateField(_("made on"))
    promised_on = models.DateField(_("promised for"))
    state = models.CharField(_("state"), max_length=8, choices=PromiseState.choices, default=PromiseState.OPEN)
    paid = AmountField(_("paid until then"), null=True, blank=True)
    evaluated_on = models.DateField(_("evaluated on"), null=True, blank=True)
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)

    objects = OfLoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise to pay")
        verbose_name_plural = _("promises to pay")
        ordering = ["-promised_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="promise_amount_above_0"),
            models.CheckConstraint(condition=Q(promised_on__gte=F("made_on")), name="promise_for_later"),
            models.CheckConstraint(condition=Q(state__in=PromiseState.values), name="promise_known_state"),
            models.CheckConstraint(
                condition=Q(state="open", evaluated_on=None)
                | (~Q(state="open") & Q(evaluated_on__isnull=False, paid__isnull=False)),
                name="promise_evaluated_once_decided",
            ),
        ]
        indexes = [models.Index(fields=["promised_on"], condition=Q(state="open"), name="promise_open")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.amount} {self.promised_on}"
