"""A message that is delivered again gets what it got before."""

from __future__ import annotations

import uuid
from pathlib import Path

from bot.content.reply import Reply
from bot.conversations.keeping import HISTORY_TURNS
from bot.conversations.store import ConversationStore
from bot.delivery import MESSAGE_ID
from bot.runtime import build_turns
from bot.settings import Settings
from bot.turn import Turns


async def test_the_first_message_gets_its_opening_notice_again(turns: Turns) -> None:
    sender = uuid.uuid4().hex
    first = await turns.say(sender, "what is leukopenia?", metadata={MESSAGE_ID: "one"})
    assert len(first) == 2
    assert await turns.say(sender, "what is leukopenia?", metadata={MESSAGE_ID: "one"}) == first


async def test_a_later_message_gets_its_answer_alone(turns: Turns) -> None:
    sender = uuid.uuid4().hex
    await turns.say(sender, "what is leukopenia?", metadata={MESSAGE_ID: "one"})
    second = await turns.say(sender, "what causes it?", metadata={MESSAGE_ID: "two"})
    assert len(second) == 1
    assert await turns.say(sender, "what causes it?", metadata={MESSAGE_ID: "two"}) == second


async def test_a_message_that_comes_again_after_many_others_is_not_answered_anew(
    settings: Settings, tmp_path: Path
) -> None:
    turns = build_turns(settings, lambda domain: ConversationStore(domain, path=tmp_path / "conversations.db"))
    assert turns.agent is not None
    store = turns.agent.tracker_store
    assert isinstance(store, ConversationStore)
    said = ["what is leukopenia?", *["what causes it?", "what are the symptoms?"] * HISTORY_TURNS]

    async def says(number: int, message_id: str) -> list[Reply]:
        return await turns.say("one", said[number], metadata={MESSAGE_ID: message_id}, with_notice=False)

    answers = [await says(number, f"100%_{number}") for number in range(len(said))]
    kept = await store.export("one")
    for number in (0, 1, HISTORY_TURNS, 2 * HISTORY_TURNS):
        assert await says(number, f"100%_{number}") == answers[number]
    assert await store.export("one") == kept, "nothing is kept twice"
    assert await says(0, "100__0") and await says(0, '"') and await says(0, "1004")
    assert len(await store.export("one")) > len(kept), "other messages are answered"
    await store.close()
