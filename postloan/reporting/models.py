"""What a person keeps about a list: named filters, one of them the default, and which columns it shows how densely."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.organization.models import Staff


class ListName(models.TextChoices):
    LOANS = "loans", _("Loans")
    CUSTOMERS = "customers", _("Customers")


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    NORMAL = "", _("Normal")
    LOOSE = "loose", _("Loose")


class OwnQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> OwnQuerySet:
        """One's own only: a saved filter names customers and amounts."""
        return self.filter(staff=user.pk) if user.is_authenticated else self.none()

    def of(self, name: str) -> OwnQuerySet:
        return self.filter(list_name=name)


class SavedFilter(models.Model):
    """A query of a list under a name. `query` is its part of the address after the question mark."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="saved_filters", verbose_name=_("staff member"))
    list_name = models.CharField(_("list"), max_length=20, choices=ListName.choices)
    name = models.CharField(_("name of the filter"), max_length=40)
    query = models.CharField(_("query"), max_length=1000)
    is_default = models.BooleanField(_("applied when the list is opened"), default=False)
    saved_at = models.DateTimeField(_("saved at"))

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["list_name", "name"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "list_name", "name"], name="saved_filter_once_a_name"),
            models.UniqueConstraint(
                fields=["staff", "list_name"], condition=Q(is_default=True), name="saved_filter_one_default"
            ),
            models.CheckConstraint(condition=~Q(name="") & ~Q(query=""), name="saved_filter_has_name_and_query"),
            models.CheckConstraint(condition=Q(list_name__in=ListName.values), name="saved_filter_known_list"),
        ]

    def __str__(self) -> str:
        return self.name


class ListLayout(models.Model):
    """Which columns of a list a person sees, and how dense its rows are. Without a row: as the list comes."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="list_layouts", verbose_name=_("staff member"))
    list_name = models.CharField(_("list"), max_length=20, choices=ListName.choices)
    columns = models.JSONField(_("columns"), default=list)
    density = models.CharField(_("density"), max_length=10, choices=Density.choices, blank=True, default="")

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name = _("layout of a list")
        verbose_name_plural = _("layouts of lists")
        ordering = ["staff", "list_name"]
        constraints = [
            models.UniqueConstraint(fields=["staff", "list_name"], name="list_layout_once"),
            models.CheckConstraint(condition=Q(list_name__in=ListName.values), name="list_layout_known_list"),
            models.CheckConstraint(condition=Q(density__in=Density.values), name="list_layout_known_density"),
        ]

    def __str__(self) -> str:
        return f"{self.staff_id} {self.list_name}"
