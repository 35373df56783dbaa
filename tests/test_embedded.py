"""The embedded actions: Rasa runs ours, and not its own slow ones."""

from __future__ import annotations

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
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
