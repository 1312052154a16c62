"""A branch changes by two people: its name, level, kind and place; what lies below moves along, and what people see."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from postloan.core.models import Event
from postloan.customers.models import Customer
from postloan.organization import services
from postloan.organization.models import Branch, BranchChange, Staff
from postloan.organization.services.branches import Wanted
from tests.factories import BranchFactory, CustomerFactory, StaffFactory
from tests.factories.organization import BranchChangeFactory

pytestmark = pytest.mark.django_db


class Tree:
    """root ─ west ─ sub ─ office, root ─ east; a head of west and one of east."""

    def __init__(self) -> None:
        self.root = BranchFactory(level="head_office")
        self.west = BranchFactory(parent=self.root, tier2=True)
        self.east = BranchFactory(parent=self.root, tier2=True)
        self.sub = BranchFactory(parent=self.west, sub_branch=True)
        self.office = BranchFactory(parent=self.sub, sub_branch=True)
        self.system = StaffFactory(post="system_administrator", branch=self.root)
        self.security = StaffFactory(post="security_administrator", branch=self.root)

    def proposed(self, branch: Branch | None = None, acting_user: Any = None, **changed: Any) -> BranchChange:
        branch = branch or self.sub
        given: dict[str, Any] = {
            "name": branch.name, "level": branch.level, "kind": branch.kind, "parent": branch.parent,
        }  # fmt: skip
        return services.propose_branch(
            branch, Wanted(**given | changed), reason="机构调整", acting_user=acting_user or self.system
        )


@pytest.fixture
def tree() -> Tree:
    return Tree()


def again(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def test_nothing_changes_before_the_second_person(tree: Tree) -> None:
    change = tree.proposed(name="城东支行")
    assert again(tree.sub).name == tree.sub.name
    with pytest.raises(services.Refused):
        services.approve_branch(change, acting_user=tree.system)
    with pytest.raises(IntegrityError), transaction.atomic():
        BranchChange.objects.filter(pk=change.pk).update(approved_by=tree.system, approved_at=change.proposed_at)
    services.approve_branch(change, acting_user=tree.security)
    assert again(tree.sub).name == "城东支行"
    assert again(tree.sub).history.first().history_change_reason == "机构调整"
    told = Event.objects.filter(subject_kind="branch", subject_key=tree.sub.branch_code)
    assert set(told.values_list("code", "actor")) == {
        ("organization.branch_proposed", tree.system.pk),
        ("organization.branch_approved", tree.security.pk),
    }
    with pytest.raises(services.Refused):
        services.approve_branch(change, acting_user=tree.security)


def test_a_branch_that_moves_takes_all_below_it_and_what_heads_see(tree: Tree) -> None:
    west_head = StaffFactory(post="branch_head", branch=tree.west)
    east_head = StaffFactory(post="branch_head", branch=tree.east)
    customer = CustomerFactory(branch=tree.office)
    assert set(Customer.objects.visible_to(west_head)) == {customer}
    services.approve_branch(tree.proposed(parent=tree.east), acting_user=tree.security)

    sub, office = again(tree.sub), again(tree.office)
    assert sub.path == f"{tree.east.path}{tree.sub.branch_code}/"
    assert office.path == f"{sub.path}{office.branch_code}/"
    assert set(Branch.objects.below(again(tree.east))) == {tree.east, sub, office}
    west_head, east_head = (Staff.objects.get(pk=one.pk) for one in (west_head, east_head))
    assert not Customer.objects.visible_to(west_head).exists()
    assert set(Customer.objects.visible_to(east_head)) == {customer}


def test_a_place_it_cannot_have_is_refused_when_proposed_and_when_approved(tree: Tree) -> None:
    for wrong in (
        {"parent": tree.office},
        {"parent": tree.sub},
        {"parent": None},
        {"level": "head_office"},
        {"branch": tree.root, "parent": tree.east},
        {"branch": tree.root, "level": "tier1_branch"},
        {},
    ):
        with pytest.raises(services.Refused):
            tree.proposed(**wrong)
    change = tree.proposed(tree.west, parent=tree.east)
    # Meanwhile the other one is hung under it: together they would make a ring.
    services.approve_branch(tree.proposed(tree.east, parent=tree.west), acting_user=tree.security)
    with pytest.raises(services.Refused):
        services.approve_branch(change, acting_user=tree.security)


def test_a_branch_that_lost_its_parent_is_hung_up_again(tree: Tree) -> None:
    lost = BranchFactory(parent=None, sub_branch=True)
    services.approve_branch(tree.proposed(lost, parent=tree.east), acting_user=tree.security)
    assert again(lost).path == f"{tree.east.path}{lost.branch_code}/"


def test_one_proposal_waits_and_is_refused_or_withdrawn_with_a_reason(tree: Tree) -> None:
    change = tree.proposed(name="城东支行")
    with pytest.raises(services.Refused):
        tree.proposed(name="城南支行")
    with pytest.raises(services.Refused):
        services.end_branch_change(change, "refused", reason="不同意", acting_user=tree.system)
    with pytest.raises(services.Refused):
        services.end_branch_change(change, "withdrawn", reason="写错", acting_user=tree.security)
    assert services.end_branch_change(change, "refused", reason="名称有误", acting_user=tree.security).end_reason
    second = tree.proposed(name="城南支行")
    assert services.end_branch_change(second, "withdrawn", reason="写错", acting_user=tree.system).ended_at
    for who in (StaffFactory(post="branch_head"), StaffFactory(post="audit_administrator")):
        with pytest.raises(PermissionDenied):
            tree.proposed(name="城北支行", acting_user=who)


def test_two_administrators_change_a_branch_on_its_pages(tree: Tree, log_in: Any) -> None:
    first, second = log_in(tree.system), log_in(tree.security)
    address = f"/branches/{tree.sub.pk}"
    offered = first.get(f"{address}/propose").context["form"].fields["parent"].queryset
    assert set(offered) == {tree.root, tree.west, tree.east}
    given = {"name": "城东支行", "level": "sub_branch", "kind": "branch", "parent": tree.east.pk, "reason": "机构调整"}
    assert first.post(f"{address}/propose", given | {"parent": tree.office.pk}).status_code == 200
    assert first.post(f"{address}/propose", given).headers["Location"] == address
    change = BranchChange.objects.get()
    assert first.post(f"/branches/changes/{change.pk}/approve").status_code == 422
    shown = second.get(address)
    assert shown.context["may_decide"]
    assert "城东支行" in shown.content.decode()
    assert second.post(f"/branches/changes/{change.pk}/approve").headers["Location"] == address
    assert again(tree.sub).parent == tree.east
    assert "城东支行" in first.get("/branches").content.decode()


@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"reason": ""},
        {"ended_because": "refused"},
        {"approved_at": "2026-06-30T10:00:00Z"},
    ],
)
def test_rows_the_database_refuses(values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BranchChangeFactory(**values)


def test_the_database_keeps_one_proposal_a_branch_and_no_ring() -> None:
    change = BranchChangeFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        BranchChangeFactory(branch=change.branch)
    branch = BranchFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        BranchChangeFactory(branch=branch, parent=branch)
