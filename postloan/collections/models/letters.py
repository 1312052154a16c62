"""The monthly list of what matures at a branch, issued from above and received there with a click."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.organization.models import Branch


class MaturityListQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> MaturityListQuerySet:
        """Those of the branches a person's posts reach."""
        if not user.is_authenticated:
            return self.none()
        if user.rights.sees_everything:
            return self
        return self.filter(branch__in={pk for reach in user.rights.reaches for pk in reach.branch_ids})

    def waiting(self) -> MaturityListQuerySet:
        return self.filter(received_at=None)


class MaturityList(models.Model):
    """A month in which something matures at a branch. The lines are read from the facts, so they are today's."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="maturity_lists", verbose_name=_("branch"))
    month_from = models.DateField(_("first day of the month"))
    item_count = models.PositiveIntegerField(_("maturities when issued"))
    raised_on = models.DateField(_("raised on"))
    run_id = models.BigIntegerField(_("run"))
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("received by")
    )
    received_at = models.DateTimeField(_("received at"), null=True, blank=True)

    objects = MaturityListQuerySet.as_manager()

    class Meta:
        verbose_name = _("monthly list of maturities")
        verbose_name_plural = _("monthly lists of maturities")
        ordering = ["-month_from", "branch"]
        constraints = [
            models.UniqueConstraint(fields=["branch", "month_from"], name="maturity_list_once_a_month"),
            models.CheckConstraint(condition=Q(item_count__gte=1), name="maturity_list_has_lines"),
            models.CheckConstraint(
                condition=Q(received_by=None, received_at=None)
                | Q(received_by__isnull=False, received_at__isnull=False),
                name="maturity_list_received_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.month_from:%Y-%m}"

    @property
    def month_until(self) -> date:
        return (self.month_from + timedelta(days=31)).replace(day=1) - timedelta(days=1)
