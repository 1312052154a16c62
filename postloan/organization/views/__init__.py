"""Pages about log-in and people, by what they are about."""

from postloan.organization.views.session import locked_out

__all__ = ["locked_out"]
