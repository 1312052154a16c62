"""Serves the measured book to twenty people at once, on loopback only: how long each page takes, p50 and p95.

The server is the one of `Dockerfile` with two processes. Every person opens the same kinds of page again and again,
each another loan, customer or word, a bounded number of times and for a bounded time.
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
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PEOPLE = 20
ROUNDS = 15
LONGEST = 240.0
AIM = 300.0
# Somebody who sees the whole bank, for whom every list is longest, and a few rows to open.
SUBJECTS = """
import json, random
from postloan.customers.models import Customer
from postloan.loans.models import Loan
from postloan.nightly.management.commands.make_demo_logins import make_logins
from postloan.organization.models import Branch, Staff
rows = make_logins()
people = {one["staff_no"]: Staff.objects.get(staff_no=one["staff_no"]) for one in rows}
chosen = [row for row in rows if people[row["staff_no"]].rights.sees_everything
          and people[row["staff_no"]].has_capability("loans.view")]
random.seed(7)
def some(model):
    ids = list(model.objects.order_by("pk").values_list("pk", flat=True)[:200000])
    return random.sample(ids, min(200, len(ids)))
loans = some(Loan)
print(json.dumps({
    "people": chosen or rows,
    "loans": loans,
    "customers": some(Customer),
    "numbers": list(Loan.objects.filter(pk__in=loans).values_list("loan_no", flat=True)),
    "branches": list(Branch.objects.values_list("branch_code", flat=True)),
}))
"""


@dataclass
class Page:
    name: str
    milliseconds: list[float] = field(default_factory=list)
    refused: int = 0

    def at(self, percent: int) -> float:
        if len(self.milliseconds) < 2:
            return sum(self.milliseconds)
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[percent - 1]


def addresses(found: dict) -> dict[str, list[str]]:
    quote = urllib.parse.quote
    return {
        "list of loans": ["/loans"],
        "list, second page": ["/loans?page=2"],
        "list, sorted by balance": ["/loans?sort=-principal_balance"],
        "list, filtered by bucket": [f"/loans?bucket=M{number}" for number in range(1, 4)],
        "list of customers": ["/customers"],
        "search": [f"/search?q={quote(number)}" for number in found["numbers"]],
        "overview": ["/overview"],
        "customer": [f"/customers/{pk}" for pk in found["customers"]],
        "loan": [f"/loans/{pk}" for pk in found["loans"]],
    }


def measure(bench) -> list[Page]:
    found = json.loads(bench.manage(None, "shell", "--no-imports", "-c", SUBJECTS).strip().splitlines()[-1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    command = [sys.executable, "-m", "gunicorn", "postloan.wsgi:application", *options, "--no-control-socket"]
    with (bench.folder / "web.txt").open("w") as sink:
        server = subprocess.Popen(command, cwd=ROOT, env=bench.environment(), stdout=sink, stderr=sink)
    try:
        _wait(port)
        return _load(port, found)
    finally:
        server.terminate()
        server.wait(20)


def _wait(port: int) -> None:
    for _try in range(100):
        try:
            if _get(port, "/login", "")[0] < 500:
                return
        except OSError:
            time.sleep(0.3)
    raise SystemExit("the server did not answer")


def _get(port: int, address: str, cookie: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", address, headers={"Cookie": cookie, "Accept-Encoding": "identity"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def _log_in(port: int, person: dict) -> str:
    """The cookies of one who logged in by the page, as people do."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    page = answer.read().decode()
    jar = http.cookies.SimpleCookie()
    for header in answer.headers.get_all("Set-Cookie") or []:
        jar.load(header)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    names = re.findall(r'<input[^>]+name="([^"]+)"', page)
    who = next(name for name in names if name in {"username", "staff_no"})
    form = {"csrfmiddlewaretoken": token.group(1) if token else "", who: person["staff_no"]}
    form["password"] = person["password"]
    headers = {
        "Cookie": "; ".join(f"{key}={one.value}" for key, one in jar.items()),
        "Content-Type": "application/x-www-form-urlencoded",
        "Referer": f"http://127.0.0.1:{port}/login",
        "Origin": f"http://127.0.0.1:{port}",
    }
    connection.request("POST", "/login", urllib.parse.urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    for header in answer.headers.get_all("Set-Cookie") or []:
        jar.load(header)
    connection.close()
    if answer.status != 302:
        raise SystemExit(f"log-in answered {answer.status}")
    return "; ".join(f"{key}={one.value}" for key, one in jar.items())


def _load(port: int, found: dict) -> list[Page]:
    cookie = _log_in(port, found["people"][0])
    kinds = addresses(found)
    pages = {name: Page(name) for name in kinds}
    for name, choices in kinds.items():
        status, _body = _get(port, choices[0], cookie)
        print(f"  {name}: {choices[0]} answers {status}", file=sys.stderr, flush=True)
    lock, end = threading.Lock(), time.monotonic() + LONGEST

    def person(number: int) -> None:
        for turn in range(ROUNDS):
            order = list(kinds)
            shift = (number + turn) % len(order)
            for name in order[shift:] + order[:shift]:
                if time.monotonic() > end:
                    return
                choices = kinds[name]
                start = time.perf_counter()
                status, _body = _get(port, choices[(number * ROUNDS + turn) % len(choices)], cookie)
                took = (time.perf_counter() - start) * 1000
                with lock:
                    pages[name].milliseconds.append(took)
                    pages[name].refused += status != 200

    people = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    return list(pages.values())


def report(pages: list[Page]) -> list[str]:
    lines = [
        f"{PEOPLE} people at once, gunicorn with two processes of four threads; milliseconds",
        "",
        "| page | requests | p50 | p95 | not 200 | aim p95 ≤ 300 |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for page in pages:
        told = "met" if page.at(95) <= AIM and not page.refused else "MISSED"
        counted = f"{len(page.milliseconds)} | {page.at(50):.0f} | {page.at(95):.0f} | {page.refused}"
        lines.append(f"| {page.name} | {counted} | {told} |")
    return lines
