"""What other systems are told. Business numbers name everything; amounts are texts with two decimals.

Personal data stands here as on the pages: masked, and in an answer about one customer only.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from postloan.core import business_date, identifiers
from postloan.loans.models import LoanState
from postloan.loans.rules import days_overdue


def amount(label: Any, **more: Any) -> serializers.DecimalField:
    """As text, so that nobody's floating point touches it. Null is "not known", never zero."""
    return serializers.DecimalField(max_digits=18, decimal_places=2, label=label, **more)


class CustomerSerializer(serializers.Serializer):
    customer_no = serializers.CharField(label=_("customer number"))
    name = serializers.CharField(label=_("customer name"))
    kind = serializers.CharField(label=_("kind of customer"))
    main_line = serializers.CharField(label=_("main line"))
    branch_code = serializers.CharField(source="branch.branch_code", label=_("branch number"))
    group_no = serializers.CharField(label=_("group number"))
    industry_code = serializers.CharField(label=_("industry"))
    rating = serializers.CharField(label=_("rating"))
    changed_on = serializers.DateField(label=_("last changed on"))
    missing_since = serializers.DateField(label=_("not delivered since"), allow_null=True)


class ResponsibleSerializer(serializers.Serializer):
    line = serializers.CharField(label=_("line"))
    role = serializers.CharField(label=_("role, A or B"))
    staff_no = serializers.CharField(source="staff.staff_no", label=_("staff number"))
    valid_from = serializers.DateField(label=_("valid from"))


class CustomerInFullSerializer(CustomerSerializer):
    id_number = serializers.SerializerMethodField(label=_("ID number, masked"))
    phone = serializers.SerializerMethodField(label=_("phone, masked"))
    responsible = serializers.SerializerMethodField(label=_("people responsible today"))

    def get_id_number(self, one: Any) -> str:
        return identifiers.mask_id_number(one.id_number)

    def get_phone(self, one: Any) -> str:
        return identifiers.mask_phone(one.phone)

    @extend_schema_field(ResponsibleSerializer(many=True))
    def get_responsible(self, one: Any) -> list[dict[str, Any]]:
        found = one.responsibilities.on(business_date.calendar_today()).select_related("staff").order_by("line", "role")
        return ResponsibleSerializer(found, many=True).data


class StateSerializer(serializers.Serializer):
    """The state after the last night, on both scales."""

    since = serializers.DateField(source="valid_from", label=_("from business date"))
    status = serializers.CharField(label=_("status"))
    principal_balance = amount(_("principal balance"))
    matures_on = serializers.DateField(label=_("matures on"))
    days_overdue = serializers.SerializerMethodField(label=_("days overdue"))
    overdue_since = serializers.DateField(label=_("overdue since"), allow_null=True)
    overdue_principal = amount(_("overdue principal"))
    overdue_interest = amount(_("overdue interest, null where not known"), allow_null=True)
    bucket = serializers.CharField(label=_("bucket"))
    band = serializers.CharField(label=_("band"))
    class_floor = serializers.CharField(label=_("class floor"))
    manager_no = serializers.CharField(source="manager.staff_no", default=None, label=_("account manager"))

    def get_days_overdue(self, state: LoanState) -> int | None:
        day = self.context["day"]
        return days_overdue(state.overdue_since, day) if day else None


class LoanSerializer(serializers.Serializer):
    loan_no = serializers.CharField(label=_("loan number"))
    customer_no = serializers.CharField(source="customer.customer_no", label=_("customer number"))
    contract_no = serializers.CharField(label=_("contract number"))
    branch_code = serializers.CharField(source="branch.branch_code", label=_("branch number"))
    product_code = serializers.CharField(label=_("product number"))
    currency = serializers.CharField(label=_("currency"))
    amount = amount(_("amount paid out"))
    disbursed_on = serializers.DateField(label=_("paid out on"))
    annual_rate = serializers.DecimalField(
        max_digits=9, decimal_places=6, label=_("annual rate in percent"), allow_null=True
    )
    changed_on = serializers.DateField(label=_("last changed on"))
    state = serializers.SerializerMethodField(label=_("state after the last night, null before its first"))

    @extend_schema_field(StateSerializer(allow_null=True))
    def get_state(self, loan: Any) -> dict[str, Any] | None:
        return StateSerializer(loan.open_states[0], context=self.context).data if loan.open_states else None


class TodoSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="pk", label=_("number of the todo"))
    kind = serializers.CharField(label=_("kind of todo"))
    customer_no = serializers.CharField(source="customer.customer_no", label=_("customer number"))
    loan_no = serializers.CharField(source="loan.loan_no", default=None, label=_("loan number"))
    state = serializers.CharField(label=_("state"))
    due_on = serializers.DateField(label=_("due on"))
    weight = serializers.IntegerField(label=_("weight"))
    assignee_no = serializers.CharField(source="assignee.staff_no", default=None, label=_("assigned to"))
    post_code = serializers.CharField(label=_("queue of the post"))
    post_branch_code = serializers.CharField(source="post_branch.branch_code", default=None, label=_("at the branch"))
    reason = serializers.CharField(label=_("reason"))
    opened_on = serializers.DateField(label=_("opened on"))
    closed_on = serializers.DateField(label=_("closed on"), allow_null=True)
    close_reason = serializers.CharField(label=_("closed because"))


class NoticeSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="pk", label=_("number of the notice"))
    customer_no = serializers.CharField(source="customer.customer_no", label=_("customer number"))
    loan_no = serializers.CharField(source="loan.loan_no", default=None, label=_("loan number"))
    item_no = serializers.CharField(source="item.item_no", default=None, label=_("off-balance item"))
    matures_on = serializers.DateField(label=_("matures on"))
    step_days = serializers.IntegerField(label=_("days before maturity"))
    raised_on = serializers.DateField(label=_("raised on"))
    due_on = serializers.DateField(label=_("to be answered by"))
    received_at = serializers.DateTimeField(label=_("received at"), allow_null=True)
    received_by_no = serializers.CharField(source="received_by.staff_no", default=None, label=_("received by"))
    withdrawn_on = serializers.DateField(label=_("withdrawn on"), allow_null=True)


class RunSerializer(serializers.Serializer):
    number = serializers.IntegerField(source="pk", label=_("number of the run"))
    job = serializers.CharField(label=_("job"))
    business_date = serializers.DateField(label=_("business date"), allow_null=True)
    revision = serializers.IntegerField(label=_("revision"))
    state = serializers.CharField(label=_("state"))
    stage = serializers.CharField(label=_("stage"))
    requested_at = serializers.DateTimeField(label=_("requested at"))
    started_at = serializers.DateTimeField(label=_("started at"), allow_null=True)
    finished_at = serializers.DateTimeField(label=_("finished at"), allow_null=True)
    counts = serializers.DictField(label=_("counts"))
