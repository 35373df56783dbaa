"""One conversation as the handover sees it: what was said in it, and what is said in it now."""

from __future__ import annotations

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.collector import ReplyCollector
from bot.content.reply import Reply
from bot.delivery import MESSAGE_ID, PUSHED, RESTART


class Talk:
    """A conversation; inside of a turn with the collector of its replies.

    Args:
        tracker: The conversation.
        domain: Its domain.
        collector: Gathers what this turn says; None outside of a turn.
    """

    def __init__(
        self, tracker: DialogueStateTracker, domain: Domain | None, collector: ReplyCollector | None = None
    ) -> None:
        self.tracker = tracker
        self._domain = domain
        self._collector = collector

    @property
    def sender_id(self) -> str:
        """Its id."""
        return str(self.tracker.sender_id)

    @property
    def channel(self) -> str:
        """The channel that the patient wrote in last."""
        return str(self.tracker.get_latest_input_channel() or "")

    @property
    def address(self) -> str | None:
        """Where the patient can be reached later, as the channel gave it with this turn (see `Turns.turn`)."""
        return self._collector.address if self._collector is not None else None

    @property
    def heard_at(self) -> float:
        """When the patient last wrote, in seconds since 1970; 0 for never."""
        found = (event.timestamp for event in reversed(self.tracker.events) if isinstance(event, UserUttered))
        return float(next(found, None) or 0.0)

    @property
    def text(self) -> str:
        """The latest message of the patient; the words alone, "" for a tap on a button."""
        return "" if self.is_tap else self._latest

    @property
    def is_tap(self) -> bool:
        """Whether the latest message is a tap on a button. What is typed never begins with "/"."""
        return self._latest.startswith("/")

    @property
    def _latest(self) -> str:
        message = self.tracker.latest_message
        return str(message.text or "") if message else ""

    def typed(self, count: int) -> list[str]:
        """The last `count` messages that the patient typed since they last started over, oldest first."""
        found: list[str] = []
        for event in reversed(self.tracker.events):
            if isinstance(event, UserUttered):
                if (event.metadata or {}).get(RESTART) or len(found) == count:
                    break
                if event.text and not event.text.startswith("/"):
                    found.append(event.text)
        return found[::-1]

    def note(self, event: Event) -> None:
        """Adds an event."""
        self.tracker.update(event, self._domain)

    async def say(self, reply: Reply) -> None:
        """Says `reply` in this turn."""
        assert self._collector is not None
        message = _message(reply)
        await self._collector.send_response(self.sender_id, message)
        self.note(BotUttered(reply.plain(), {key: message[key] for key in ("custom", "buttons")}))

    async def offer(self, reply: Reply, payload: str) -> None:
        """Says `reply`; "yes" then means `payload`."""
        await self.say(reply)
        self.note(SlotSet("offered", payload))

    def offer_nothing(self) -> None:
        """ "Yes" then means nothing to the bot."""
        if self.tracker.get_slot("offered") is not None:
            self.note(SlotSet("offered", None))

    def push(self, reply: Reply, message_id: str = "") -> None:
        """Adds a reply that answers no message."""
        message = _message(reply)
        metadata = {PUSHED: True} | ({MESSAGE_ID: message_id} if message_id else {})
        self.note(BotUttered(reply.plain(), {key: message[key] for key in ("custom", "buttons")}, metadata))


def _message(reply: Reply) -> dict[str, object]:
    buttons = [{"title": button.title, "payload": button.payload} for button in reply.buttons]
    return {"text": reply.plain(), "custom": reply.to_dict(), "buttons": buttons}
