from datetime import date
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CollectionsConfig(AppConfig):
    name = "postloan.collections"
    label = "collections"
    verbose_name = _("collections")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from postloan.collections import limits, queries, wording  # noqa: F401  parameters, texts, the borrowers' addresses
        from postloan.todos import panels
        from postloan.todos.queries import my_book

        panels.add("collections/_lists.html", capability="collections.confirm_plan", read=lists)
        panels.add("collections/_tomorrow.html", capability="collections.view", read=tomorrow)
        my_book.plans_are_known_by(queries.owes_plan)


def tomorrow(user: Any, day: date) -> dict[str, Any]:
    """Tomorrow's deductions, for My work."""
    from postloan.collections import queries

    return {"tomorrow": queries.tomorrow(user=user, day=day)}


def lists(user: Any, day: date) -> dict[str, Any] | None:
    """The monthly lists of maturities a head has not received yet, for My work; nothing where there is none."""
    from postloan.collections import queries

    found = queries.lists_to_receive(user=user, day=day)
    return {"lists": found} if found else None
