"""`bot privacy`."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import main
from bot.conversations.database import Database, EventRow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two conversations: one of today and one of 1970."""
    path = tmp_path / "conversations.db"
    database = Database(path)
    said = [("user", "what is <NAME>", time.time() - 9), ("bot", "An answer.", time.time() - 8)]
    rows = [
        EventRow(kind, "", at, json.dumps({"event": kind, "text": text, "timestamp": at})) for kind, text, at in said
    ]
    rows.insert(1, EventRow("slot", "condition", time.time() - 9, json.dumps({"event": "slot", "timestamp": 1.0})))
    database.append("new", rows).result()
    old = {"event": "user", "text": "long ago", "timestamp": 86_400.0}
    database.append("old", [EventRow("user", "", 86_400.0, json.dumps(old))]).result()
    database.close()
    return path


def run(command: str, file: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["privacy", command, "--store", str(file), *more])


def test_list_tells_ids_and_dates_and_no_words(file: Path) -> None:
    result = run("list", file)
    assert result.exit_code == 0
    new, old = result.output.splitlines()
    assert old == "old  1970-01-02T00:00:00+00:00  1970-01-02T00:00:00+00:00  1"
    assert new.startswith("new  ") and new.endswith("  1")
    rows = [json.loads(line) for line in run("list", file, "--json").output.splitlines()]
    assert [row["id"] for row in rows] == ["new", "old"]
    assert set(rows[0]) == {"id", "started", "last", "messages"}


def test_erasing_takes_the_entries_of_handed_over_cases_along(file: Path) -> None:
    database = Database(file)
    for conversation, metadata in (
        ("new", {"case": "KTQWXR", "until": 1.0}),
        ("case-KTQWXR", {"conversation": "new"}),
        ("owed-KTQWXR", {"conversation": "new", "case": "KTQWXR"}),
    ):
        pause = {"event": "pause", "timestamp": time.time(), "metadata": metadata}
        database.append(conversation, [EventRow("pause", "", time.time(), json.dumps(pause))]).result()
    database.close()
    assert b"KTQWXR" in file.read_bytes()
    assert run("erase", file, "--conversation", "new").exit_code == 0
    assert b"KTQWXR" not in b"".join(path.read_bytes() for path in file.parent.glob(file.name + "*"))
    assert [line.split()[0] for line in run("list", file).output.splitlines()] == ["old"]


def test_export_gives_the_patient_what_is_kept(file: Path) -> None:
    assert run("export", file, "--conversation", "old").output.splitlines() == [
        "Conversation old",
        "[1970-01-02T00:00:00+00:00] You: long ago",
    ]
    exported = json.loads(run("export", file, "--conversation", "new", "--format", "json").output)
    assert [event.get("text") for event in exported["events"]] == ["what is <NAME>", None, "An answer."]


def test_erase_leaves_nothing(file: Path) -> None:
    result = run("erase", file, "--conversation", "old")
    assert (result.exit_code, result.output) == (0, "Erased conversation old.\n")
    assert b"long ago" not in b"".join(path.read_bytes() for path in file.parent.glob("conversations.db*"))
    again = run("erase", file, "--conversation", "old")
    assert again.exit_code == 1
    assert "There is no conversation old." in again.output
    assert run("export", file, "--conversation", "old").exit_code == 1


def test_expire_goes_by_the_clinics_days_or_by_those_named(file: Path) -> None:
    result = run("expire", file)
    assert (result.exit_code, result.output) == (0, "Removed 1 conversations and every message older than 30 days.\n")
    assert run("expire", file, "--days", "0").output.startswith("Removed 1 conversations")
    assert run("list", file).output == ""


def test_a_database_of_several_servers_is_named_by_its_url(tmp_path: Path) -> None:
    from bot.conversations.sql_store import ConversationSqlStore

    url = f"sqlite:///{tmp_path}/sql.db"
    store = ConversationSqlStore(host=url)
    rows = [EventRow("user", "", 86_400.0, json.dumps({"event": "user", "text": "long ago", "timestamp": 86_400.0}))]
    asyncio.run(store._append("old", rows, unless_known=False))
    asyncio.run(store.close())

    def at_url(command: str, *more: str) -> Result:
        return CliRunner().invoke(main, ["privacy", command, "--url", url, *more])

    assert at_url("list").output == "old  1970-01-02T00:00:00+00:00  1970-01-02T00:00:00+00:00  1\n"
    assert at_url("export", "--conversation", "old").output.endswith("You: long ago\n")
    assert at_url("erase", "--conversation", "old").output == "Erased conversation old.\n"
    assert at_url("expire").output.startswith("Removed 0 conversations")
    missing = CliRunner().invoke(main, ["privacy", "list", "--url", "postgresql://bot@127.0.0.1:1/bot"])
    assert missing.exit_code == 1 and "Does the database run" in missing.output


def test_a_missing_store_and_a_wrong_file_are_named(tmp_path: Path) -> None:
    missing = run("list", tmp_path / "no.db")
    assert missing.exit_code == 1 and "There is no conversation store at" in missing.output
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    wrong = run("list", other)
    assert wrong.exit_code == 1 and "another program" in wrong.output


def test_it_loads_neither_rasa_nor_tensorflow(file: Path) -> None:
    code = (
        "import sys; from bot.cli.privacy import privacy; "
        f"privacy(['list', '--store', {str(file)!r}], standalone_mode=False); "
        "print(sorted({'rasa', 'tensorflow', 'spacy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"
