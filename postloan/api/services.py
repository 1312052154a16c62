"""Issuing and revoking tokens: the security administrator's, who also gives people their reach."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from postloan.api import events, limits
from postloan.api.models import Resource, Token
from postloan.core import business_date, parameters, timeline
from postloan.organization.models import Branch, Staff
from postloan.organization.services.refusals import Refused, demand, demand_reason

MANAGE_TOKENS = "api.manage_tokens"
PREFIX = "plt_"
SECRET_BYTES = 32
HINT_LENGTH = 10
# A token in use is marked as used at most so often.
MARKED_EVERY = timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """The secret has 256 bits of chance, so a plain hash cannot be searched; equal lengths tell nothing."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def issue_token(
    *,
    system: str,
    branch: Branch,
    scope: str,
    resources: Iterable[str],
    expires_on: date,
    reason: str,
    acting_user: Staff,
) -> tuple[Token, str]:
    """A new token and its secret, which is returned once and kept nowhere. Raises Refused."""
    demand(acting_user, MANAGE_TOKENS)
    reason = demand_reason(reason)
    chosen = [code for code in Resource.values if code in set(resources)]
    if not chosen:
        raise Refused(_("Choose what the system may read."))
    today = business_date.calendar_today()
    days = parameters.value(limits.TOKEN_DAYS, on=today)
    if not today <= expires_on <= today + timedelta(days=days):
        raise Refused(_("A token is valid for at most %(days)s days from today.") % {"days": days})
    if Token.objects.filter(system=system, revoked_at=None).exists():
        raise Refused(_("%(system)s has a token already; revoke it first.") % {"system": system})
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = Token.objects.create(
        system=system,
        branch=branch,
        scope=scope,
        resources=chosen,
        hint=secret[:HINT_LENGTH],
        digest=digest_of(secret),
        expires_on=expires_on,
        reason=reason,
        issued_by=acting_user,
        issued_at=timezone.now(),
    )
    timeline.record(
        events.TOKEN_ISSUED,
        acting_user=acting_user,
        subject_kind="token",
        subject_key=system,
        until=expires_on.isoformat(),
        branch=branch.name,
        resources=chosen,
        reason=reason,
    )
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, reason: str, acting_user: Staff) -> None:
    """From the next request on the token is not taken. Raises Refused where it was revoked before."""
    demand(acting_user, MANAGE_TOKENS)
    reason = demand_reason(reason)
    token = Token.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at is not None:
        raise Refused(_("The token is revoked already."))
    token.revoked_by, token.revoked_at, token.revoke_reason = acting_user, timezone.now(), reason
    token.save(update_fields=["revoked_by", "revoked_at", "revoke_reason"])
    timeline.record(
        events.TOKEN_REVOKED, acting_user=acting_user, subject_kind="token", subject_key=token.system, reason=reason
    )


def token_of(secret: str) -> Token | None:
    """The token a secret belongs to, while it is taken."""
    today = business_date.calendar_today()
    return Token.objects.valid_on(today).select_related("branch").filter(digest=digest_of(secret)).first()


def mark_used(token: Token, *, address: str | None) -> None:
    """When and from where it was used last, at most once a minute."""
    now = timezone.now()
    if token.used_at is None or now - token.used_at >= MARKED_EVERY or token.used_from != address:
        Token.objects.filter(pk=token.pk).update(used_at=now, used_from=address)
