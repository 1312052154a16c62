"""The rules of the house that a machine can check."""

import io
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import clock_rule, messages, template_words
from tools.repository import ROOT, all_files, files_of

MIGRATIONS = [path for path in files_of(".py", under="postloan") if path.parent.name == "migrations"]
LOCKS = [path for path in all_files() if path.suffix == ".lock" or path.name in {"package-lock.json", ".npmrc"}]
# A longer file than agreed, with the reason why it is better whole.
OVERSIZE: dict[str, str] = {}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# --- migrations ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in MIGRATIONS if path.stem != "__init__"], ids=named)
def test_a_migration_bears_a_name_that_somebody_gave_it(path: Path) -> None:
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem)
    assert not re.search(r"_auto_\d|_and_more|_alter_.*_alter_", path.stem), "say what it is for"


# --- texts --------------------------------------------------------------------------------------


def test_every_message_is_translated() -> None:
    found = messages.problems([])
    assert not found, "\n".join(found)


def test_no_english_stands_untranslated_in_a_template() -> None:
    found = list(template_words.places())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Loan {{ loan.number }}</p>", ["Loan"]),
        ('<p title="Days">{% translate "Open" %}</p>', ["Days"]),
        ("{% blocktranslate %}Open loans{% endblocktranslate %}", []),
        ("<script>let value = 1;</script><style>body {}</style>", []),
        ('<a class="btn" href="{% url "loans:list" %}">&nbsp;{% trans "Loans" %} – M0</a>', []),
        ("{# a remark #}{% comment %}words{% endcomment %}<b>\n\nlate</b>", ["late"]),
    ],
)
def test_untranslated_english_is_found(template: str, words: list[str]) -> None:
    assert [word for _line, word in template_words.english_in(template)] == words


# --- locks --------------------------------------------------------------------------------------


def test_the_locks_are_there() -> None:
    assert {"requirements.lock", "requirements-dev.lock", "package-lock.json"} <= {path.name for path in LOCKS}


@pytest.mark.parametrize("path", LOCKS, ids=named)
def test_no_lock_names_an_address(path: Path) -> None:
    found = re.findall(r".*(?:://|\"resolved\"|git\+|index-url|find-links|registry=).*", path.read_text())
    assert not found, found[:3]


@pytest.mark.parametrize("path", [path for path in LOCKS if path.name.startswith("requirements")], ids=named)
def test_every_package_is_pinned_with_hashes(path: Path) -> None:
    blocks = re.split(r"\n(?=\S)", path.read_text().strip())
    packages = [block for block in blocks if not block.startswith("#")]
    assert packages
    assert all("==" in block and "--hash=sha256:" in block for block in packages)


def test_the_demonstrations_packages_are_among_the_tests_packages() -> None:
    """So one environment serves both; tools/set_up.py relies on it."""
    pins = [
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pins[0] <= pins[1]


# --- the clock ----------------------------------------------------------------------------------


def test_no_date_comes_from_the_clock() -> None:
    found = list(clock_rule.violations())
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "code",
    [
        "date.today()",
        "datetime.date.today()",
        "datetime.now()",
        "datetime.datetime.now(tz)",
        "datetime.utcnow()",
        "timezone.localdate()",
        "from django.utils.timezone import localdate",
        "timezone.now().date()",
        "timezone.now().astimezone(zone).date()",
        "timezone.localtime().date()",
        "timezone.localtime(timezone.now()).date()",
        "timezone.now().year",
        "timezone.now().strftime('%Y')",
        "now = timezone.now()\nday = now.date()",
        "def f():\n    moment = timezone.now()\n    return moment.month",
        "time.strftime('%Y-%m-%d')",
        "from time import strftime",
        "TruncDate(Now())",
        "models.DateField(auto_now_add=True)",
        "cursor.execute('SELECT 1 WHERE due_on < CURRENT_DATE')",
        "cursor.execute(\"SELECT date('now')\")",
    ],
)
def test_a_date_from_the_clock_is_found(code: str) -> None:
    assert clock_rule.in_python(code)


@pytest.mark.parametrize(
    "code",
    [
        "timezone.now()",
        "row.finished_at = timezone.now()",
        "timezone.now() - timedelta(minutes=5)",
        "started = time.monotonic()",
        "day = business_date.current()",
        "business_date.calendar_today()",
        "row.opened_at.date()",
        "timezone.localtime(row.opened_at).date()",
        "def f():\n    now = timezone.now()\ndef g(now):\n    return now.date()",
        "models.DateTimeField(auto_now_add=True)",
        "TruncMonth('due_on')",
        "timezone.now().isoformat()",
    ],
)
def test_a_moment_or_a_given_date_is_not(code: str) -> None:
    assert not clock_rule.in_python(code)


# --- size and names -----------------------------------------------------------------------------


def agreed_lines(path: Path) -> int | None:
    top = path.relative_to(ROOT).parts[0]
    if path.suffix == ".html":
        return 150
    if path.suffix != ".py" or "migrations" in path.parts:
        return None
    return 600 if top == "tests" else 400


def test_no_file_outgrows_the_agreed_size_unless_it_is_named() -> None:
    over = {}
    for path in files_of(".py", ".html"):
        limit = agreed_lines(path)
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if limit is not None and lines > limit:
            over[named(path)] = lines
    assert set(over) == set(OVERSIZE), f"too long or no longer: {over} against {sorted(OVERSIZE)}"
    assert all(len(reason) > 20 for reason in OVERSIZE.values())


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils.py", "helpers.py", "util.py", "helper.py", "misc.py", "common.py"}
    assert not [named(path) for path in files_of(".py") if path.name in drawers]


def remarks(path: Path) -> Iterator[str]:
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        yield from (token.string for token in tokens if token.type == tokenize.COMMENT)
    else:
        yield from source.splitlines()


def test_no_remark_is_left_to_nobody() -> None:
    """`TODO(name, 2026-11-21): …` or nothing."""
    left = []
    for path in files_of(".py", ".sql", ".html", ".css", ".js", ".sh", ".yml"):
        for remark in remarks(path):
            if re.search(r"\b(TODO|FIXME)\b(?!\(\w+, \d{4}-\d\d-\d\d\))", remark):
                left.append(f"{named(path)}: {remark.strip()}")
    assert not left, "\n".join(left)


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    folders = re.compile(r"/(?:home|Users|root)/\w|/work/(?:main|shared)\b|[A-Z]:\\Users")
    own = Path(__file__).resolve()
    binary = {".png", ".xlsx", ".zip", ".pdf", ".docx", ".gz", ".ico"}
    found = [
        named(path)
        for path in all_files()
        if path.suffix not in binary and path != own and folders.search(path.read_text("utf-8", errors="replace"))
    ]
    assert not found


# --- layers -------------------------------------------------------------------------------------


@pytest.mark.processes
def test_no_app_imports_one_above_it() -> None:
    """The layers stand in pyproject.toml, as in docs/decisions/."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_app_has_its_place_among_the_layers() -> None:
    layers = (ROOT / "pyproject.toml").read_text().partition("[[tool.importlinter.contracts]]")[2]
    for folder in (ROOT / "postloan").glob("*/apps.py"):
        assert f"postloan.{folder.parent.name}" in layers
