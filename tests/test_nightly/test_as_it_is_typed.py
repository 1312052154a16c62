"""An empty database, three commands as somebody types them, each a process of its own: the book of a real bank."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.conftest import ROOT, runs_on_postgres
from tests.test_nightly import oracle

pytestmark = [pytest.mark.shared_data]
NAME = f"postloan_processes_typed_{os.getpid()}"


@pytest.fixture
def empty_database(tmp_path: Path) -> Iterator[str]:
    """The address of a database that nobody has migrated."""
    if not runs_on_postgres():
        yield f"sqlite:///{tmp_path}/typed.sqlite3"
        return
    import psycopg2

    own = settings.DATABASES["default"]
    server = f"postgres://{own['USER']}@{own['HOST']}:{own['PORT']}"
    connection = psycopg2.connect(f"{server}/postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{NAME}"')
        try:
            yield f"{server}/{NAME}"
        finally:
            cursor.execute(f'DROP DATABASE "{NAME}" WITH (FORCE)')
    connection.close()


def test_migrate_replay_and_export_give_the_book_of_every_date(empty_database, shared_data, tmp_path):
    dates = tmp_path / "bank"
    folders = sorted((shared_data / "extracts" / "berka").iterdir())[-3:]
    for folder in folders:
        shutil.copytree(folder, dates / folder.name)

    def typed(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            check=False,
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": empty_database,
                "DJANGO_SETTINGS_MODULE": "postloan.settings.demo",
                "POSTLOAN_VAR": str(tmp_path / "var"),
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=400,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    typed("migrate", "--verbosity", "0")
    typed("replay", str(dates))
    for folder in reversed(folders):
        book = typed("export_loan_book", "--business-date", folder.name)
        assert book.splitlines() == oracle.book(folder).splitlines(), folder.name
    assert typed("export_loan_book") == typed("export_loan_book", "--business-date", folders[-1].name)
