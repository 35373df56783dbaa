"""Renders replies for surfaces that show text alone: choices are numbered, long texts are split at sentences."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.content.reply import Button, Reply

SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a message.

    Attributes:
        text: Its words; it may have several lines.
        tail: It belongs to what stands before it (source, disclaimer, choices): it is never cut, and never begins
            a part of a split message while the sentence before it fits beside it.
    """

    text: str
    tail: bool = False


@dataclass(frozen=True)
class _Piece:
    """A sentence, a line of a list, or a whole tail; `before` is what parts it from the piece before it."""

    text: str
    before: str
    tail: bool


def numbered(buttons: tuple[Button, ...]) -> str:
    """The choices as numbered lines: "2" then picks the second one."""
    return "\n".join(f"{number}. {button.title}" for number, button in enumerate(buttons, 1))


def paragraphs(reply: Reply) -> list[Paragraph]:
    """The whole reply in the order of `Reply.paragraphs`, with its choices numbered at the end."""
    parts = [Paragraph(reply.urgent_line), Paragraph(reply.text)]
    for block in reply.blocks:
        parts += [Paragraph(block.notice), Paragraph(block.text), Paragraph(block.source.line(), tail=True)]
    parts.append(Paragraph(reply.closing))
    parts.append(Paragraph(reply.disclaimer.short if reply.disclaimer else "", tail=True))
    parts.append(Paragraph(numbered(reply.buttons), tail=True))
    return [part for part in parts if part.text.strip()]


def plain_text(reply: Reply) -> str:
    """The whole reply as text, with its choices numbered at the end and without a blank line."""
    return join(paragraphs(reply))


def join(parts: Iterable[Paragraph]) -> str:
    """The paragraphs as one text, one under the other, without a blank line."""
    return "\n".join(line for part in parts for line in _lines(part))


def split_reply(reply: Reply, limit: int) -> list[str]:
    """The reply in parts of at most `limit` characters; see `split`."""
    return split(paragraphs(reply), lambda text: len(text) <= limit)


def split(parts: Sequence[Paragraph], fits: Callable[[str], bool]) -> list[str]:
    """The paragraphs in as few messages as `fits` allows, cut between sentences.

    A source stays with the end of its answer; disclaimer and choices stay with the last source. Only what does not
    fit into a message of its own is cut further: tails apart from what they follow, sentences between words.

    Args:
        parts: What is said, in order.
        fits: Whether a text may be one message. A text that fits still does so when it is cut short.
    """
    whole = join(parts)
    if fits(whole):
        return [whole]
    messages: list[str] = []
    for chunk in _chunks(parts):
        for piece in [_joined(chunk)] if fits(_joined(chunk).text) else chunk:
            _add(messages, piece, fits)
    return messages


def _add(messages: list[str], piece: _Piece, fits: Callable[[str], bool]) -> None:
    if messages and fits(messages[-1] + piece.before + piece.text):
        messages[-1] += piece.before + piece.text
    elif fits(piece.text):
        messages.append(piece.text)
    else:
        messages.extend(_cut(piece.text, fits))


def _lines(part: Paragraph) -> list[str]:
    return [line.strip() for line in part.text.splitlines() if line.strip()]


def _pieces(parts: Iterable[Paragraph]) -> Iterator[_Piece]:
    for part in parts:
        if part.tail:
            yield _Piece(join([part]), "\n", tail=True)
            continue
        for line in _lines(part):
            for number, sentence in enumerate(SENTENCE_END.split(line)):
                yield _Piece(sentence, " " if number else "\n", tail=False)


def _chunks(parts: Iterable[Paragraph]) -> Iterator[list[_Piece]]:
    """Pieces that belong together: each with the tails that follow it."""
    chunk: list[_Piece] = []
    for piece in _pieces(parts):
        if chunk and not piece.tail:
            yield chunk
            chunk = []
        chunk.append(piece)
    if chunk:
        yield chunk


def _joined(chunk: Sequence[_Piece]) -> _Piece:
    text = chunk[0].text + "".join(piece.before + piece.text for piece in chunk[1:])
    return _Piece(text, chunk[0].before, chunk[0].tail)


def _cut(text: str, fits: Callable[[str], bool]) -> list[str]:
    """`text` cut between words, and inside a word that does not fit by itself."""
    cut: list[str] = []
    for word in re.findall(r"\S+\s*", text):
        if cut and fits((cut[-1] + word).rstrip()):
            cut[-1] += word
            continue
        while len(word) > 1 and not fits(word.rstrip()):
            length = next(size for size in range(len(word) - 1, 0, -1) if size == 1 or fits(word[:size]))
            cut.append(word[:length])
            word = word[length:]
        cut.append(word)
    return [piece.rstrip() for piece in cut]
