"""What is known of customers besides: accounts and their entries, statements, events."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core.encryption import EncryptedTextField
from postloan.core.fields import AmountField
from postloan.core.models import Delivered
from postloan.customers.models.parties import Customer
from postloan.customers.querysets import OfCustomerQuerySet


class Account(Delivered):
    """A deposit account of a customer. Own account numbers are shown in full."""

    account_no = models.CharField(_("account number"), max_length=60, unique=True)
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="accounts", verbose_name=_("customer")
    )
    kind = models.CharField(_("kind of account"), max_length=20, blank=True, default="")
    balance = AmountField(_("account balance"))
    available = AmountField(_("available balance"), null=True, blank=True)
    daily_average = AmountField(_("daily average"), null=True, blank=True)
    frozen = models.BooleanField(_("frozen"), null=True, blank=True)

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["account_no"]

    def __str__(self) -> str:
        return self.account_no


class AccountEntry(Delivered):
    """One booking on a customer account."""

    entry_no = models.CharField(_("entry number"), max_length=60, unique=True)
    account_no = models.CharField(_("account number"), max_length=60)
    account = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("account")
    )
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="account_entries",
        verbose_name=_("customer"),
    )
    booked_on = models.DateField(_("booked on"))
    direction = models.CharField(_("direction"), max_length=10)
    amount = AmountField(_("amount"))
    balance_after = AmountField(_("balance after"), null=True, blank=True)
    counterparty_name = models.CharField(_("counterparty"), max_length=200, blank=True, default="")
    counterparty_account = models.CharField(_("counterparty account"), max_length=60, blank=True, default="")
    counterparty_bank = models.CharField(_("counterparty bank"), max_length=200, blank=True, default="")
    summary = models.CharField(_("summary"), max_length=400, blank=True, default="")

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("account entry")
        verbose_name_plural = _("account entries")
        ordering = ["-booked_on", "-entry_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="accountentry_amount_min_0"),
        ]
        indexes = [
            models.Index(fields=["customer", "booked_on"], name="entry_customer_day"),
            BrinIndex(fields=["booked_on"], name="entry_day_brin"),
        ]

    def __str__(self) -> str:
        return self.entry_no


class FinancialStatementItem(Delivered):
    """One figure of a customer's statement; the customer is a hard parent."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="statement_items", verbose_name=_("customer"))
    period_end = models.DateField(_("period end"))
    period_kind = models.CharField(_("kind of period"), max_length=10)
    scope = models.CharField(_("scope of statement"), max_length=20)
    item = models.CharField(_("statement item"), max_length=60)
    value = AmountField(_("value"))
    audited = models.BooleanField(_("audited"), null=True, blank=True)

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement item")
        verbose_name_plural = _("statement items")
        ordering = ["-period_end", "item"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "period_end", "period_kind", "scope", "item"],
                name="financialstatementitem_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.period_end}"


class ExternalEvent(Delivered):
    """Something that happened to a customer or a person behind it, told from outside."""

    event_no = models.CharField(_("event number"), max_length=60, unique=True)
    customer_no = models.CharField(_("customer number"), max_length=60, blank=True, default="")
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="external_events",
        verbose_name=_("customer"),
    )
    subject_name = models.CharField(_("subject name"), max_length=200, blank=True, default="")
    subject_id_number = EncryptedTextField(_("ID number of the subject"), blank=True, default="")
    subject_id_number_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=True)
    occurred_on = models.DateField(_("occurred on"))
    kind = models.CharField(_("kind of event"), max_length=60)
    source = models.CharField(_("source"), max_length=120, blank=True, default="")
    summary = models.TextField(_("summary"), blank=True, default="")
    amount = AmountField(_("amount"), null=True, blank=True)

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("external event")
        verbose_name_plural = _("external events")
        ordering = ["-occurred_on"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="externalevent_amount_min_0"),
        ]

    def __str__(self) -> str:
        return self.event_no


class EventCoverage(models.Model):
    """Which kinds of event a delivery speaks about: a kind not covered is "no data", not "nothing happened"."""

    kind = models.CharField(_("kind of event"), max_length=60, unique=True)
    covered_on = models.DateField(_("last covered on"))

    class Meta:
        verbose_name = _("covered kind of event")
        verbose_name_plural = _("covered kinds of event")
        ordering = ["kind"]

    def __str__(self) -> str:
        return self.kind
