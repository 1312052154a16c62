"""Writes docs/domain/glossary.md: each term of the models with its Chinese, straight from the code and the catalogue.

python tools/glossary.py          writes the page
python tools/glossary.py --check  ends with 1 when the page is not what it would write
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "domain" / "glossary.md"
HEAD = """# Glossary

The field's terms as this system names them, made by `tools/glossary.py` from the models and the Chinese catalogue.
The English stands in the code, the Chinese on the page.
"""


def text() -> str:
    sys.path.insert(0, str(ROOT))
    os.environ["DJANGO_SETTINGS_MODULE"] = "postloan.settings.test"
    import django

    django.setup()
    from django.apps import apps
    from django.utils import translation

    def chinese(label: object) -> str:
        with translation.override("zh-hans"):
            return str(label)

    def english(label: object) -> str:
        with translation.override("en"):
            return str(label)

    lines = [HEAD]
    for config in apps.get_app_configs():
        if not config.name.startswith("postloan."):
            continue
        models = [model for model in config.get_models() if not model.__name__.startswith("Historical")]
        if not models:
            continue
        lines.append(f"## {english(config.verbose_name)} · {chinese(config.verbose_name)}\n")
        lines.append("| term | 中文 | code |\n|---|---|---|")
        for model in sorted(models, key=lambda model: model.__name__):
            meta = model._meta
            lines.append(
                f"| **{english(meta.verbose_name)}** | **{chinese(meta.verbose_name)}** | `{model.__name__}` |"
            )
            for field in meta.get_fields():
                label = getattr(field, "_verbose_name", None)
                if field.concrete and label is not None:
                    lines.append(f"| {english(label)} | {chinese(label)} | `{model.__name__}.{field.name}` |")
                for code, name in getattr(field, "choices", None) or []:
                    lines.append(f"| · {english(name)} | · {chinese(name)} | `{code}` |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    wanted = text()
    if "--check" in sys.argv:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != wanted:
            print("docs/domain/glossary.md is not up to date: run python tools/glossary.py")
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
