"""Two apps bear names of the standard library; here is what keeps that harmless."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from tools.repository import ROOT, all_files

OURS = [name for name in settings.INSTALLED_APPS if name.startswith("postloan.")]
TAKEN = ("warnings", "collections")
# `import warnings` and `import collections` are Python's, in a process that also has ours.
PROBE = """
import collections, os, sys, warnings
import postloan, postloan.collections, postloan.warnings
library = os.path.dirname(os.__file__)
assert collections.__file__.startswith(library), collections.__file__
assert warnings.__file__.startswith(library), warnings.__file__
assert collections.namedtuple and warnings.warn
assert os.path.dirname(postloan.collections.__file__).endswith(os.path.join("postloan", "collections"))
"""


def run_python(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env={**clean, **environment}, capture_output=True, text=True, check=False
    )


def test_the_package_is_a_package() -> None:
    assert (ROOT / "postloan" / "__init__.py").is_file()
    for name in OURS:
        assert (ROOT / name.replace(".", "/") / "__init__.py").is_file(), name


def test_the_standard_library_is_the_real_one_here() -> None:
    import collections
    import warnings

    library = str(Path(os.__file__).parent)
    assert str(collections.__file__).startswith(library)
    assert str(warnings.__file__).startswith(library)


@pytest.mark.processes
@pytest.mark.parametrize("safe_path", ["", "1"])
def test_the_standard_library_is_the_real_one_from_the_repository(safe_path: str) -> None:
    environment = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(ROOT)} if safe_path else {}
    done = run_python("-c", PROBE, folder=ROOT, **environment)
    assert done.returncode == 0, done.stderr


@pytest.mark.processes
def test_even_from_inside_the_package_as_in_a_container() -> None:
    done = run_python("-c", PROBE, folder=ROOT / "postloan", PYTHONSAFEPATH="1", PYTHONPATH=str(ROOT))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", TAKEN)
def test_nothing_else_bears_these_names(name: str) -> None:
    """Templates and texts may: nobody imports from there."""
    harmless = ("templates", "docs", "locale")
    for path in all_files():
        parts = path.relative_to(ROOT).parts
        if set(parts) & set(harmless):
            continue
        if parts[:2] == ("postloan", name):
            parts = parts[2:]
        assert name not in parts, f"{path} lies in a folder called {name}"
        assert path.stem != name or path.suffix != ".py", f"{path} would shadow the standard library"


def test_no_module_at_the_top_shadows_the_standard_library() -> None:
    tops = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in all_files() if path.suffix == ".py"}
    assert not tops & sys.stdlib_module_names


def test_no_module_in_tools_shadows_the_standard_library() -> None:
    """Scripts there run with their own folder first on the path."""
    assert not {path.stem for path in (ROOT / "tools").glob("*.py")} & sys.stdlib_module_names


@pytest.mark.parametrize("name", OURS)
def test_each_app_can_be_imported_and_says_what_it_is_called(name: str) -> None:
    importlib.import_module(name)
    config = apps.get_app_config(name.rpartition(".")[2])
    assert config.name == name
    assert (ROOT / name.replace(".", "/") / "apps.py").is_file()
    assert str(config.verbose_name)


def test_every_folder_with_an_app_is_installed() -> None:
    folders = {f"postloan.{path.parent.name}" for path in (ROOT / "postloan").glob("*/apps.py")}
    assert folders == set(OURS)


def test_no_model_is_called_like_a_builtin() -> None:
    names = {model.__name__ for model in apps.get_models() if model.__module__.startswith("postloan.")}
    assert not names & {"Warning", "Exception", "UserWarning", "Counter"}
