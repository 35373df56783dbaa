"""SMS: the short approved form of an answer, and how many segments it takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.channels.plain import Paragraph, numbered, split
from bot.content.models import Answer
from bot.content.reply import AnswerBlock, Button, Reply

#: The GSM 03.38 default alphabet and its extension (each character of which takes two places): 3GPP TS 23.038.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
#: Typographic characters that have a plain twin in GSM-7; one of them alone would halve a segment's room.
PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "•": "-"})
#: Longest message: Twilio takes 1,600 characters, and networks put ten segments together reliably.
MAX_CHARACTERS = 1_600
MAX_SEGMENTS = 10
#: Segments that the short form of an answer may take, with source, disclaimer and choices.
SHORT_SEGMENTS = 4


def segments(text: str) -> int:
    """How many SMS segments `text` takes.

    GSM-7: 160 places in one segment, 153 in each of several. Any other character makes the whole text UCS-2: 70 and
    67 UTF-16 units (3GPP TS 23.040). A character of two places is never divided between segments.
    """
    if all(char in GSM7 or char in GSM7_EXTENSION for char in text):
        sizes = [2 if char in GSM7_EXTENSION else 1 for char in text]
        single, several = 160, 153
    else:
        sizes = [2 if ord(char) > 0xFFFF else 1 for char in text]
        single, several = 70, 67
    if sum(sizes) <= single:
        return 1
    count, places = 1, 0
    for size in sizes:
        if places + size > several:
            count, places = count + 1, 0
        places += size
    return count


def is_shortened(reply: Reply) -> bool:
    """Whether an answer of the reply has a short form that says less than the whole."""
    return any(block.short_text and block.short_text != block.text for block in reply.blocks)


def sms_paragraphs(reply: Reply, more: str) -> list[Paragraph]:
    """The reply as paragraphs, in the order of `Reply.paragraphs`, without characters that would double its segments.

    Args:
        reply: What is said. Answers are given in their short approved form where there is one.
        more: The fixed text that offers the whole answer; said when an answer was shortened.
    """
    parts = [Paragraph(reply.urgent_line), Paragraph(reply.text)]
    for block in reply.blocks:
        parts += [Paragraph(block.notice), Paragraph(_shown(block)), Paragraph(block.source.short_line(), tail=True)]
    parts.append(Paragraph(reply.closing))
    parts.append(Paragraph(reply.disclaimer.short if reply.disclaimer else "", tail=True))
    parts.append(Paragraph(more if is_shortened(reply) else "", tail=True))
    parts.append(Paragraph(numbered(reply.buttons), tail=True))
    return [Paragraph(part.text.translate(PLAIN), part.tail) for part in parts if part.text.strip()]


def sms_bodies(reply: Reply, more: str) -> list[str]:
    """The reply in messages of at most `MAX_SEGMENTS` segments, split at sentences; see `bot.channels.plain.split`."""
    return split(sms_paragraphs(reply, more), _fits)


@dataclass(frozen=True)
class Taken:
    """How many segments an answer takes with all that is said beside it, short and whole, and the messages of the whole."""

    short: int
    whole: int
    messages: int


def taken(answer: Answer, following: Iterable[Answer], more: str) -> Taken:
    """What `answer` takes when `following` are offered next; `more` as for `sms_paragraphs`."""
    buttons = tuple(Button(item.questions[0], "/") for item in following)
    short, whole = (
        sms_bodies(Reply("answer", blocks=(block,), disclaimer=answer.disclaimer, buttons=buttons), more)
        for block in (_block(answer, answer.short), _block(answer, ""))
    )
    return Taken(sum(map(segments, short)), sum(map(segments, whole)), len(whole))


def _block(answer: Answer, short: str) -> AnswerBlock:
    question = answer.questions[0]
    return AnswerBlock(answer.id, answer.topic, answer.condition, question, answer.text, answer.source, short)


def _shown(block: AnswerBlock) -> str:
    return block.short_text or block.text


def _fits(text: str) -> bool:
    return len(text) <= MAX_CHARACTERS and segments(text) <= MAX_SEGMENTS
