"""What the timeline tells about people: log-ins, accounts, posts, stand-ins."""

from django.utils.translation import gettext_lazy as _

from postloan.core.timeline import define

LOG_IN = define("organization.log_in", _("Logged in from {address}"))
LOG_IN_FAILED = define("organization.log_in_failed", _("Log-in as {number} failed, from {address}"))
LOCKED_OUT = define("organization.locked_out", _("Log-in as {number} locked after {failures} failures, from {address}"))
LOG_OUT = define("organization.log_out", _("Session ended: {why}"))
UNLOCKED = define("organization.unlocked", _("{name} ({key}) unlocked: {reason}"))
PASSWORD_CHANGED = define("organization.password_changed", _("{name} ({key}) changed the password"))
PASSWORD_RESET = define("organization.password_reset", _("{name} ({key}) given a one-time password: {reason}"))
STAFF_ADDED = define("organization.staff_added", _("{name} ({key}) added: {reason}"))
STAFF_DISABLED = define("organization.staff_disabled", _("{name} ({key}) disabled: {reason}"))
STAFF_ENABLED = define("organization.staff_enabled", _("{name} ({key}) enabled: {reason}"))
STAFF_MOVED = define("organization.staff_moved", _("{name} ({key}) moved to {branch}: {reason}"))
POST_GRANTED = define("organization.post_granted", _("{name} ({key}) holds the post {post} at {branch}: {reason}"))
POST_ENDED = define("organization.post_ended", _("{name} ({key}) no longer holds the post {post}: {reason}"))
STAND_IN_ORDERED = define(
    "organization.stand_in_ordered", _("{name} ({key}) stands in for {absent} from {starts_on} to {ends_on}: {reason}")
)
STAND_IN_WITHDRAWN = define(
    "organization.stand_in_withdrawn", _("{name} ({key}) no longer stands in for {absent}: {reason}")
)
SESSION_ENDED = define("organization.session_ended", _("Session of {name} ({key}) ended: {reason}"))
PARAMETER_PROPOSED = define(
    "organization.parameter_proposed",
    _("Parameter {key}: {after} instead of {before} from {valid_from}, proposed: {reason}"),
)
PARAMETER_APPROVED = define(
    "organization.parameter_approved", _("Parameter {key}: {after} instead of {before} from {valid_from}, approved")
)
PARAMETER_REFUSED = define("organization.parameter_refused", _("Parameter {key}: {after} refused: {reason}"))
PARAMETER_WITHDRAWN = define("organization.parameter_withdrawn", _("Parameter {key}: {after} withdrawn: {reason}"))
CALENDAR_PROPOSED = define(
    "organization.calendar_proposed", _("Calendar of {key} proposed: {days} days differ ({source})")
)
CALENDAR_APPROVED = define(
    "organization.calendar_approved", _("Calendar of {key} approved: {days} days differ ({source})")
)
CALENDAR_REFUSED = define("organization.calendar_refused", _("Calendar of {key} refused: {reason}"))
CALENDAR_WITHDRAWN = define("organization.calendar_withdrawn", _("Calendar of {key} withdrawn: {reason}"))
BRANCH_PROPOSED = define(
    "organization.branch_proposed", _("Branch {key}: {name} instead of {before}, under {parent}, proposed: {reason}")
)
BRANCH_APPROVED = define(
    "organization.branch_approved", _("Branch {key}: {name} instead of {before}, under {parent}, approved")
)
BRANCH_REFUSED = define("organization.branch_refused", _("Branch {key}: change to {name} refused: {reason}"))
BRANCH_WITHDRAWN = define("organization.branch_withdrawn", _("Branch {key}: change to {name} withdrawn: {reason}"))

GROUPS: dict[str, tuple[str, ...]] = {
    "log_in": (LOG_IN, LOG_OUT),
    "log_in_failed": (LOG_IN_FAILED,),
    "locked_out": (LOCKED_OUT, UNLOCKED),
    "account": (
        PASSWORD_CHANGED,
        PASSWORD_RESET,
        STAFF_ADDED,
        STAFF_DISABLED,
        STAFF_ENABLED,
        STAFF_MOVED,
        SESSION_ENDED,
    ),
    "post": (POST_GRANTED, POST_ENDED, STAND_IN_ORDERED, STAND_IN_WITHDRAWN),
    "parameter": (PARAMETER_PROPOSED, PARAMETER_APPROVED, PARAMETER_REFUSED, PARAMETER_WITHDRAWN),
    "branch": (BRANCH_PROPOSED, BRANCH_APPROVED, BRANCH_REFUSED, BRANCH_WITHDRAWN),
    "calendar": (CALENDAR_PROPOSED, CALENDAR_APPROVED, CALENDAR_REFUSED, CALENDAR_WITHDRAWN),
}
ALL = tuple(code for codes in GROUPS.values() for code in codes)
