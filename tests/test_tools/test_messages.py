"""The catalogue of Chinese texts: what is found in code and templates, what may be added, what is told."""

import gettext
import json
import multiprocessing
from pathlib import Path

import pytest

from tools import messages
from tools.messages import Entry


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with a catalogue of its own."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "CATALOGUE", tmp_path / "locale" / "django.po")
    monkeypatch.setattr(messages, "SAME_IN_BOTH", tmp_path / "same.txt")
    monkeypatch.setattr(messages, "LOCK", tmp_path / "var" / "lock")
    (tmp_path / "postloan").mkdir()
    (tmp_path / "templates").mkdir()
    return tmp_path


def add(house: Path, texts: object) -> int:
    file = house / "texts.json"
    file.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    return messages.main(["add", str(file)])


def compiled(house: Path) -> gettext.GNUTranslations:
    with (house / "locale" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


def test_texts_are_found_in_code_and_templates(house: Path) -> None:
    (house / "postloan" / "models.py").write_text(
        '_("loan")\nngettext("%(n)s day", "%(n)s days", 2)\npgettext_lazy("verb", "open")\n'
        'text = _("one " "and two")\n_(variable)\n'
    )
    (house / "templates" / "page.html").write_text(
        '{% load i18n %}\n  <p title="{% translate "Branch" %}">It\'s</p>\n'
        "    {% blocktranslate trimmed count n=total %}\n  {{ n }} loan at 100%\n"
        "  {% plural %} {{ n }} loans at 100% {% endblocktranslate %}"
        '{% trans "close" context "verb" %}{{ name|default:_("none") }}'
    )
    assert set(messages.used().places) == {
        Entry("loan"),
        Entry("%(n)s day", "%(n)s days"),
        Entry("open", "", "verb"),
        Entry("one and two"),
        Entry("Branch"),
        Entry("%(n)s loan at 100%%", "%(n)s loans at 100%%"),
        Entry("close", "", "verb"),
        Entry("none"),
    }


def test_what_is_added_is_what_django_reads(house: Path) -> None:
    texts = {
        "loan": "贷款",
        "verb|open": "打开",
        "%(n)s day": {"other": "%(n)s days", "zh": "%(n)s 天"},
    }
    assert add(house, texts) == 0
    chinese = compiled(house)
    assert chinese.gettext("loan") == "贷款"
    assert chinese.pgettext("verb", "open") == "打开"
    assert chinese.ngettext("%(n)s day", "%(n)s days", 5) == "%(n)s 天"
    # The singular used alone takes the plural's Chinese.
    assert chinese.gettext("%(n)s day") == "%(n)s 天"


def test_adding_the_same_again_changes_no_byte(house: Path) -> None:
    add(house, {"loan": "贷款", "branch": "机构"})
    before = (house / "locale" / "django.po").read_bytes()
    add(house, [{"one": "branch", "zh": "机构"}, {"one": "loan", "zh": "贷款"}])
    assert (house / "locale" / "django.po").read_bytes() == before


@pytest.mark.parametrize(
    "texts",
    [
        {"%(n)s loans": "贷款"},
        {"loan": ""},
        {"loan": "loan"},
        {"{name} is late": "逾期"},
        {"loan\n": "贷款"},
        {"loan": ["贷款"]},
    ],
)
def test_a_translation_that_cannot_stand_is_refused_with_all_that_came_with_it(house: Path, texts: dict) -> None:
    assert add(house, {"branch": "机构", **texts}) == 1
    assert not (house / "locale" / "django.po").exists()


def test_what_is_the_same_in_both_languages_must_be_listed(house: Path) -> None:
    assert add(house, {"PDF": "PDF"}) == 1
    (house / "same.txt").write_text("PDF\n")
    assert add(house, {"PDF": "PDF", "%(a)s – %(b)s": "%(a)s – %(b)s"}) == 0


def test_check_tells_what_is_missing_and_what_nobody_uses(house: Path) -> None:
    (house / "postloan" / "models.py").write_text('_("loan")\n_("branch")\n')
    add(house, {"loan": "贷款", "gone": "没了"})
    assert messages.problems([]) == [
        "not translated: 'branch'  at postloan/models.py:2",
        "no longer used: 'gone'",
    ]
    assert messages.problems([str(house / "templates")]) == []
    assert messages.main(["prune"]) == 0
    add(house, {"branch": "机构"})
    assert messages.main(["check"]) == 0


def test_missing_prints_what_add_takes(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (house / "postloan" / "models.py").write_text('_("loan")\nnpgettext("sum", "%(n)s row", "%(n)s rows", 1)\n')
    messages.main(["missing"])
    rows = json.loads(capsys.readouterr().out)
    assert rows == {"loan": "", "sum|%(n)s row": {"other": "%(n)s rows", "zh": ""}}
    rows["loan"] = "贷款"
    rows["sum|%(n)s row"]["zh"] = "%(n)s 行"
    assert add(house, rows) == 0
    assert messages.main(["check"]) == 0


def test_a_fuzzy_entry_is_told(house: Path) -> None:
    (house / "postloan" / "models.py").write_text('_("loan")\n')
    add(house, {"loan": "贷款"})
    catalogue = house / "locale" / "django.po"
    catalogue.write_text(catalogue.read_text().replace('msgid "loan"', '#, fuzzy\nmsgid "loan"'))
    assert messages.problems([]) == ["fuzzy: 'loan'"]


def _add_one(folder: Path, number: int) -> None:
    messages.ROOT, messages.CATALOGUE = folder, folder / "locale" / "django.po"
    messages.SAME_IN_BOTH, messages.LOCK = folder / "same.txt", folder / "var" / "lock"
    add(folder / str(number), {f"text {number}": f"文字{number}"})


@pytest.mark.processes
def test_several_people_adding_at_once_lose_nothing(house: Path) -> None:
    numbers = range(6)
    for number in numbers:
        (house / str(number)).mkdir()
    spawn = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    workers = [spawn.Process(target=_add_one, args=(house, number)) for number in numbers]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    chinese = compiled(house)
    assert [chinese.gettext(f"text {number}") for number in numbers] == [f"文字{number}" for number in numbers]
