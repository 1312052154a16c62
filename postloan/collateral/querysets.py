"""Collateral and guarantees are seen by whoever sees a customer or contract they secure."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from postloan.customers.models import Customer
from postloan.loans.models import Contract, Loan


def _contract_nos(user: Any) -> Q:
    customers = Customer.objects.visible_to(user)
    return Q(contract_no__in=Contract.objects.filter(customer__in=customers).values("contract_no")) | Q(
        contract_no__in=Loan.objects.visible_to(user).exclude(contract_no="").values("contract_no")
    )


class _OnContractQuerySet(models.QuerySet):
    def counted(self):
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any):
        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(_contract_nos(user))


class CollateralLinkQuerySet(_OnContractQuerySet):
    pass


class GuaranteeQuerySet(_OnContractQuerySet):
    pass


class CollateralQuerySet(models.QuerySet):
    def counted(self) -> CollateralQuerySet:
        return self.filter(superseded_on=None)

    def visible_to(self, user: Any) -> CollateralQuerySet:
        from postloan.collateral.models import CollateralLink

        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(
            Q(pk__in=CollateralLink.objects.visible_to(user).values("collateral"))
            | Q(owner__in=Customer.objects.visible_to(user))
        )
