"""What was granted and on what terms: products, facilities, conditions, contracts."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core.fields import AmountField
from postloan.core.models import Delivered
from postloan.customers.models import Customer
from postloan.loans.querysets import ContractQuerySet, OfFacilityQuerySet, OfLoanCustomerQuerySet


class Product(Delivered):
    """A loan product: its family, line and the method its loans are classified by."""

    product_code = models.CharField(_("product number"), max_length=60, unique=True)
    name = models.CharField(_("product name"), max_length=200)
    family = models.CharField(_("product family"), max_length=60)
    line = models.CharField(_("line"), max_length=20)
    class_method = models.CharField(_("classification method"), max_length=20)
    grace_days = models.IntegerField(_("days of grace"), null=True, blank=True)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["product_code"]

    def __str__(self) -> str:
        return self.name


class Facility(Delivered):
    """A line of credit granted to a customer."""

    facility_no = models.CharField(_("facility number"), max_length=60, unique=True)
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="facilities", verbose_name=_("customer")
    )
    approval_no = models.CharField(_("approval number"), max_length=60, blank=True, default="")
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    total = AmountField(_("total limit"))
    exposure_limit = AmountField(_("exposure limit"), null=True, blank=True)
    used = AmountField(_("used"))
    available = AmountField(_("available"))
    expires_on = models.DateField(_("expires on"))
    frozen = models.BooleanField(_("frozen"), null=True, blank=True)

    objects = OfLoanCustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("facility")
        verbose_name_plural = _("facilities")
        ordering = ["facility_no"]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="facility_total_min_0"),
            models.CheckConstraint(condition=Q(exposure_limit__gte=0), name="facility_exposure_limit_min_0"),
            models.CheckConstraint(condition=Q(used__gte=0), name="facility_used_min_0"),
            models.CheckConstraint(condition=Q(available__gte=0), name="facility_available_min_0"),
        ]

    def __str__(self) -> str:
        return self.facility_no


class ApprovalCondition(Delivered):
    """A condition of the approval or a covenant, to be followed until met."""

    condition_no = models.CharField(_("condition number"), max_length=60, unique=True)
    facility_no = models.CharField(_("facility number"), max_length=60)
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="conditions", verbose_name=_("facility")
    )
    kind = models.CharField(_("kind of condition"), max_length=20)
    text = models.TextField(_("text"), blank=True, default="")
    due_on = models.DateField(_("due on"), null=True, blank=True)
    fulfilled_on = models.DateField(_("fulfilled on"), null=True, blank=True)

    objects = OfFacilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval condition")
        verbose_name_plural = _("approval conditions")
        ordering = ["condition_no"]

    def __str__(self) -> str:
        return self.condition_no


class Contract(Delivered):
    """A loan contract under which loans are paid out."""

    contract_no = models.CharField(_("contract number"), max_length=60, unique=True)
    customer_no = models.CharField(_("customer number"), max_length=60)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("customer")
    )
    facility_no = models.CharField(_("facility number"), max_length=60, blank=True, default="")
    facility = models.ForeignKey(
        Facility, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("facility")
    )
    kind = models.CharField(_("kind of contract"), max_length=20)
    signed_on = models.DateField(_("signed on"))
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    ends_on = models.DateField(_("ends on"), null=True, blank=True)
    amount = AmountField(_("contract amount"))
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    dispute_resolution = models.CharField(_("dispute resolution"), max_length=200, blank=True, default="")
    notarised = models.BooleanField(_("notarised"), null=True, blank=True)
    return_account_no = models.CharField(_("account for sales return"), max_length=60, blank=True, default="")

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        ordering = ["contract_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="contract_amount_min_0"),
        ]

    def __str__(self) -> str:
        return self.contract_no
