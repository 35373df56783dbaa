"""Questions in, answers out, for commands that ask many questions: `bot ask` and `bot evaluate`."""

from __future__ import annotations

from typing import Any

from bot.content.reply import Reply
from bot.turn import Turn, Turns


def as_record(text: str, turn: Turn) -> dict[str, Any]:
    """One turn as JSON-ready data; see docs/cli.md for the fields."""
    reply = main_reply(turn.replies)
    return {
        "text": text,
        "kind": reply.kind,
        "topic": reply.topic,
        "condition": reply.condition,
        "confidence": round(turn.confidence, 4),
        "answer_ids": [answer_id for item in turn.replies for answer_id in item.answer_ids],
        "reply": "\n".join(item.plain() for item in turn.replies),
        "buttons": [{"title": button.title, "payload": button.payload} for button in reply.buttons],
        "intent": turn.intent,
        "content_version": reply.content_version or None,
    }


def main_reply(replies: tuple[Reply, ...]) -> Reply:
    """The reply that decides the kind of the turn: the most urgent one, else the first."""
    return next((reply for reply in replies if reply.urgency), replies[0])


async def ask(turns: Turns, text: str, conversation: str) -> dict[str, Any]:
    """Asks one question in `conversation` and returns its record."""
    return as_record(text, await turns.turn(conversation, text, channel="terminal", with_notice=False))
