"""A domain, a store on a file of its own, and events as Rasa makes them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.runtime import quiet

quiet()

from rasa.shared.core.domain import Domain  # noqa: E402
from rasa.shared.core.events import (  # noqa: E402
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)

from bot.conversations.store import ConversationStore  # noqa: E402

DOMAIN = """
version: "3.1"
intents: [ask_causes]
slots:
  condition: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  shown: {type: any, influence_conversation: false, mappings: [{type: custom}]}
"""


@pytest.fixture(scope="session")
def domain() -> Domain:
    return Domain.from_yaml(DOMAIN)


@pytest_asyncio.fixture
async def store(domain: Domain, tmp_path: Path) -> AsyncIterator[ConversationStore]:
    made = ConversationStore(domain, path=tmp_path / "conversations.db", busy_seconds=0.3)
    yield made
    await made.close()


def session_start() -> list[Event]:
    return [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def turn(text: str, **slots: Any) -> list[Event]:
    """One message of a patient, and all that follows from it."""
    asked = UserUttered(text, {"name": "ask_causes", "confidence": 0.9}, [], {"text": text})
    said = [ActionExecuted("action_answer"), BotUttered(f"an answer to {len(text)} letters")]
    return [asked, *said, *(SlotSet(name, value) for name, value in slots.items()), ActionExecuted("action_listen")]
