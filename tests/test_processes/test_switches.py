"""Each mechanism turned off makes its scenario red, for the reason that it is off.

The scenarios are those of the other files, where they are green with everything on. Each runs on an installation of
its own, several beside each other. What a worker looks for is what turns red, never a time.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

import pytest
from celery import Celery

from tests.test_processes import scenarios
from tests.test_processes.conftest import RUN, Beginning, difference
from tests.test_processes.installation import Installation

pytestmark = [pytest.mark.processes, pytest.mark.postgres, pytest.mark.slow]

AT_ONCE = 3


def a_killed_worker(installation: Installation, day: str) -> None:
    """Somebody asks once, so that the work begins without beat too."""
    hit = installation.order("night:overdue", "kill")
    installation.keep_running()
    app = Celery(broker=installation.environment["REDIS_URL"], set_as_current=False)
    app.send_task("core.run_due", ignore_result=True)
    app.close()
    scenarios.wait_for(hit)
    scenarios.recover(installation, day, "night:overdue", hit, may_be_silent=False)


def a_stopped_worker(installation: Installation, day: str) -> None:
    hit = installation.order("night:overdue", "stop")
    installation.keep_running()
    stopped = scenarios.wait_for(hit)
    try:
        scenarios.recover(installation, day, "night:overdue", hit)
    finally:
        with suppress(ProcessLookupError):
            os.kill(stopped, signal.SIGKILL)


def an_import_killed_while_it_applies(installation: Installation, day: str) -> None:
    hit = installation.order("apply:loans", "kill")
    installation.keep_running()
    scenarios.wait_for(hit)
    scenarios.nothing_is_seen(installation, day, "apply:loans")


def the_night_computed_again(installation: Installation, day: str) -> None:
    installation.ask("DROP INDEX todo_open_once")
    installation.keep_running()
    installation.wait_until_closed(day)
    before = installation.found()["todos"]
    installation.manage("run_night", "--again")
    assert difference(installation.found()["todos"], before) == ([], []), "todos are there twice"


def a_sender_killed_after_sending(installation: Installation, day: str) -> None:
    hit = installation.order("outbox:sent:counted", "kill")
    installation.keep_running()
    scenarios.wait_for(hit)
    scenarios.recover(installation, day, "outbox:sent:counted", hit)
    keys = [key for key, _address in installation.arrived()]
    assert difference(keys, sorted(set(keys))) == ([], []), "a message has arrived twice"


Scenario = Callable[[Installation, str], None]
RED: dict[str, tuple[Scenario, type[AssertionError], str]] = {
    "fence": (a_stopped_worker, scenarios.Stuck, "is at work"),
    "lease": (a_killed_worker, scenarios.NotTakenOver, "looked for work"),
    "sweeper": (a_killed_worker, scenarios.NotTakenOver, "its lease ended long ago"),
    "transaction": (an_import_killed_while_it_applies, AssertionError, "half of it is to be seen"),
    "unique": (the_night_computed_again, AssertionError, "todos are there twice"),
    "key": (a_sender_killed_after_sending, AssertionError, "a message has arrived twice"),
}


@pytest.fixture(scope="module")
def tried(beginning: Beginning, redis_port: int, tmp_path_factory, request) -> Iterator[dict[str, Future[None]]]:
    """Every scenario that is asked for, begun; a few at once."""
    asked = [item.callspec.params["mechanism"] for item in request.session.items if item.module is request.module]
    folder = tmp_path_factory.mktemp("switches")
    extract = beginning.extracts[beginning.done]

    def run(number: int, mechanism: str) -> None:
        broker = f"redis://127.0.0.1:{redis_port}/{number + 1}"
        name = f"postloan_processes_{RUN}_without_{mechanism}"
        installation = Installation(folder / mechanism, name, broker=broker, like=beginning.still, without=mechanism)
        try:
            installation.deliver(extract)
            RED[mechanism][0](installation, extract.name)
        finally:
            installation.remove()

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="switch") as pool:
        yield {mechanism: pool.submit(run, number, mechanism) for number, mechanism in enumerate(asked)}


@pytest.mark.parametrize("mechanism", RED)
def test_without_its_mechanism_a_scenario_is_red(tried: dict[str, Future[None]], mechanism: str) -> None:
    _scenario, error, text = RED[mechanism]
    with pytest.raises(error, match=text):
        tried[mechanism].result()
