"""Customers, their groups and the people behind them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core.encryption import EncryptedTextField
from postloan.core.fields import AmountField, RateField
from postloan.core.models import Delivered
from postloan.customers.querysets import CustomerGroupQuerySet, CustomerQuerySet, OfCustomerQuerySet
from postloan.organization.models import Branch


class CustomerGroup(Delivered):
    """Firms under one control, led by one office."""

    group_no = models.CharField(_("group number"), max_length=60, unique=True)
    name = models.CharField(_("group name"), max_length=200)
    core_customer_no = models.CharField(_("core customer"), max_length=60, blank=True, default="")

    objects = CustomerGroupQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer group")
        verbose_name_plural = _("customer groups")
        ordering = ["group_no"]

    def __str__(self) -> str:
        return self.name


class Customer(Delivered):
    """Somebody the bank has lent to or may lend to. `main_line` follows the kind; responsibility is by line."""

    customer_no = models.CharField(_("customer number"), max_length=60, unique=True)
    name = models.CharField(_("customer name"), max_length=200)
    kind = models.CharField(_("kind of customer"), max_length=40)
    main_line = models.CharField(_("main line"), max_length=20, blank=True, default="")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="customers", verbose_name=_("branch"))
    manager_no = models.CharField(_("manager in core banking"), max_length=40, blank=True, default="")
    assistant_no = models.CharField(_("assistant in core banking"), max_length=40, blank=True, default="")
    id_type = models.CharField(_("kind of ID"), max_length=20, blank=True, default="")
    id_number = EncryptedTextField(_("ID number"), blank=True, default="")
    id_number_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=True)
    id_number_tail = models.CharField(max_length=32, blank=True, default="", editable=False)
    id_valid_until = models.DateField(_("ID valid until"), null=True, blank=True)
    birth_date = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True, default="")
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=True)
    address = EncryptedTextField(_("registered address"), blank=True, default="")
    address_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=False)
    service_address = EncryptedTextField(_("address for service"), blank=True, default="")
    service_address_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=False)
    region = models.CharField(_("region"), max_length=100, blank=True, default="")
    industry_code = models.CharField(_("industry"), max_length=10, blank=True, default="")
    enterprise_size = models.CharField(_("size of enterprise"), max_length=10, blank=True, default="")
    rating = models.CharField(_("rating"), max_length=20, blank=True, default="")
    rating_on = models.DateField(_("rated on"), null=True, blank=True)
    rating_valid_until = models.DateField(_("rating valid until"), null=True, blank=True)
    group_no = models.CharField(_("group number"), max_length=60, blank=True, default="")
    group = models.ForeignKey(
        CustomerGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
        verbose_name=_("customer group"),
    )
    key_customer = models.BooleanField(_("key customer"), null=True, blank=True)
    blacklisted = models.BooleanField(_("blacklisted"), null=True, blank=True)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ["customer_no"]
        indexes = [
            models.Index(fields=["name"], name="customer_name"),
            models.Index(fields=["id_number_tail"], name="customer_id_tail"),
            models.Index(fields=["changed_on"], name="customer_changed"),
        ]

    def __str__(self) -> str:
        return self.name


class RelatedParty(Delivered):
    """Somebody tied to a customer: controller, shareholder, spouse, affiliate."""

    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_parties",
        verbose_name=_("customer"),
    )
    relation = models.CharField(_("relation"), max_length=40)
    party_no = models.CharField(_("party number"), max_length=60)
    name = models.CharField(_("party name"), max_length=200)
    id_type = models.CharField(_("kind of ID"), max_length=20, blank=True, default="")
    id_number = EncryptedTextField(_("ID number"), blank=True, default="")
    id_number_index = models.CharField(max_length=32, blank=True, default="", editable=False, db_index=True)
    share_pct = RateField(_("share in percent"), null=True, blank=True)
    party_customer_no = models.CharField(_("customer number of the party"), max_length=60, blank=True, default="")
    party_customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_to",
        verbose_name=_("party as customer"),
    )

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("related party")
        verbose_name_plural = _("related parties")
        ordering = ["customer_no", "relation", "party_no"]
        constraints = [
            models.UniqueConstraint(fields=["customer_no", "relation", "party_no"], name="relatedparty_once"),
        ]

    def __str__(self) -> str:
        return self.name


class CreditReport(Delivered):
    """What the credit bureau said of a customer on a day."""

    report_no = models.CharField(_("report number"), max_length=60, unique=True)
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_reports",
        verbose_name=_("customer"),
    )
    reported_on = models.DateField(_("reported on"))
    authorisation_no = models.CharField(_("authorisation number"), max_length=60, blank=True, default="")
    worst_class_elsewhere = models.CharField(_("worst class elsewhere"), max_length=40, blank=True, default="")
    debt_elsewhere = AmountField(_("debt elsewhere"), null=True, blank=True)
    debt_elsewhere_over_90_days = AmountField(_("debt elsewhere over 90 days overdue"), null=True, blank=True)
    guarantees_given = AmountField(_("guarantees given"), null=True, blank=True)
    lenders = models.IntegerField(_("number of lenders"), null=True, blank=True)
    inquiries_2_months = models.IntegerField(_("inquiries in two months"), null=True, blank=True)

    objects = OfCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("credit report")
        verbose_name_plural = _("credit reports")
        ordering = ["-reported_on"]
        constraints = [
            models.CheckConstraint(condition=Q(debt_elsewhere__gte=0), name="creditreport_debt_elsewhere_min_0"),
            models.CheckConstraint(
                condition=Q(debt_elsewhere_over_90_days__gte=0),
                name="creditreport_debt_elsewhere_over_90_days_min_0",
            ),
            models.CheckConstraint(condition=Q(guarantees_given__gte=0), name="creditreport_guarantees_given_min_0"),
        ]

    def __str__(self) -> str:
        return self.report_no
