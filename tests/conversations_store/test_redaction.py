"""One message leaves a conversation, and the others stay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SlotSet, UserUttered

from bot.conversations.process_locks import ProcessLocks
from bot.conversations.redaction import erase_message
from bot.conversations.sql_store import ConversationSqlStore
from bot.conversations.store import ConversationStore
from tests.conversations_store.conftest import session_start

Store = ConversationStore | ConversationSqlStore


@pytest_asyncio.fixture(params=["file", "sql"])
async def any_store(request: pytest.FixtureRequest, domain: Domain, tmp_path: Path) -> AsyncIterator[Store]:
    file, url = tmp_path / "conversations.db", f"sqlite:///{tmp_path}/sql.db"
    made: Store = (
        ConversationStore(domain, path=file) if request.param == "file" else ConversationSqlStore(domain, host=url)
    )
    yield made
    await made.close()


def said(word: str) -> list[Any]:
    """A turn whose every part holds the word, as the message `id of the word`."""
    asked = UserUttered(
        word, {"name": "ask_causes"}, [], {"text": word}, metadata={"message_id": f"id of the {word[:1]}"}
    )
    return [
        asked,
        ActionExecuted("action_answer"),
        SlotSet("shown", [word]),
        BotUttered(f"{word}?"),
        ActionExecuted("action_listen"),
    ]


async def save(store: Store, sender: str, *events: Any) -> None:
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    tracker.update_with_events(list(events), None)
    await store.save(tracker)


async def erase(store: Any, sender: str, message_id: str) -> bool:
    agent: Any = SimpleNamespace(tracker_store=store, lock_store=ProcessLocks())
    return await erase_message(agent, sender, message_id)


async def test_all_that_belongs_to_a_message_goes_and_nothing_else(any_store: Store, tmp_path: Path) -> None:
    await save(
        any_store, "one", *session_start(), *said("armadillo"), *said("buffalo"), *session_start(), *said("coyote")
    )
    await save(any_store, "two", *session_start(), *said("bbuffalo"))
    assert await erase(any_store, "one", "id of the b") is True
    left = str(await any_store.export("one"))
    assert "buffalo" not in left and "armadillo" in left and "coyote" in left
    assert left.count("action_session_start") == 2
    assert "bbuffalo" in str(await any_store.export("two"))
    assert await erase(any_store, "one", "id of the b") is False
    assert await erase(any_store, "nobody", "id of the b") is False
    await any_store.erase("two")
    if isinstance(any_store, ConversationStore):
        assert b"buffalo" not in b"".join(path.read_bytes() for path in tmp_path.glob("conversations.db*"))


async def test_the_talk_goes_on_afterwards(any_store: Store) -> None:
    await save(any_store, "one", *session_start(), *said("armadillo"), *said("buffalo"))
    assert await erase(any_store, "one", "id of the b")
    await save(any_store, "one", *said("coyote"))
    found = await any_store.retrieve("one")
    assert found is not None
    assert [event.text for event in found.events if isinstance(event, UserUttered)] == ["armadillo", "coyote"]
    assert found.get_slot("shown") == ["coyote"]


async def test_a_store_that_can_not_do_it_says_so(domain: Domain) -> None:
    with pytest.raises(NotImplementedError, match="InMemoryTrackerStore"):
        await erase(InMemoryTrackerStore(domain), "one", "id")
