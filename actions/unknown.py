"""The honest "I don't have that", with the nearest approved questions that really are near."""

from __future__ import annotations

from actions.ask import Ask
from actions.base import Said
from actions.compose import MAX_BUTTONS, answer_button, echo, payload, urgent_line
from bot.content.models import Answer
from bot.content.reply import Button, Reply
from bot.content.store import ContentStore


def nearest_answers(ask: Ask, store: ContentStore) -> list[Answer]:
    """Approved answers that understanding found near, as far as they may be shown today."""
    found = []
    for answer_id in ask.nearest:
        condition, _, topic = answer_id.partition(".")
        answer = store.answer(condition, topic)
        if answer:
            found.append(answer)
    return found[:MAX_BUTTONS]


def unknown_said(ask: Ask, store: ContentStore, key: str = "unknown") -> Said:
    """What is said when the articles have no answer: which words they don't cover, the phone, near questions."""
    terms = (
        [ask.other_condition] if ask.other_condition else [term for part in ask.parts for term in part.unknown_terms]
    )
    said = echo(terms) if key == "unknown" else ""
    near = nearest_answers(ask, store)
    text = store.message("unknown_named", terms=said) if said else store.message(key)
    buttons = tuple(answer_button(answer, store) for answer in near)
    if not buttons:
        buttons = (Button(store.message("button_capabilities"), payload("capabilities")),)
    reply = Reply(
        kind="unknown",
        text=text + ("\n" + store.message("unknown_near") if near else ""),
        urgent_line=urgent_line(ask, store),
        buttons=buttons,
        content_version=store.version,
    )
    return Said(reply, offered=buttons[0].payload if len(near) == 1 else None)
