"""A system that reads: what the scope rules ask of a person, answered from its token."""

from __future__ import annotations

from functools import cached_property

from postloan.api.models import Token
from postloan.core import business_date
from postloan.organization.rights import Rights, rights_of_system


class System:
    """Stands where a person would stand as `request.user`. It has no posts, no work of its own, and writes nothing."""

    is_authenticated = True
    is_anonymous = False
    is_active = True
    pk = None

    def __init__(self, token: Token) -> None:
        self.token = token
        self.name = token.system
        self.staff_no = token.hint

    def __str__(self) -> str:
        return self.name

    @cached_property
    def rights(self) -> Rights:
        today = business_date.calendar_today()
        return rights_of_system(self.token.capabilities, branch=self.token.branch, scope=self.token.scope, on=today)

    def has_capability(self, capability: str) -> bool:
        return capability in self.rights.capabilities
