"""Collateral, its links to contracts, guarantees."""

from datetime import date
from decimal import Decimal

import factory

from postloan.collateral.models import Collateral, CollateralLink, Guarantee
from tests.factories.customers import CustomerFactory, DeliveredFactory
from tests.factories.loans import ContractFactory


class CollateralFactory(DeliveredFactory):
    class Meta:
        model = Collateral

    collateral_no = factory.Sequence(lambda n: f"CO{n:06d}")
    kind = "residential"
    owner = factory.SubFactory(CustomerFactory)
    owner_no = factory.LazyAttribute(lambda collateral: collateral.owner.customer_no if collateral.owner else "")
    owner_name = factory.LazyAttribute(lambda collateral: collateral.owner.name if collateral.owner else "李四")
    appraised_value = Decimal("2000000.00")
    appraised_on = date(2025, 12, 1)


class CollateralLinkFactory(DeliveredFactory):
    class Meta:
        model = CollateralLink

    collateral = factory.SubFactory(CollateralFactory)
    contract = factory.SubFactory(ContractFactory)
    contract_no = factory.SelfAttribute("contract.contract_no")
    secured_amount = Decimal("1000000.00")


class GuaranteeFactory(DeliveredFactory):
    class Meta:
        model = Guarantee

    guarantee_no = factory.Sequence(lambda n: f"GU{n:06d}")
    contract = factory.SubFactory(ContractFactory)
    contract_no = factory.SelfAttribute("contract.contract_no")
    guarantor = factory.SubFactory(CustomerFactory)
    guarantor_no = factory.LazyAttribute(lambda row: row.guarantor.customer_no if row.guarantor else "")
    guarantor_name = factory.LazyAttribute(lambda row: row.guarantor.name if row.guarantor else "张三")
    amount = Decimal("1000000.00")
