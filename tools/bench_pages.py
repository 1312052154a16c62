"""Serves the measured book to twenty people at once, on loopback only: how long each page takes, p50 and p95.

The server is the one of `Dockerfile` with two processes. First every person opens a page a second, which the aim is
held against; then all go on back to back, which tells how much the machine can serve. Both for people who see the whole
bank and for heads of one branch. The people are threads of this process, which does nothing else meanwhile. A search
that finds one row leads to its page: the time counts to there. Any other answer than 200 fails the bench.
"""

from __future__ import annotations

import http.client
import http.cookies
import json
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = 20
AIM = 300.0
A_SECOND, BACK_TO_BACK = "a page a second each", "back to back"
# A broken connection or a refusal, beyond this many, tells nothing new.
MOST_TOLD = 5
HOPS = 3


class PageFailed(Exception):
    """A page did not answer as it should. The text names it."""


@dataclass
class Page:
    name: str
    milliseconds: list[float] = field(default_factory=list)

    def at(self, percent: int) -> float:
        if len(self.milliseconds) < 2:
            return sum(self.milliseconds)
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


@dataclass
class Load:
    """One group of people at one pace: their pages, how long it went on, and what was refused."""

    people: str
    pace: str
    seconds: float
    pages: list[Page]
    refused: list[str]
    web_mb: list[int] = field(default_factory=list)

    def as_row(self) -> dict[str, Any]:
        pages = [
            {"page": one.name, "requests": len(one.milliseconds), "p50": one.at(50), "p95": one.at(95)}
            for one in [*self.pages, self.all_pages()]
        ]
        return {
            "people": self.people,
            "pace": self.pace,
            "seconds": self.seconds,
            "a_second": len(self.all_pages().milliseconds) / self.seconds,
            "refused": self.refused,
            "web_mb": self.web_mb,
            "pages": pages,
        }

    def all_pages(self) -> Page:
        return Page("all of them", [one for page in self.pages for one in page.milliseconds])


def addresses(person: dict[str, Any]) -> dict[str, list[str]]:
    """The kinds of page that are measured, and for each the addresses this person opens in turn."""
    quote = urllib.parse.quote
    # The load bank's changes bring those back who were late by one instalment: nobody is in the first band.
    bands = ["overdue", "days_31_60", "current", "days_91_180", "over_360"]
    return {
        "loans": ["/loans"],
        "loans, a later page": [f"/loans?page={page}" for page in (2, 3, 5, 20)],
        "loans, sorted by balance": ["/loans?sort=-balance", "/loans?sort=balance"],
        "loans, sorted by customer": ["/loans?sort=customer"],
        "loans, of a band": [f"/loans?band={band}" for band in bands],
        "loans, of a branch and band, sorted": [
            f"/loans?branch={quote(person['branch'])}&band={band}&sort=-balance" for band in bands
        ],
        "loans, by a customer's name": [f"/loans?q={quote(name)}" for name in person["names"]],
        "customers": ["/customers"],
        "customers, with arrears": ["/customers?overdue=yes"],
        "search, whole number": [f"/search?q={quote(number)}" for number in person["loan_numbers"]],
        "search, part of a number": [f"/search?q={quote(number[:-2])}" for number in person["customer_numbers"]],
        "search, name": [f"/search?q={quote(name)}" for name in person["names"]],
        "search, part of a name": [f"/search?q={quote(name[:-1])}" for name in person["names"]],
        "overview": ["/overview"],
        "customer": [f"/customers/{pk}" for pk in person["customers"]],
        "loan": [f"/loans/{pk}" for pk in person["loans"]],
    }


