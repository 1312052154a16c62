"""Which posts decide on a report, at which branches, and whether a person holds one of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.db.models.functions import Coalesce

from postloan.core import business_date, parameters
from postloan.inspections import limits_approval, rules_approval
from postloan.inspections.models import InspectionTask, Report
from postloan.loans.models import Loan
from postloan.organization import retail_centres
from postloan.organization.models import Branch, BranchKind, BranchLevel, Post, Scope


def chain_of(report: Report, *, on: date, without: Collection[int]) -> list[dict[str, Any]]:
    """The ladder of a report with what the rules ask for; `without` are those who cannot decide."""
    wanted = rules_approval.levels(_facts(report), _limits(on))
    return [
        {"code": code, "required": code in wanted, **place_of(report.task, code, without=without)}
        for code in rules_approval.LADDER
    ]


def place_of(task: InspectionTask, level: str, *, without: Collection[int]) -> dict[str, Any]:
    """Where a level decides: the nearest branch upwards where somebody can; a branch too small sends on to the one
    above it. Where nobody can anywhere, it waits at the last branch asked.
    """
    branches = [b for b in upwards(home_of(task)) if level != rules_approval.TIER1 or _is_tier1(b)]
    branches = branches or upwards(home_of(task))[-1:]
    for branch in branches:
        for code in rules_approval.POSTS[level]:
            if eligible(task, code, branch.pk, without=without):
                return {"post": code, "branch": branch.pk, "name": branch.name}
    return {"post": rules_approval.POSTS[level][-1], "branch": branches[-1].pk, "name": branches[-1].name}


def _is_tier1(branch: Branch) -> bool:
    return branch.level in {BranchLevel.TIER1_BRANCH, BranchLevel.HEAD_OFFICE}


def home_of(task: InspectionTask) -> Branch:
    """The customer's branch, or the retail centre that runs the line there."""
    branch = task.customer.branch
    if branch.kind != BranchKind.RETAIL_CENTRE and task.line in retail_centres.lines_run(on=business_date.current()):
        places = retail_centres.places()
        for place in places:
            if place.is_centre and branch.pk in retail_centres.run_from(place.pk, places):
                return Branch.objects.get(pk=place.pk)
    return branch


def upwards(branch: Branch) -> list[Branch]:
    """The branch and those above it, nearest first."""
    found = [branch]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found


def eligible(task: InspectionTask, code: str, branch_id: int, *, without: Collection[int]) -> bool:
    """Whether somebody in service holds the post at the branch for the line who had no hand in the report."""
    posts = Post.objects.on(business_date.calendar_today()).filter(code=code, branch=branch_id, staff__is_active=True)
    found = posts.exclude(staff__in=list(without)).exclude(scope__in=[Scope.NONE, Scope.OWN])
    return any(covers(post, task.line) for post in found)


def covers(post: Post, line: str) -> bool:
    return not post.line_list or not line or line in post.line_list


def holds_step(report: Report, user: Any, *, without: Collection[int]) -> bool:
    """Whether a person decides at the step a report waits at, with an own post or one lent.

    A post lent by somebody who had a hand in the report counts for nothing: it would decide in that person's place.
    """
    if not user.has_capability("inspections.approve") or not 1 <= report.step <= len(report.chain):
        return False
    step = report.chain[report.step - 1]
    return any(
        post.code in rules_approval.POSTS[step["code"]]
        and post.branch_id == step["branch"]
        and post.staff_id not in without
        and post.scope not in {Scope.NONE, Scope.OWN}
        and covers(post, report.task.line)
        for post in user.rights.held
    )


def _limits(on: date) -> rules_approval.Limits:
    found = parameters.values(
        limits_approval.RISK_OVER,
        limits_approval.TIER1_OVER,
        limits_approval.RISK_CLASSES,
        limits_approval.TIER1_CLASSES,
        on=on,
    )
    return rules_approval.Limits(
        {
            rules_approval.RISK: found[limits_approval.RISK_OVER],
            rules_approval.TIER1: found[limits_approval.TIER1_OVER],
        },
        {
            rules_approval.RISK: found[limits_approval.RISK_CLASSES],
            rules_approval.TIER1: found[limits_approval.TIER1_CLASSES],
        },
    )


def _facts(report: Report) -> rules_approval.Facts:
    task = report.task
    live = Loan.objects.live().filter(customer_id=task.customer_id)
    present = {code for code in live.values_list("five_level_class", flat=True) if code}
    proposed = {report.proposed_class} if report.proposed_class else set()
    debts = debts_of(task)
    return rules_approval.Facts(task.line, max(debts.values(), default=Decimal(0)), frozenset(present | proposed))


def debts_of(task: InspectionTask) -> dict[str, Decimal]:
    """What the customer owes on live loans, by currency, in currency units; a balance not delivered counts in full."""
    live = Loan.objects.live().filter(customer_id=task.customer_id)
    sums = live.order_by().values("currency").annotate(debt=Sum(Coalesce("principal_balance", "amount")))
    return {row["currency"]: row["debt"] or Decimal(0) for row in sums}
