"""What every action of the interface shares: who asks, how often, in which pages, with which conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import exceptions, viewsets
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from postloan.api import limits
from postloan.core import parameters
from postloan.core.access import http_methods, requires

Condition = Callable[[str], Any]


class AsTheMiddlewareFound(BaseAuthentication):
    """The system of the token or the person of the session: both were settled before the view."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        user = request._request.user
        return (user, None) if user.is_authenticated else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="postloan"'


class PerPrincipal(SimpleRateThrottle):
    """So many requests a minute of one system or one person, by the bank's parameter."""

    scope = "api"

    def get_rate(self) -> str:
        return f"{parameters.value(limits.REQUESTS_A_MINUTE)}/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        user = request.user
        who = f"token-{user.token.pk}" if user.pk is None else f"staff-{user.pk}"
        return self.cache_format % {"scope": self.scope, "ident": who}


class Pages(CursorPagination):
    """Follow `next` until it is null. A row that comes in between moves nothing: pages go by the number."""

    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    cursor_query_param = "cursor"

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        return (view.order,)


class Readable(viewsets.ReadOnlyModelViewSet):
    """A set of rows that may be listed and looked up by its number.

    `capability` is what the pages ask for too; `conditions` are the names an address may carry, each with a function
    from its text to a condition on the rows. A name that is not known is refused: half a filter finds too much.
    """

    capability = ""
    order = ""
    conditions: dict[str, Condition] = {}
    authentication_classes = [AsTheMiddlewareFound]
    throttle_classes = [PerPrincipal]
    pagination_class = Pages
    lookup_value_regex = r"[^/]+"

    def rows(self) -> QuerySet:
        """The rows in scope, with all that is shown of them."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset.none()
        return self.rows()

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        if self.action != "list":
            return queryset
        known = {*self.conditions, "cursor", "page_size"}
        unknown = sorted(set(self.request.query_params) - known)
        if unknown:
            raise exceptions.ValidationError({name: [_("This condition is not known.")] for name in unknown})
        for name, condition in self.conditions.items():
            text = self.request.query_params.get(name, "")
            if text:
                queryset = queryset.filter(self._read(name, condition, text))
        return queryset

    def _read(self, name: str, condition: Condition, text: str) -> Any:
        try:
            return condition(text)
        except ValueError as error:
            raise exceptions.ValidationError({name: [_("This value cannot be read.")]}) from error


def expose(view: type[Readable], action: str) -> Callable[..., Any]:
    """An address of the interface. What it requires is declared as for a page, so the same walk finds it."""
    if not view.capability:
        raise ImproperlyConfigured(f"{view.__name__} does not say what it requires")
    return requires(view.capability)(http_methods()(view.as_view({"get": action})))


def described(tag: Any, several: Any, one: Any, *, number: Any, **conditions: Any) -> Callable[[Any], Any]:
    """The words of the description: what a list and a row are, the number that names one, each condition."""
    parameters = [
        OpenApiParameter(name, description=text, required=False, type=kind) for name, (text, kind) in conditions.items()
    ]

    def decorate(view: Any) -> Any:
        name = view.lookup_url_kwarg or view.lookup_field
        path = OpenApiParameter(name, location=OpenApiParameter.PATH, description=number, type=str)
        stem = view.__name__.lower()
        return extend_schema_view(
            list=extend_schema(
                operation_id=f"{stem}_list", tags=[tag], summary=several, description="", parameters=parameters
            ),
            retrieve=extend_schema(
                operation_id=f"{stem}_one", tags=[tag], summary=one, description="", parameters=[path]
            ),
        )(view)

    return decorate