class Browser:
    """One person's connection, kept open as browsers keep it."""

    def __init__(self, port: int, person: dict[str, Any]) -> None:
        self.port = port
        self.person = person
        self.kinds = addresses(person)
        self.jar: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)

    def log_in(self) -> None:
        """By the page, as people do."""
        _status, _where, body = self._ask("GET", "/login")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', body.decode())
        form = {"username": self.person["staff_no"], "password": self.person["password"]}
        form["csrfmiddlewaretoken"] = token.group(1) if token else ""
        status, where, _body = self._ask("POST", "/login", urllib.parse.urlencode(form))
        if status != 302 or where.startswith("/login"):
            raise PageFailed(f"log-in as {self.person['staff_no']} answered {status} {where}")

    def open(self, address: str) -> None:
        """The page, and where a search leads on to, that page."""
        here = address
        for _hop in range(HOPS):
            status, where, body = self._ask("GET", here)
            if status == 200 and body:
                return
            if status != 302 or not address.startswith("/search") or where.startswith("/login"):
                break
            here = where
        raise PageFailed(f"{self.person['staff_no']}: {address} answered {status} {where}")

    def _ask(self, method: str, address: str, body: str | None = None) -> tuple[int, str, bytes]:
        headers = {
            "Cookie": "; ".join(f"{key}={one.value}" for key, one in self.jar.items()),
            "Referer": f"http://127.0.0.1:{self.port}/login",
            "Origin": f"http://127.0.0.1:{self.port}",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            answer = self._send(method, address, body, headers)
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            # The server closes a connection that was quiet for a while; browsers open a new one as well.
            self.connection.close()
            answer = self._send(method, address, body, headers)
        content = answer.read()
        for header in answer.headers.get_all("Set-Cookie") or []:
            self.jar.load(header)
        return answer.status, answer.headers.get("Location", ""), content

    def _send(self, method: str, address: str, body: str | None, headers: dict[str, str]) -> Any:
        self.connection.request(method, address, body, headers)
        return self.connection.getresponse()


def measure(bench: Any, seconds: float) -> Iterator[dict[str, Any]]:
    """Four loads, one after the other, each as long as asked for. Raises PageFailed where a page does not answer."""
    script = f"import json; from tools import bench_people; print(json.dumps(bench_people.groups({PEOPLE})))"
    groups = json.loads(bench.manage(None, "shell", "--no-imports", "-c", script).strip().splitlines()[-1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", "postloan.wsgi:application", *options, "--no-control-socket"]
    with (bench.folder / "web.txt").open("w") as sink:
        server = subprocess.Popen(command, cwd=ROOT, env=bench.environment(), stdout=sink, stderr=sink)
    try:
        _wait(port)
        for name, people in groups.items():
            browsers = [Browser(port, person) for person in people]
            if not browsers:
                raise PageFailed(f"nobody sees {name}")
            for one in browsers:
                one.log_in()
            _open_each_once(browsers)
            for pace in (A_SECOND, BACK_TO_BACK):
                load = _load(name, browsers, pace, seconds)
                load.web_mb = memory_of(server.pid)
                print(f"  pages, {name}, {pace}: {len(load.all_pages().milliseconds)}", file=sys.stderr, flush=True)
                yield load.as_row()
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _try in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/login")
            if connection.getresponse().status < 500:
                return
        except OSError:
            time.sleep(0.3)
        finally:
            connection.close()
    raise PageFailed("the server did not answer")


def _open_each_once(browsers: list[Browser]) -> None:
    """Templates are parsed and connections made; an address that does not answer is told before the measuring."""
    for name in browsers[0].kinds:
        for one in (browsers[0], browsers[-1]):
            one.open(one.kinds[name][0])


def _load(name: str, browsers: list[Browser], pace: str, seconds: float) -> Load:
    load = Load(name, pace, seconds, [Page(kind) for kind in browsers[0].kinds], [])
    lock, start = threading.Lock(), time.monotonic() + 0.2

    def go_on(number: int, browser: Browser) -> None:
        due, turn = start + number / len(browsers), 0
        while due < start + seconds and len(load.refused) < MOST_TOLD:
            time.sleep(max(0.0, due - time.monotonic()))
            page = load.pages[(turn + number) % len(load.pages)]
            choices = browser.kinds[page.name]
            began = time.perf_counter()
            try:
                browser.open(choices[(number * 7 + turn // len(load.pages)) % len(choices)])
            except (PageFailed, OSError, http.client.HTTPException) as failed:
                with lock:
                    load.refused.append(str(failed) or type(failed).__name__)
            with lock:
                page.milliseconds.append((time.perf_counter() - began) * 1000)
            turn += 1
            due = max(due + 1, time.monotonic()) if pace == A_SECOND else time.monotonic()

    threads = [threading.Thread(target=go_on, args=pair) for pair in enumerate(browsers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    load.seconds = time.monotonic() - start
    return load


def memory_of(parent: int) -> list[int]:
    """Megabytes each process of the server holds, the one that starts the others first."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    found = []
    for pid in [str(parent), *children]:
        status = Path(f"/proc/{pid}/status").read_text()
        held = re.search(r"VmRSS:\s+(\d+) kB", status)
        found.append(int(held[1]) // 1024 if held else 0)
    return found
