"""What the timeline tells about tokens."""

from django.utils.translation import gettext_lazy as _

from postloan.core.timeline import define

TOKEN_ISSUED = define("api.token_issued", _("Token for {key} issued, valid until {until}, at {branch}: {reason}"))
TOKEN_REVOKED = define("api.token_revoked", _("Token for {key} revoked: {reason}"))
