"""What collecting works on: how loans move between the steps of the two scales."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from postloan.collections.querysets import BucketMoveQuerySet
from postloan.loans.models import Loan


class MoveScale(models.TextChoices):
    BUCKET = "bucket", _("bucket")
    BAND = "band", _("band")


class BucketMove(models.Model):
    """A loan moved from one step of a scale to another on a business date; a jump is one move to the step reached.

    `from_code` is empty where the loan was first seen overdue. Written by the night only; a corrected date's moves
    are marked superseded.
    """

    loan = models.ForeignKey(Loan, models.PROTECT, related_name="bucket_moves", verbose_name=_("loan"))
    business_date = models.DateField(_("business date"))
    scale = models.CharField(_("scale"), max_length=6, choices=MoveScale.choices)
    from_code = models.CharField(_("from"), max_length=12, blank=True, default="")
    to_code = models.CharField(_("to"), max_length=12)
    days_overdue = models.IntegerField(_("days overdue"))
    run_id = models.BigIntegerField(_("run"))
    superseded_by_run = models.BigIntegerField(_("superseded by run"), null=True, blank=True)

    objects = BucketMoveQuerySet.as_manager()

    class Meta:
        verbose_name = _("move between buckets")
        verbose_name_plural = _("moves between buckets")
        ordering = ["-business_date", "loan", "scale"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "business_date", "scale"],
                condition=Q(superseded_by_run=None),
                name="bucket_move_once_a_date",
            ),
            models.CheckConstraint(condition=Q(scale__in=MoveScale.values), name="bucket_move_known_scale"),
            models.CheckConstraint(condition=Q(days_overdue__gte=0), name="bucket_move_days_min_0"),
            models.CheckConstraint(condition=~Q(from_code=F("to_code")), name="bucket_move_moves"),
        ]
        indexes = [models.Index(fields=["business_date", "scale", "to_code"], name="bucket_move_date")]

    def __str__(self) -> str:
        return f"{self.loan_id} {self.business_date} {self.from_code}→{self.to_code}"
