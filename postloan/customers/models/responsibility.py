"""Who is responsible for a customer, by line and day. Seeded by the extract where there is nobody, then ours."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from postloan.customers.models.parties import Customer
from postloan.customers.querysets import ResponsibilityQuerySet
from postloan.organization.models import Line, Staff


class Role(models.TextChoices):
    A = "A", _("responsible manager (A)")
    B = "B", _("stand-in manager (B)")


class Responsibility(models.Model):
    """At most one A and one B a customer, line and day; never the same person. Half-open: `valid_to` is the
    first day without it. Overlaps and A = B are refused by a trigger on each engine.
    """

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="responsibilities", verbose_name=_("customer"))
    line = models.CharField(_("line"), max_length=20, choices=Line.choices)
    role = models.CharField(_("role"), max_length=1, choices=Role.choices)
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="responsibilities", verbose_name=_("staff member"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True, default="")
    history = HistoricalRecords()

    objects = ResponsibilityQuerySet.as_manager()

    class Meta:
        verbose_name = _("responsibility")
        verbose_name_plural = _("responsibilities")
        ordering = ["customer", "line", "role", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "line", "role"],
                condition=Q(valid_to=None),
                name="responsibility_one_open",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="responsibility_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(line__in=Line.values), name="responsibility_known_line"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="responsibility_known_role"),
        ]
        indexes = [models.Index(fields=["staff", "customer"], name="responsibility_staff")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.line} {self.role}: {self.staff_id}"
