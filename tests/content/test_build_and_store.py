"""Building the store and reading it: real files, real SQLite."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from bot.content.build import build
from bot.content.problems import ContentError
from bot.content.store import ContentStore, StoreError

MANY = 60


@pytest.fixture
def db(content: Path, tmp_path: Path) -> Path:
    path = tmp_path / "content.db"
    build(content, path)
    return path


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def test_same_content_same_rows_and_version(content: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "a.db", tmp_path / "b.db"
    assert build(content, first).version == build(content, second).version
    assert dump(first) == dump(second)
    assert first.read_bytes() == second.read_bytes()


def test_any_change_of_words_changes_the_version(content: Path, article: Path, tmp_path: Path) -> None:
    before = build(content, tmp_path / "a.db").version
    article.write_text(article.read_text("utf-8").replace("a Greek word", "an old Greek word"), "utf-8")
    assert build(content, tmp_path / "a.db").version != before


def test_a_bad_file_leaves_the_old_store_as_it_was(content: Path, article: Path, db: Path) -> None:
    before = db.read_bytes()
    article.write_text("---\ntitle: [broken\n---\n", "utf-8")
    with pytest.raises(ContentError):
        build(content, db)
    assert db.read_bytes() == before
    assert [path.name for path in db.parent.iterdir() if path.suffix == ".db"] == ["content.db"]


def test_tables_are_strict_and_keys_are_held(db: Path) -> None:
    connection = sqlite3.connect(db)
    tables = [
        row
        for row in connection.execute("PRAGMA table_list")
        if row[2] == "table" and not row[1].startswith(("sqlite_", "_"))
    ]
    assert tables and all(row[5] == 1 for row in tables), tables
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


def test_an_answer_is_whole(db: Path) -> None:
    answer = ContentStore.open(db).answer("leukopenia", "contagious")
    assert answer is not None
    assert answer.text.startswith("No, a low white blood cell count is not contagious.")
    assert answer.questions[0] == "Is a low white blood cell count contagious?"
    assert answer.source.line() == (
        'Source: "Low white blood cell count (leukopenia)", section "Is Leukopenia contagious?" (from a medical overview of '
        "leukopenia with questions and answers, last updated 2025-10-18). Reviewed 2026-11-21."
    )
    assert answer.disclaimer.short == (
        "This is general information, not medical advice. Ask your doctor or nurse about your own case."
    )


def test_a_fact_can_stand_in_several_relations(db: Path) -> None:
    facts = ContentStore.open(db).facts_by_key("sepsis", "leukopenia")
    assert [fact.relation for fact in facts] == ["cause", "complication"]


def test_what_is_not_there_is_none(db: Path) -> None:
    store = ContentStore.open(db)
    assert store.answer("leukopenia", "weather") is None
    assert store.answer("lupus", "causes") is None
    assert store.facts_by_key("zyprexa") == ()


@pytest.mark.parametrize(
    ("today", "state", "shown"),
    [
        (date(2027, 11, 21), "current", True),
        (date(2027, 11, 22), "grace", True),
        (date(2027, 12, 21), "grace", True),
        (date(2027, 12, 22), "withdrawn", False),
    ],
)
def test_an_old_review_is_told_and_then_withdrawn(db: Path, today: date, state: str, shown: bool) -> None:
    store = ContentStore.open(db)
    assert store.review_state("leukopenia", today) == state
    answer = store.answer("leukopenia", "causes", today)
    assert (answer is not None) == shown
    if answer:
        assert answer.review_state == state


def test_a_new_release_is_seen_without_a_restart(content: Path, article: Path, db: Path) -> None:
    store = ContentStore.open(db)
    before = store.version
    article.write_text(article.read_text("utf-8").replace("It is a Greek word.", "It is an old Greek word."), "utf-8")
    build(content, db)
    answer = store.answer("leukopenia", "word_origin")
    assert store.version != before
    assert answer is not None and answer.simpler.startswith("It is an old Greek word.")


def test_many_threads_read_while_releases_come(content: Path, article: Path, db: Path) -> None:
    store, wrong, stop = ContentStore.open(db), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                answer = store.answer("leukopenia", "causes")
                if answer is None or not answer.text:
                    wrong.append("no answer")
            except Exception as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    text = article.read_text("utf-8")
    for number in range(5):
        article.write_text(text.replace('version: "1"', f'version: "{number + 2}"'), "utf-8")
        build(content, db)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert store.article("leukopenia").version == "6"


def test_a_missing_or_broken_store_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="bot content build"):
        ContentStore.open(tmp_path / "none.db")
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="bot content build"):
        ContentStore.open(broken)


def test_it_opens_in_datasette(db: Path) -> None:
    """As a program of its own, as a reviewer would start it."""
    done = subprocess.run(
        [sys.executable, "-m", "datasette", str(db), "--get", "/content/answers.json?_shape=array&_size=1"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "leukopenia." in done.stdout


def test_each_of_many_articles_is_found(content: Path, article: Path, tmp_path: Path) -> None:
    """Every one of them is found; how long a read takes is for benchmarks, not for a test."""
    text = article.read_text("utf-8")
    names = text[text.index("names:") : text.index("status:")]
    for number in range(MANY - 1):
        other = text.replace(names, f"names:\n  - condition {number}\n").replace(
            "condition: leukopenia", f"condition: c{number}"
        )
        other = other.replace("common_name: low white blood cell count", f"common_name: condition {number}")
        (content / "articles" / f"c{number}.md").write_text(
            other.replace("title: Low", f"title: {number} low"), "utf-8"
        )
    path = tmp_path / "big.db"
    build(content, path)
    store = ContentStore.open(path)
    assert len(store.conditions()) == MANY
    for number in range(MANY - 1):
        assert store.answer(f"c{number}", "causes") is not None
    assert len(store.facts("c30")) == len(store.facts("leukopenia"))
    assert len(store.facts_by_key("malaria", "c40")) == 1
