"""Who reads by a token, and problems instead of pages, for every address of the interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from postloan.api import problems, services
from postloan.api.principals import System

PREFIX = "/api/"
SCHEME = "bearer"


class ApiMiddleware:
    """Stands after the session's rules and before the rule that access is denied unless declared.

    1. A request with an Authorization header is the system's whose token it bears; a token that is not taken is 401,
       also where the browser has a session.
    2. Without the header it is the person's who is logged in, with the rights of the pages.
    3. Whatever refuses a request, its answer is a problem and never a page or a redirect.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX) or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith(problems.CONTENT_TYPE):
            return response
        problem = problems.answer(request, response.status_code)
        if "Allow" in response.headers:
            problem["Allow"] = response["Allow"]
        return problem

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        header = request.headers.get("Authorization")
        if header is None or not request.path.startswith(PREFIX):
            return None
        scheme, _space, secret = header.partition(" ")
        token = services.token_of(secret.strip()) if scheme.lower() == SCHEME else None
        if token is None:
            return problems.answer(request, 401)
        services.mark_used(token, address=request.META.get("REMOTE_ADDR"))
        request.user = System(token)  # type: ignore[assignment]
        return None
