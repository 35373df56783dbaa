"""The embedded actions: Rasa runs ours, and not its own slow ones."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted
from rasa.shared.core.trackers import DialogueStateTracker

from bot.embedded import EmbeddedAction
from bot.turn import Turns


async def test_a_predicted_custom_action_is_the_embedded_one(turns: Turns) -> None:
    assert turns.agent is not None
    processor = turns.agent.processor
    tracker = DialogueStateTracker("test-embedded", processor.domain.slots)
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME), processor.domain)
    message = UserMessage("What is leukopenia?", CollectingOutputChannel(), "test-embedded")
    await processor._handle_message_with_tracker(message, tracker)
    action, prediction = processor.predict_next_with_tracker_if_should(tracker)
    assert isinstance(action, EmbeddedAction)
    assert action.name() == "action_answer"
    assert prediction.max_confidence == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "/ask_causes",
        '/ask_causes{"condition": "leukopenia"}',
        '/delete_data{"confirmed": "yes"} and more',
        "/no_such_intent",
        "/ what is leukopenia?",
        "/",
        "",
        "what is leukopenia?",
    ],
)
async def test_a_payload_means_what_it_means_to_rasa(turns: Turns, text: str) -> None:
    assert turns.agent is not None
    processor = turns.agent.processor
    tracker = DialogueStateTracker("test-embedded", processor.domain.slots)
    message = UserMessage(text)
    for alone in (True, False):
        ours = processor._parse_message_with_graph(message, tracker, alone)
        theirs = MessageProcessor._parse_message_with_graph(processor, message, tracker, alone)
        if alone:
            assert ours == theirs
        assert ours["intent"] == theirs["intent"] and ours["entities"] == theirs["entities"]
    payload = text.startswith("/ask") or text.startswith("/delete")
    assert (list(ours) == ["text", "intent", "intent_ranking", "entities"]) == payload
