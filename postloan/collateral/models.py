"""What secures a loan: things pledged or mortgaged, and people who guarantee."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.collateral.querysets import CollateralLinkQuerySet, CollateralQuerySet, GuaranteeQuerySet
from postloan.core.fields import AmountField
from postloan.core.models import Delivered
from postloan.customers.models import Customer
from postloan.loans.models import Contract


class Collateral(Delivered):
    """A thing that secures contracts. `register_no` identifies it across owners and banks."""

    collateral_no = models.CharField(_("collateral number"), max_length=60, unique=True)
    kind = models.CharField(_("kind of collateral"), max_length=60)
    owner_no = models.CharField(_("owner number"), max_length=60, blank=True, default="")
    owner = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="owned_collateral",
        verbose_name=_("owner"),
    )
    owner_name = models.CharField(_("owner name"), max_length=200, blank=True, default="")
    description = models.TextField(_("description"), blank=True, default="")
    register_no = models.CharField(_("register number"), max_length=120, blank=True, default="")
    certificate_no = models.CharField(_("certificate number"), max_length=120, blank=True, default="")
    location = models.CharField(_("location"), max_length=400, blank=True, default="")
    appraised_value = AmountField(_("appraised value"))
    appraised_on = models.DateField(_("appraised on"))
    appraiser = models.CharField(_("appraiser"), max_length=200, blank=True, default="")
    insured_until = models.DateField(_("insured until"), null=True, blank=True)
    insurance_beneficiary = models.CharField(_("insurance beneficiary"), max_length=200, blank=True, default="")
    prior_claims = AmountField(_("prior claims"), null=True, blank=True)
    pre_registration = models.BooleanField(_("pre-registration"), null=True, blank=True)
    custody = models.CharField(_("custody"), max_length=120, blank=True, default="")
    seized = models.BooleanField(_("seized"), null=True, blank=True)

    objects = CollateralQuerySet.as_manager()

    class Meta:
        verbose_name = _("collateral")
        verbose_name_plural = _("collateral")
        ordering = ["collateral_no"]
        constraints = [
            models.CheckConstraint(condition=Q(appraised_value__gte=0), name="collateral_appraised_value_min_0"),
            models.CheckConstraint(condition=Q(prior_claims__gte=0), name="collateral_prior_claims_min_0"),
        ]
        indexes = [
            models.Index(fields=["register_no"], name="collateral_register"),
        ]

    def __str__(self) -> str:
        return self.collateral_no


class CollateralLink(Delivered):
    """A collateral secures a contract, up to an amount. The collateral is a hard parent."""

    collateral = models.ForeignKey(Collateral, models.PROTECT, related_name="links", verbose_name=_("collateral"))
    contract_no = models.CharField(_("contract number"), max_length=60)
    contract = models.ForeignKey(
        Contract,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="collateral_links",
        verbose_name=_("contract"),
    )
    secured_amount = AmountField(_("secured amount"))
    max_claim = AmountField(_("highest claim"), null=True, blank=True)
    rank = models.IntegerField(_("rank"), null=True, blank=True)
    registered_on = models.DateField(_("registered on"), null=True, blank=True)
    registered_until = models.DateField(_("registered until"), null=True, blank=True)

    objects = CollateralLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("collateral link")
        verbose_name_plural = _("collateral links")
        ordering = ["contract_no"]
        constraints = [
            models.UniqueConstraint(fields=["collateral", "contract_no"], name="collaterallink_once"),
            models.CheckConstraint(condition=Q(secured_amount__gte=0), name="collaterallink_secured_amount_min_0"),
            models.CheckConstraint(condition=Q(max_claim__gte=0), name="collaterallink_max_claim_min_0"),
        ]
        indexes = [
            models.Index(fields=["contract_no"], name="collateral_link_contract"),
        ]

    def __str__(self) -> str:
        return f"{self.collateral_id} {self.contract_no}"


class Guarantee(Delivered):
    """Somebody guarantees a contract."""

    guarantee_no = models.CharField(_("guarantee number"), max_length=60, unique=True)
    contract_no = models.CharField(_("contract number"), max_length=60)
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="guarantees", verbose_name=_("contract")
    )
    guarantor_no = models.CharField(_("guarantor number"), max_length=60, blank=True, default="")
    guarantor = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guarantees_given",
        verbose_name=_("guarantor"),
    )
    guarantor_name = models.CharField(_("guarantor name"), max_length=200, blank=True, default="")
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    amount = AmountField(_("amount"))
    maximum = models.BooleanField(_("maximum-amount guarantee"), null=True, blank=True)
    liability = models.CharField(_("liability"), max_length=20, blank=True, default="")
    guaranteed_until = models.DateField(_("guaranteed until"), null=True, blank=True)
    period_wording = models.CharField(_("wording of the period"), max_length=400, blank=True, default="")

    objects = GuaranteeQuerySet.as_manager()

    class Meta:
        verbose_name = _("guarantee")
        verbose_name_plural = _("guarantees")
        ordering = ["guarantee_no"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="guarantee_amount_min_0"),
        ]
        indexes = [
            models.Index(fields=["contract_no"], name="guarantee_contract"),
        ]

    def __str__(self) -> str:
        return self.guarantee_no
