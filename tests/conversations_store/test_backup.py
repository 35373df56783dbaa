"""Backups, put back as docs/operations.md says: the conversation goes on where it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from rasa.shared.core.domain import Domain

from bot.cli import main
from bot.conversations.sql_store import ConversationSqlStore
from bot.conversations.store import ConversationStore
from tests.conversations_store.conftest import turn
from tests.conversations_store.test_store import talk, texts_of
from tests.services import Postgres

DOCS = Path(__file__).resolve().parents[2] / "docs" / "operations.md"


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


async def test_a_backup_of_the_file_goes_on_where_it_was(domain: Domain, tmp_path: Path) -> None:
    path, kept = tmp_path / "conversations.db", tmp_path / "backup.db"
    store = ConversationStore(domain, path=path)
    await talk(store, "one", "a", "b", condition="leukopenia")
    done = CliRunner().invoke(main, ["privacy", "backup", "--store", str(path), str(kept)])
    assert (done.exit_code, done.output) == (0, f"Wrote {kept}.\n")
    assert oct(os.stat(kept).st_mode & 0o777) == "0o600"
    await talk(store, "one", "after the backup")
    await store.close()

    for file in tmp_path.glob("conversations.db*"):
        file.unlink()
    shutil.copy(kept, path)
    restored = ConversationStore(domain, path=path)
    tracker = await restored.retrieve("one")
    assert texts_of(tracker) == ["a", "b"]
    assert tracker is not None and tracker.current_slot_values()["condition"] == "leukopenia"
    tracker.update_with_events(turn("c"), None)
    await restored.save(tracker)
    assert texts_of(await restored.retrieve_full_tracker("one")) == ["a", "b", "c"]
    await restored.close()


def test_a_backup_overwrites_nothing(domain: Domain, tmp_path: Path) -> None:
    ConversationStore(domain, path=tmp_path / "conversations.db")
    there = tmp_path / "there"
    there.write_text("something else")
    done = CliRunner().invoke(main, ["privacy", "backup", "--store", str(tmp_path / "conversations.db"), str(there)])
    assert done.exit_code == 1 and "can't be made (FileExistsError)" in done.output
    assert there.read_text() == "something else"


def test_of_postgresql_it_names_the_right_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_DATABASE_URL", "postgresql://bot@db/bot")
    done = CliRunner().invoke(main, ["privacy", "backup", str(tmp_path / "x")])
    assert done.exit_code == 1 and "pg_dump" in done.output


async def test_a_backup_of_postgresql_goes_on_where_it_was(domain: Domain, postgres: Postgres) -> None:
    dump, restore = "pg_dump --format=custom --file=", "pg_restore --exit-on-error --dbname="
    assert dump in DOCS.read_text("utf-8") and restore in DOCS.read_text("utf-8")
    file = postgres.folder / "bot.dump"
    store = ConversationSqlStore(domain, host=postgres.url)
    await talk(store, "one", "a", "b", condition="leukopenia")
    postgres.run("pg_dump", "--format=custom", f"--file={file}", "postgres")
    await talk(store, "one", "after the backup")
    await store.close()

    postgres.run("createdb", "restored")
    postgres.run("pg_restore", "--exit-on-error", "--dbname=restored", str(file))
    restored = ConversationSqlStore(domain, host=postgres.url.replace("/postgres", "/restored"))
    tracker = await restored.retrieve("one")
    assert texts_of(tracker) == ["a", "b"]
    assert tracker is not None and tracker.current_slot_values()["condition"] == "leukopenia"
    tracker.update_with_events(turn("c"), None)
    await restored.save(tracker)
    assert texts_of(await restored.retrieve_full_tracker("one")) == ["a", "b", "c"]
    await restored.close()
