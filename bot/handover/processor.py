"""Where a handover stands in Rasa's turn: after the message is understood, around the prediction of actions."""

from __future__ import annotations

from rasa.core.channels.channel import OutputChannel
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import ConversationResumed
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.collector import ReplyCollector
from bot.handover.case import Case
from bot.handover.cases import case_of
from bot.handover.handover import Handover
from bot.handover.talk import Talk
from bot.policies.safety import RESPONSES

#: Intents' payload that the patient may still accept by "yes" while the bot is silent.
DELETE = "/delete_data"
#: While it is silent the bot says the urgent texts and obeys "delete my data", nothing else.
LEVELS = {action: level for level, action in RESPONSES.items()}


class HandoverProcessor(MessageProcessor):
    """Rasa's message processor, silent in conversations that a person has.

    Attributes:
        handover: None where no staff are set up; then nothing differs from Rasa.
    """

    handover: Handover | None = None

    async def _run_prediction_loop(self, output_channel: OutputChannel, tracker: DialogueStateTracker) -> None:
        if self.handover is None and case_of(tracker) is not None:
            tracker.update(ConversationResumed(), self.domain)  # the clinic has no staff set up any more
        if self.handover is None or not isinstance(output_channel, ReplyCollector):
            await super()._run_prediction_loop(output_channel, tracker)
            return
        talk = Talk(tracker, self.domain, output_channel)
        case = await self.handover.current(talk)
        if case is not None:
            await self._while_silent(talk, case, output_channel)
        else:
            await super()._run_prediction_loop(output_channel, tracker)
            await self.handover.after_turn(talk, output_channel.effects)
        output_channel.handed_over = tracker.is_paused()
        if output_channel.handed_over:
            output_channel.if_silent = None

    async def _while_silent(self, talk: Talk, case: Case, output_channel: ReplyCollector) -> None:
        assert self.handover is not None
        spoken = await self._speak_if_it_must(talk.tracker, output_channel)
        if spoken in LEVELS:
            await self.handover.danger(talk, case, LEVELS[spoken])
        elif not spoken:
            await self.handover.heard(talk, case)

    async def _speak_if_it_must(self, tracker: DialogueStateTracker, output_channel: OutputChannel) -> str:
        """Runs what the policies predict when it may be said in silence. Gives the first action's name, else ""."""
        spoken = ""
        going_on = True
        while going_on:
            action, prediction = self.predict_next_with_tracker_if_should(tracker)
            if not spoken and not _may_be_said(action.name(), tracker):
                return ""
            spoken = spoken or action.name()
            going_on = await self._run_action(action, tracker, output_channel, self.nlg, prediction)
        return spoken


def _may_be_said(action: str, tracker: DialogueStateTracker) -> bool:
    if action in ("action_accept_offer", "action_decline_offer"):
        return str(tracker.get_slot("offered") or "").startswith(DELETE)
    return action in LEVELS or action == "action_delete_data"
