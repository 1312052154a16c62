"""A manager's book changes hands: prepared by a head, signed by three people, in effect on its day."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from postloan.customers.models import Customer, Responsibility
from postloan.handovers.models import Handover
from postloan.handovers.services import take_effect
from postloan.organization import services
from postloan.organization.models import Staff


def colleague(of: Staff) -> Staff:
    """Another account manager of the same branch, with the same password."""
    made, _password = services.add_staff(
        staff_no="journey-receiver", name="接收经理", branch=of.branch, acting_user=None, reason="演示"
    )
    services.grant_post(made, code="account_manager", branch=of.branch, acting_user=None, reason="演示")
    Staff.objects.filter(pk=made.pk).update(
        password=of.password, must_change_password=False, password_changed_at=timezone.now()
    )
    return Staff.objects.get(pk=made.pk)


def sign(person: Any, handover: Handover) -> None:
    person.open(f"/handovers/{handover.pk}")
    person.page.check("input[name=has_read]")
    person.submit(person.page.locator(f"form[action='/handovers/{handover.pk}/sign'] button"))
    assert person.count(f"form[action='/handovers/{handover.pk}/sign']") == 0


def test_a_book_changes_hands_by_three_signatures_and_takes_effect_whole(enter, bank):
    giver = Staff.objects.select_related("branch").get(staff_no=bank.people["account_manager"]["staff_no"])
    head_of = Staff.objects.get(staff_no=bank.people["branch_head"]["staff_no"])
    receiver = colleague(giver)
    held = set(Responsibility.objects.filter(staff=giver, valid_to=None).values_list("customer", "line", "role"))
    assert held

    head = enter("branch_head", "/responsibility")
    head.follow(f"a.name[href='/responsibility/{giver.pk}']")
    head.follow(f"a[href='/handovers/new?giver={giver.pk}']")
    page = head.page
    page.select_option("select[name=receiver]", str(receiver.pk))
    page.select_option("select[name=witness]", str(head_of.pk))
    page.fill("textarea[name=reason]", "岗位轮换，整体移交")
    head.submit(page.locator("button[value=check]").first)
    assert not Handover.objects.exists()
    head.submit(page.locator("button[value=prepare]"))
    handover = Handover.objects.get()
    assert head.path() == f"/handovers/{handover.pk}"

    one = enter("account_manager", f"/handovers/{handover.pk}")
    sign(one, handover)
    other = enter(receiver.staff_no, "/work")
    assert other.count(f"a[href='/handovers/{handover.pk}']") == 1
    sign(other, handover)
    sign(head, handover)
    handover.refresh_from_db()
    assert handover.state == "signed"

    assert take_effect(business_date=handover.effective_on).took_effect == 1
    now = set(Responsibility.objects.filter(staff=receiver, valid_to=None).values_list("customer", "line", "role"))
    assert now == held
    customer = Customer.objects.filter(pk__in=[pk for pk, _line, _role in held]).first()
    assert other.open(f"/customers/{customer.pk}").status == 200
    assert one.open(f"/customers/{customer.pk}").status == 404
    one.watch.heard.clear()
    head.open(f"/handovers/{handover.pk}")
    assert "已生效" in head.text("h1")
