"""Branches, staff with posts, stand-ins."""

from typing import Any

import factory
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from postloan.organization.models import Branch, BranchChange, Post, Staff, StandIn
from postloan.organization.rights import DEFAULT_SCOPE
from tests.factories.days import LONG_AGO

PASSWORD = "Kept-Secret-2026"


class BranchFactory(DjangoModelFactory):
    """A branch without parent is a root: whoever reaches "below" there reaches everything."""

    class Meta:
        model = Branch

    class Params:
        tier1 = factory.Trait(level="tier1_branch")
        tier2 = factory.Trait(level="tier2_branch")
        sub_branch = factory.Trait(level="sub_branch")
        retail_centre = factory.Trait(level="tier2_branch", kind="retail_centre")

    branch_code = factory.Sequence(lambda n: f"B{n:04d}")
    name = factory.LazyAttribute(lambda branch: f"澜州银行{branch.branch_code}支行")
    parent = None
    level = "head_office"
    kind = "branch"
    path = factory.LazyAttribute(lambda branch: f"{branch.parent.path if branch.parent else ''}{branch.branch_code}/")


class StaffFactory(DjangoModelFactory):
    """`post="risk_officer"` grants that post at the person's branch; `post__lines`, `post__scope` refine it."""

    class Meta:
        model = Staff
        skip_postgeneration_save = True

    class Params:
        first_password = factory.Trait(must_change_password=True, password_changed_at=None)
        disabled = factory.Trait(is_active=False)
        demonstration = factory.Trait(is_demonstration=True)

    staff_no = factory.Sequence(lambda n: f"LX{n:05d}")
    name = factory.Sequence(lambda n: f"员工{n}")
    branch = factory.SubFactory(BranchFactory)
    password = factory.LazyFunction(lambda: make_password(PASSWORD))
    must_change_password = False
    password_changed_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def post(self, create: bool, code: str | None, **fields: Any) -> None:
        if create and code:
            PostFactory(staff=self, code=code, **fields)


class PostFactory(DjangoModelFactory):
    class Meta:
        model = Post

    staff = factory.SubFactory(StaffFactory)
    code = "account_manager"
    branch = factory.SelfAttribute("staff.branch")
    lines = ""
    scope = factory.LazyAttribute(lambda post: DEFAULT_SCOPE[post.code])
    valid_from = LONG_AGO


class StandInFactory(DjangoModelFactory):
    """Holds for years unless the test says when: stand-ins run on the calendar's day."""

    class Meta:
        model = StandIn

    absent = factory.SubFactory(StaffFactory)
    stand_in = factory.SubFactory(StaffFactory)
    starts_on = LONG_AGO
    ends_on = LONG_AGO.replace(year=2100)
    reason = "annual leave"
    ordered_by = factory.SubFactory(StaffFactory)


class BranchChangeFactory(DjangoModelFactory):
    """Proposed, not approved: another name."""

    class Meta:
        model = BranchChange

    branch = factory.SubFactory(BranchFactory)
    name = "新名称支行"
    level = factory.SelfAttribute("branch.level")
    kind = factory.SelfAttribute("branch.kind")
    parent = factory.SelfAttribute("branch.parent")
    before = factory.LazyAttribute(lambda change: {"name": change.branch.name})
    reason = "机构更名"
    proposed_by = factory.SubFactory(StaffFactory, post="system_administrator")
