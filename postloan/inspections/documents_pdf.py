"""PDF from a page of our own. The sheet stands in the page itself; photos are asked for by their address here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Picture = Callable[[], bytes]
# Addresses in a page are relative; a host that exists nowhere makes them whole.
NOWHERE = "http://report.invalid"


def can_make_pdf() -> bool:
    """PDF needs the pango libraries of the system; where they are missing Word is offered alone."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return False
    return True


def as_pdf(html: str, pictures: dict[str, Picture] | None = None) -> bytes:
    """The page as it is printed. `pictures` by their address in the page; nothing else is fetched."""
    import weasyprint

    return weasyprint.HTML(string=html, base_url=NOWHERE, url_fetcher=_fetcher(pictures or {})).write_pdf()


def _fetcher(pictures: dict[str, Picture]) -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OwnPictures(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            picture = pictures.get(url.removeprefix(NOWHERE))
            if picture is None:
                raise ValueError(f"a report fetches nothing: {url}")
            return URLFetcherResponse(url, picture(), {"Content-Type": "image/jpeg"})

    return OwnPictures()
