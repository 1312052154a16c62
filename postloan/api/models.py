"""Tokens by which other systems of the bank read: one a system, as far as one branch sees, until a date."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.organization.models import Branch, Scope, Staff


class Resource(models.TextChoices):
    CUSTOMERS = "customers", _("Customers")
    LOANS = "loans", _("Loans")
    TODOS = "todos", _("Todos")
    NOTICES = "notices", _("Maturity notices")
    RUNS = "runs", _("Runs")


# What somebody must be able to do who reads this on the pages; a token with the resource may do it too.
CAPABILITIES: dict[str, str] = {
    Resource.CUSTOMERS: "customers.view_customers",
    Resource.LOANS: "loans.view_book",
    Resource.TODOS: "todos.work",
    Resource.NOTICES: "collections.view",
    Resource.RUNS: "nightly.view_night",
}
# Extracts tell of every branch: a token for runs tells of them where it sees the whole bank.
VIEW_EXTRACTS = "imports.view_extracts"
REACHES = [Scope.BRANCH, Scope.BELOW]


class TokenQuerySet(models.QuerySet["Token"]):
    def valid_on(self, day: date) -> TokenQuerySet:
        """Not revoked, and not past the last day on which they are taken."""
        return self.filter(revoked_at=None, expires_on__gte=day)


class Token(models.Model):
    """A system's way in. Only the hash of the secret is kept; `hint` is its beginning, by which people tell it."""

    system = models.CharField(_("system"), max_length=60)
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name=_("branch"))
    scope = models.CharField(_("sees"), max_length=10, choices=Scope.choices)
    resources = models.JSONField(_("may read"), default=list)
    hint = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(_("hash"), max_length=64, unique=True, editable=False)
    expires_on = models.DateField(_("valid until"))
    reason = models.CharField(_("reason"), max_length=200)
    issued_by = models.ForeignKey(Staff, models.PROTECT, related_name="+", verbose_name=_("issued by"))
    issued_at = models.DateTimeField(_("issued at"))
    revoked_by = models.ForeignKey(
        Staff, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("revoked by")
    )
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoke_reason = models.CharField(_("reason of revocation"), max_length=200, blank=True, default="")
    used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    used_from = models.GenericIPAddressField(_("last used from"), null=True, blank=True)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("token of a system")
        verbose_name_plural = _("tokens of systems")
        ordering = ["system", "-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["system"], condition=Q(revoked_at=None), name="token_one_a_system"),
            models.CheckConstraint(condition=~Q(system="") & ~Q(reason=""), name="token_has_system_and_reason"),
            models.CheckConstraint(condition=Q(scope__in=REACHES), name="token_sees_a_branch"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | (Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason="")),
                name="token_revoked_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None) | Q(revoked_at__gte=F("issued_at")), name="token_revoked_after_issue"
            ),
        ]

    def __str__(self) -> str:
        return self.system

    @property
    def capabilities(self) -> frozenset[str]:
        given = {CAPABILITIES[code] for code in self.resources if code in CAPABILITIES}
        if Resource.RUNS in self.resources and self.scope == Scope.BELOW and self.branch.is_head_office:
            given.add(VIEW_EXTRACTS)
        return frozenset(given)

    @property
    def resource_names(self) -> list[str]:
        names = dict(Resource.choices)
        return [str(names.get(code, code)) for code in self.resources]

    def is_valid_on(self, day: date) -> bool:
        return self.revoked_at is None and self.expires_on >= day
