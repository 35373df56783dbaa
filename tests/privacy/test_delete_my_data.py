""" "Delete my data" in the chat, with the real bot and its real store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime import build_turns, quiet
from bot.settings import Settings
from tests.kit import Patient

MARKER = "quillfeather"


@pytest.fixture(scope="module")
def patients(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Patient, Patient, Path]]:
    """Two patients of one bot that keeps conversations, and the folder it keeps them in."""
    quiet()
    from bot.conversations.store import ConversationStore

    folder = tmp_path_factory.mktemp("kept")
    stores: list[ConversationStore] = []

    def make(domain: object) -> ConversationStore:
        stores.append(ConversationStore(domain, path=folder / "conversations.db"))  # type: ignore[arg-type]
        return stores[0]

    turns = build_turns(settings, make)
    yield Patient(turns), Patient(turns), folder
    asyncio.run(stores[0].close())


def kept(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_nothing_of_the_conversation_is_left_and_the_other_one_goes_on(
    patients: tuple[Patient, Patient, Path],
) -> None:
    one, other, folder = patients
    one.says(f"what is leukopenia {MARKER}")
    other.says("what causes leukopenia")
    assert MARKER.encode() in kept(folder)
    one.says("delete my data")
    assert one.last is not None and not one.last.erased, "it asks first"
    one.taps("Yes, delete it")
    assert one.last.erased
    files = kept(folder)
    assert MARKER.encode() not in files
    assert one.sender_id.encode() not in files
    assert other.sender_id.encode() in files
    other.says("is it contagious?")
    assert other.last is not None and other.last.replies[0].topic == "contagious"


def test_a_talk_after_erasing_begins_anew(patients: tuple[Patient, Patient, Path]) -> None:
    one, _, folder = patients
    one.says("what are the symptoms of leukopenia?")
    assert one.last is not None and one.last.replies[0].topic == "symptoms"
    assert one.sender_id.encode() in kept(folder)
    assert MARKER.encode() not in kept(folder)


def test_identifiers_are_answered_and_not_kept(patients: tuple[Patient, Patient, Path]) -> None:
    one, _, folder = patients
    one.says("my name is Zebulon Quartermain, born 3/4/1985. what causes leukopenia?")
    assert one.last is not None and one.last.replies[0].topic == "causes"
    files = kept(folder).lower()
    assert b"zebulon" not in files and b"quartermain" not in files and b"1985" not in files
    assert b"<name>" in files
