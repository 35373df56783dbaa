"""Every stored answer and every fixed text on every surface: nothing lost, nothing shown that is not for patients."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from rich.console import Console

from actions.compose import answer_block, fact_block, next_buttons
from bot.channels.matrix.render import MatrixRenderer
from bot.channels.plain import plain_text
from bot.channels.sms import MAX_CHARACTERS, MAX_SEGMENTS, PLAIN, SHORT_SEGMENTS, segments
from bot.channels.twilio.render import (
    BUTTON_TITLE,
    INTERACTIVE_LIMIT,
    ITEM_DESCRIPTION,
    WHATSAPP_LIMIT,
    bodies,
    interactive,
)
from bot.content.clinic import load_clinic
from bot.content.reply import Reply
from bot.content.store import ContentStore
from bot.settings import Settings
from bot.terminal import render
from tests.channels.shown import MORE, as_words, words_of
from tests.fixed_texts import fixed_replies

ROOT = Path(__file__).resolve().parents[2]
#: Markup, payloads and unfilled placeholders.
NEVER = re.compile(r"<[a-zA-Z/!]|&(?:\w+|#\d+);|[{}]|(?:^|\s)/[a-z_]+|\\[nu]|None\b|\b_|\*\*")
#: Urgent texts name what to do, whom to call and what to say: they may be a little longer than an answer.
URGENT_SEGMENTS = 5
#: What stands around an urgent reply in the terminal.
FRAME = re.compile(r"[─│╭╮╰╯]|Important")
TEMPLATES = {f"buttons{n}": f"B{n}" for n in range(1, 4)} | {f"list{n}": f"L{n}" for n in range(1, 11)}


def terminal(reply: Reply) -> list[str]:
    """As `bot chat` prints it, without the frame around urgent replies."""
    out = Console(width=88, no_color=True, highlight=False, file=io.StringIO())
    out.print(render(reply))
    return [FRAME.sub(" ", out.file.getvalue())]  # type: ignore[attr-defined]


def matrix(reply: Reply) -> list[str]:
    """The plain side of the Matrix messages."""
    return [content["body"] for content in _matrix().contents(reply)]


@cache
def _matrix() -> MatrixRenderer:
    return MatrixRenderer(load_clinic(ROOT / "content" / "clinic.yml"))


SURFACES: dict[str, Callable[[Reply], list[str]]] = {
    "terminal": terminal,
    "plain": lambda reply: [plain_text(reply)],
    "sms": lambda reply: bodies(reply, "sms", MORE),
    "whatsapp": lambda reply: bodies(reply, "whatsapp", MORE),
    "matrix": matrix,
}


def answers(store: ContentStore) -> Iterator[tuple[str, Reply]]:
    """Every answer in every form, with what stands beside it; and every fact."""
    for answer in store.answers():
        for form, text in (("text", ""), ("simpler", answer.simpler), ("more", answer.more)):
            if form == "text" or text:
                block = answer_block(answer, store, text=text, form=form)
                buttons = next_buttons([answer], store)
                reply = Reply("answer", blocks=(block,), disclaimer=answer.disclaimer, buttons=buttons)
                yield block.answer_id, reply
        lookalike = Reply(
            "answer",
            urgent_line=store.message("urgent_line"),
            text=store.message("general_lead"),
            blocks=(answer_block(answer, store),) * 2,
            closing=store.message("part_unknown"),
            disclaimer=answer.disclaimer,
        )
        yield f"{answer.id} with all that can stand beside it", lookalike
    for condition in store.conditions():
        for fact in store.facts(condition.id):
            block = fact_block(fact, store)
            yield block.answer_id, Reply("answer", blocks=(block,), disclaimer=store.disclaimer_for(condition.id))


@pytest.fixture(scope="module")
def replies(settings: Settings) -> dict[str, Reply]:
    """All that can be said, by name."""
    store = ContentStore.open(settings.content_db)
    found = dict(answers(store)) | fixed_replies(settings)
    assert len(found) > 100
    return found


def expected(reply: Reply, surface: str) -> str:
    """All that must be there, in order, as words."""
    return as_words(reply, short=True).translate(PLAIN) if surface == "sms" else as_words(reply)


@pytest.mark.parametrize("surface", SURFACES)
def test_all_is_said_in_order_and_nothing_else(replies: dict[str, Reply], surface: str) -> None:
    for name, reply in replies.items():
        parts = SURFACES[surface](reply)
        assert words_of(parts) == expected(reply, surface), name
        assert not NEVER.search(" ".join(parts)), (name, NEVER.search(" ".join(parts)))
        assert not any(button.payload in part for button in reply.buttons for part in parts), name


@pytest.mark.parametrize("surface", SURFACES)
def test_no_source_and_no_disclaimer_is_apart_from_its_answer(replies: dict[str, Reply], surface: str) -> None:
    for name, reply in replies.items():
        parts = SURFACES[surface](reply)
        assert not any(part.startswith(("Source:", 'From "')) for part in parts), name
        if reply.blocks and reply.disclaimer:
            last = next(part for part in parts if reply.disclaimer.short[:20] in part)
            assert ("Source:" in last or 'From "' in last) or reply.closing, name
    single = [reply for reply in replies.values() if len(reply.blocks) == 1]
    assert single
    for reply in single:
        assert len(SURFACES[surface](reply)) == 1, reply.answer_ids


def test_limits_of_sms_and_whatsapp(replies: dict[str, Reply]) -> None:
    for name, reply in replies.items():
        for part in bodies(reply, "sms", MORE):
            assert len(part) <= MAX_CHARACTERS and segments(part) <= MAX_SEGMENTS, name
        assert all(len(part) <= WHATSAPP_LIMIT for part in bodies(reply, "whatsapp", MORE)), name


def test_a_short_answer_takes_few_segments(replies: dict[str, Reply]) -> None:
    short = {name: reply for name, reply in replies.items() if len(reply.blocks) == 1 and reply.blocks[0].short_text}
    taken = {name: sum(segments(part) for part in bodies(reply, "sms", MORE)) for name, reply in short.items()}
    assert {name: count for name, count in taken.items() if count > SHORT_SEGMENTS} == {}


def test_an_urgent_text_is_one_message_of_few_segments(replies: dict[str, Reply]) -> None:
    urgent = {name: reply for name, reply in replies.items() if reply.urgency}
    assert len(urgent) >= 3
    for name, reply in urgent.items():
        assert [segments(part) <= URGENT_SEGMENTS for part in bodies(reply, "sms", MORE)] == [True], name


def test_whatsapps_buttons_and_lists_are_within_its_limits_or_not_used(replies: dict[str, Reply]) -> None:
    used = 0
    for name, reply in replies.items():
        message = interactive(reply, TEMPLATES)
        if message is None:
            continue
        used += 1
        body, *rest = json.loads(message.variables).values()
        assert len(body) <= INTERACTIVE_LIMIT, name
        assert all(not re.search(r"[/{}]", value) for value in rest), name
        if message.template.startswith("B"):
            assert all(len(title) <= BUTTON_TITLE for title in rest[::2]), name
            assert rest[::2] == [button.title for button in reply.buttons]
        else:
            assert all(len(title) <= ITEM_DESCRIPTION for title in rest[2::3]), name
            assert rest[2::3] == [button.title for button in reply.buttons]
    assert used > 10
