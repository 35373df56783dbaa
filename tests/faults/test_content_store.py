"""The content store goes away, breaks, and is replaced while patients talk."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.channels.web.client import WebClient
from tests.faults.processes import QUESTION, FaultyServer, gets_answers, reads_sorry


def missing(path: Path) -> None:
    path.unlink()


def cut_short(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def overwritten(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        for place in range(4096, size - 4096, 4096):
            file.seek(place)
            file.write(b"\xa5" * 2048)


def one_word_changed(path: Path) -> None:
    """A word of an approved text is another one: SQLite sees nothing wrong with it."""
    fresh = path.with_suffix(".changed")
    fresh.write_bytes(path.read_bytes())
    connection = sqlite3.connect(fresh)
    connection.execute("UPDATE answers SET text = replace(text, 'white', 'green')")
    connection.commit()
    connection.close()
    os.replace(fresh, path)


def another_database(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    connection.commit()
    connection.close()


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize(
    "broken", [missing, cut_short, empty, overwritten, one_word_changed, another_database, a_folder]
)
def test_a_broken_store_gives_the_fixed_sentence_until_it_is_mended(
    broken: Callable[[Path], None], faulty: FaultyServer, client: WebClient
) -> None:
    gets_answers(client)
    try:
        broken(faulty.content)
        reads_sorry(client, faulty)
        faulty.wait_until_not_ready("answer: StoreError")
    finally:
        if faulty.content.is_dir():
            faulty.content.rmdir()
        faulty.mend_content()
    gets_answers(client)
    faulty.wait_until_ready()
    authors = [item["author"] for item in client.history()]
    assert authors == ["patient", "bot"] * 4, "also what was said in trouble is kept"


def test_a_tap_on_a_first_question_while_the_store_is_missing(faulty: FaultyServer, client: WebClient) -> None:
    """The page showed it before; it is not called an old one."""
    first = client.http.get("config").json()["suggestions"][0]
    try:
        missing(faulty.content)
        tapped = client.send(button=first["id"])
        assert [reply["plain"] for reply in tapped.json()["replies"]] == [faulty.sorry.plain()]
        assert tapped.status_code == 200
    finally:
        faulty.mend_content()
    shown = client.send(button=first["id"]).json()["replies"][0]["blocks"]
    assert [block["answer_id"] for block in shown] == ["leukopenia.definition"]


def test_a_lock_on_the_store_stops_nobody(faulty: FaultyServer, client: WebClient) -> None:
    other = sqlite3.connect(faulty.content, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        gets_answers(client)
        assert faulty.ready() == (200, "")
    finally:
        other.close()


def test_releases_come_while_patients_talk(faulty: FaultyServer, client: WebClient) -> None:
    """Each patient reads the right answer each time, whichever release it is from."""
    done = threading.Event()

    def release() -> int:
        count = 0
        while not done.wait(0.02):
            faulty.mend_content()
            count += 1
        return count

    def talk(patient: WebClient) -> None:
        for _ in range(5):
            gets_answers(patient)

    with ThreadPoolExecutor(5) as threads:
        releases = threads.submit(release)
        try:
            list(threads.map(talk, [WebClient(faulty.web) for _ in range(4)]))
        finally:
            done.set()
    assert releases.result() >= 5
    assert faulty.ready() == (200, "")
    assert client.says(QUESTION)["content_version"]
