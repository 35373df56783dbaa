"""A message that is delivered again gets what it got before."""

from __future__ import annotations

import uuid

from bot.delivery import MESSAGE_ID
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
