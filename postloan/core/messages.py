"""What is told to borrowers and staff, and each try to tell it. Written in the transaction of its cause."""

from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from postloan.core.encryption import EncryptedTextField


class RecipientKind(models.TextChoices):
    BORROWER = "borrower", _("borrower")
    STAFF = "staff", _("staff member")


class OutboxMessage(models.Model):
    """Something to be told, once. The text is made when it is sent; names in the arguments are masked.

    What only the recipient may know, such as a code, is no argument: it is `secrets`, encrypted like the address.
    There is no third kind of recipient, and the address is never given by the caller: it is looked up.
    """

    key = models.CharField(_("key"), max_length=160, unique=True)
    template = models.CharField(_("template"), max_length=60)
    language = models.CharField(_("language"), max_length=10)
    recipient_kind = models.CharField(_("recipient"), max_length=10, choices=RecipientKind.choices)
    customer_id = models.BigIntegerField(_("customer"), null=True, blank=True)
    staff = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("staff")
    )
    loan_id = models.BigIntegerField(_("loan"), null=True, blank=True)
    address = EncryptedTextField(_("address"), blank=True, default="")
    arguments = models.JSONField(_("facts"), default=dict, encoder=DjangoJSONEncoder)
    secrets = EncryptedTextField(_("facts for the recipient only"), blank=True, default="")
    is_urgent = models.BooleanField(_("sent at any hour"), default=False)
    business_date = models.DateField(_("business date"), null=True, blank=True)
    created_at = models.DateTimeField(_("written at"))
    run_id = models.BigIntegerField(_("run"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(recipient_kind__in=RecipientKind.values), name="outbox_known_recipient"),
            models.CheckConstraint(
                condition=Q(recipient_kind="borrower", customer_id__isnull=False, staff=None)
                | Q(recipient_kind="staff", staff__isnull=False),
                name="outbox_recipient_is_named",
            ),
            models.CheckConstraint(condition=~Q(key=""), name="outbox_has_key"),
        ]
        indexes = [
            models.Index(fields=["customer_id", "-created_at"], name="outbox_customer"),
            models.Index(fields=["loan_id"], condition=Q(loan_id__isnull=False), name="outbox_loan"),
        ]

    def __str__(self) -> str:
        return self.key


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENDING = "sending", _("being sent")
    SENT = "sent", _("sent")
    FAILED = "failed", _("to be tried again")
    DEAD = "dead", _("not deliverable")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Delivery(models.Model):
    """A message on its way through a channel. The row stands before anything is sent.

    A row that stays in `sending` belongs to a worker that died between sending and noting it: nobody knows whether
    it arrived. `outcome_unknown` says so; such a row is sent again by itself only where the channel takes the same
    key once.
    """

    key = models.CharField(_("key"), max_length=180, unique=True)
    message = models.ForeignKey(OutboxMessage, models.PROTECT, related_name="deliveries", verbose_name=_("message"))
    channel = models.CharField(_("channel"), max_length=20)
    state = models.CharField(_("state"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(_("tries"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    outcome_unknown = models.BooleanField(_("outcome not known"), default=False)
    error = models.CharField(_("error"), max_length=400, blank=True, default="")
    provider_reference = models.CharField(_("reference of the provider"), max_length=120, blank=True, default="")

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DeliveryState.values), name="delivery_known_state"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="delivery_sent_has_moment"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["waiting", "failed"]) | Q(next_try_at__isnull=False),
                name="delivery_waiting_has_next_try",
            ),
            models.CheckConstraint(
                condition=Q(outcome_unknown=False) | Q(state="sending"), name="delivery_unknown_only_while_sending"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=["waiting", "failed"]), name="delivery_due"),
            models.Index(fields=["state"], condition=Q(state__in=["dead", "sending"]), name="delivery_to_look_at"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def is_dead_letter(self) -> bool:
        return self.state == DeliveryState.DEAD or self.outcome_unknown
