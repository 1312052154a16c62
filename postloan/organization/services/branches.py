"""A branch changes its name, level, kind or place in the tree by two people; what lies below moves along.

The extract makes a branch where there is none; from then on the tree is the bank's own, and what core banking says
otherwise is a finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from postloan.core import timeline
from postloan.core.changes import WAITING, ChangeEnd
from postloan.organization import events
from postloan.organization.models import Branch, BranchChange, BranchLevel, Staff
from postloan.organization.services import second_person
from postloan.organization.services.refusals import Refused, demand, demand_reason, save_with_reason

CHANGE = "organization.change_branches"
LONGEST_PATH = 400


@dataclass(frozen=True)
class Wanted:
    """What a branch is to be."""

    name: str
    level: str
    kind: str
    parent: Branch | None

    def differs_from(self, branch: Branch) -> bool:
        now = (branch.name, branch.level, branch.kind, branch.parent_id)
        return now != (self.name, self.level, self.kind, self.parent.pk if self.parent else None)


@transaction.atomic
def propose_branch(branch: Branch, wanted: Wanted, *, reason: str, acting_user: Staff) -> BranchChange:
    """Writes a proposal; the tree stays as it is until somebody else approves it.

    Raises PermissionDenied, Refused: no reason, one that waits, no change, a place it cannot have.
    """
    demand(acting_user, CHANGE)
    reason = demand_reason(reason)
    branch = Branch.objects.select_for_update(of=("self",)).select_related("parent").get(pk=branch.pk)
    if BranchChange.objects.filter(WAITING, branch=branch).exists():
        raise Refused(_("A change of this branch waits already: it is decided first."))
    if not wanted.differs_from(branch):
        raise Refused(_("The branch is so already."))
    _check_place(branch, wanted.parent, wanted.level)
    row = BranchChange.objects.create(
        branch=branch,
        name=wanted.name,
        level=wanted.level,
        kind=wanted.kind,
        parent=wanted.parent,
        before={
            "name": branch.name,
            "level": branch.level,
            "kind": branch.kind,
            "parent": branch.parent.name if branch.parent else "",
        },
        reason=reason,
        proposed_by=acting_user,
    )
    _tell(events.BRANCH_PROPOSED, row, acting_user, reason=reason)
    return row


@transaction.atomic
def approve_branch(proposal: BranchChange, *, acting_user: Staff) -> Branch:
    """The second person's yes: the branch changes at once, and the paths of all below it.

    Raises PermissionDenied, Refused: the proposer, one that no longer waits, a place it can no longer have.
    """
    demand(acting_user, CHANGE)
    # One change of the tree after the other: two moves at once could make a ring.
    list(Branch.objects.select_for_update().order_by("pk").values_list("pk", flat=True))
    row = _locked(proposal)
    branch = Branch.objects.get(pk=row.branch_id)
    _check_place(branch, row.parent, row.level)
    second_person.approve(row, acting_user=acting_user)
    _move(branch, row, acting_user)
    _tell(events.BRANCH_APPROVED, row, acting_user)
    return branch


@transaction.atomic
def end_branch_change(proposal: BranchChange, because: str, *, reason: str, acting_user: Staff) -> BranchChange:
    """Refused by a second person or withdrawn by its proposer, with the reason. Raises Refused."""
    demand(acting_user, CHANGE)
    reason = demand_reason(reason)
    row = _locked(proposal)
    second_person.end(row, because, acting_user=acting_user, reason=reason)
    code = events.BRANCH_REFUSED if because == ChangeEnd.REFUSED else events.BRANCH_WITHDRAWN
    _tell(code, row, acting_user, reason=reason)
    return row


def _locked(proposal: BranchChange) -> BranchChange:
    rows = BranchChange.objects.select_for_update(of=("self",)).select_related("branch", "parent")
    row = rows.get(pk=proposal.pk)
    second_person.still_waiting(row)
    return row


def _check_place(branch: Branch, parent: Branch | None, level: str) -> None:
    """The head office stays at the top and is the only one; nothing hangs under itself; a path has its longest."""
    if branch.is_head_office != (level == BranchLevel.HEAD_OFFICE):
        raise Refused(_("There is one head office, and it stays what it is."))
    if branch.is_head_office != (parent is None):
        raise Refused(_("The head office hangs under nothing, every other branch under another one."))
    if parent is None:
        return
    if parent.path.startswith(branch.path):
        raise Refused(_("%(parent)s lies below this branch.") % {"parent": parent.name})
    longest = max(len(path) for path in Branch.objects.below(branch).values_list("path", flat=True))
    if len(parent.path) + longest - len(_above(branch)) > LONGEST_PATH:
        raise Refused(_("The tree would be too deep."))


def _above(branch: Branch) -> str:
    return branch.path.removesuffix(f"{branch.branch_code}/")


def _move(branch: Branch, row: BranchChange, acting_user: Staff) -> None:
    former, path = branch.path, f"{row.parent.path if row.parent else ''}{branch.branch_code}/"
    below = list(Branch.objects.below(branch).exclude(pk=branch.pk))
    branch.name, branch.level, branch.kind, branch.parent, branch.path = row.name, row.level, row.kind, row.parent, path
    save_with_reason(branch, acting_user=acting_user, reason=row.reason)
    if path == former:
        return
    for one in below:
        one.path = path + one.path.removeprefix(former)
        save_with_reason(one, acting_user=acting_user, reason=row.reason)


def _tell(code: str, row: BranchChange, acting_user: Staff, **arguments: Any) -> None:
    timeline.record(
        code,
        acting_user=acting_user,
        subject_kind="branch",
        subject_key=row.branch.branch_code,
        name=row.name,
        before=row.before.get("name", ""),
        parent=row.parent.name if row.parent else "–",
        **arguments,
    )
