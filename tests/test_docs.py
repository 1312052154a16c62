"""What the pages for readers point at is there."""

import re
from pathlib import Path

import pytest

from tools.repository import ROOT, files_of

PAGES = files_of(".md")


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_inside_the_repository_leads_somewhere(document: Path) -> None:
    text = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    broken = [target for target in targets if "://" not in target and not (document.parent / target).exists()]
    assert not broken


def test_every_decision_stands_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name for name in records if f"]({name})" not in index] == []
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_modules_and_tools_that_a_page_names_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:postloan|tools|tests|core|organization)/[\w/]+\.(?:py|txt))`", document.read_text("utf-8")
    )
    missing = [name for name in named if not any((ROOT / base / name).exists() for base in ("", "postloan"))]
    assert not missing


def test_every_target_that_the_readme_names_is_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for document in PAGES:
        for target in re.findall(r"`make ([a-z]+)", document.read_text(encoding="utf-8")):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document.name}: make {target}"
