"""Sets of hand-overs and who may see them: the three who sign, who prepared it, who reads the branches' business."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q

from postloan.organization.models import Scope


class HandoverQuerySet(models.QuerySet):
    def open(self) -> HandoverQuerySet:
        return self.filter(state__in=["signing", "signed"])

    def due(self, on: date) -> HandoverQuerySet:
        """Signed by all three, with their date come."""
        return self.filter(state="signed", effective_on__lte=on)

    def to_be_signed_by(self, user: Any) -> HandoverQuerySet:
        """Those this person can sign in their own name; a head signs for an absent giver on the page itself."""
        waiting = self.filter(state="signing")
        return waiting.filter(
            Q(giver=user, giver_signed_at=None, is_giver_absent=False)
            | Q(receiver=user, receiver_signed_at=None)
            | Q(witness=user, witness_signed_at=None)
        )

    def visible_to(self, user: Any) -> HandoverQuerySet:
        """A post that covers some lines only reads none of others' hand-overs: a list names customers of all lines."""
        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        allowed = Q(giver=user) | Q(receiver=user) | Q(witness=user) | Q(prepared_by=user)
        reached = {
            pk
            for reach in user.rights.reaches
            if reach.scope in {Scope.BRANCH, Scope.BELOW} and not reach.lines
            for pk in reach.branch_ids
        }
        if reached:
            allowed |= Q(giver__branch__in=reached) | Q(receiver__branch__in=reached)
        return self.filter(allowed)


class HandoverItemQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> HandoverItemQuerySet:
        from postloan.handovers.models import Handover

        return self.filter(handover__in=Handover.objects.visible_to(user))
