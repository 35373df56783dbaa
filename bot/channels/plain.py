"""Renders replies for surfaces that show text alone: choices are numbered, long texts are split at sentences."""

from __future__ import annotations

import re

from bot.content.reply import Button, Reply

SENTENCE_END = re.compile(r"(?<=[.!?:])\s+|\n+")


def numbered(buttons: tuple[Button, ...]) -> str:
    """The choices as numbered lines: "2" then picks the second one."""
    return "\n".join(f"{number}. {button.title}" for number, button in enumerate(buttons, 1))


def plain_text(reply: Reply) -> str:
    """The whole reply as text, with its choices numbered at the end."""
    parts = [reply.plain()]
    if reply.buttons:
        parts.append(numbered(reply.buttons))
    return "\n".join(parts)


def _pieces(text: str, limit: int) -> list[str]:
    """Sentences of `text`; one that is longer than `limit` alone is cut at words."""
    pieces: list[str] = []
    for sentence in (part for part in SENTENCE_END.split(text) if part.strip()):
        while len(sentence) > limit:
            cut = sentence.rfind(" ", 1, limit + 1)
            cut = cut if cut > 0 else limit
            pieces.append(sentence[:cut].strip())
            sentence = sentence[cut:].strip()
        if sentence:
            pieces.append(sentence)
    return pieces


def split_reply(reply: Reply, limit: int) -> list[str]:
    """The reply in parts of at most `limit` characters, split at sentences.

    Source, disclaimer and choices stay together on the last part, so that no part with an answer's end lacks
    them.

    Raises:
        ValueError: the tail alone (source, disclaimer, choices) is longer than `limit`.
    """
    whole = plain_text(reply)
    if len(whole) <= limit:
        return [whole]
    tail_lines = [block.source.line() for block in reply.blocks[-1:]]
    tail_lines += [reply.disclaimer.short] if reply.disclaimer else []
    tail_lines += [numbered(reply.buttons)] if reply.buttons else []
    tail = "\n".join(tail_lines)
    if len(tail) > limit:
        raise ValueError(f"source, disclaimer and choices take {len(tail)} characters; a part may have {limit}")
    body = whole.removesuffix(tail).rstrip("\n") if tail else whole
    parts: list[str] = []
    current = ""
    for piece in _pieces(body, limit):
        joined = f"{current} {piece}".strip()
        if len(joined) > limit:
            parts.append(current)
            current = piece
        else:
            current = joined
    if tail and len(current) + 1 + len(tail) <= limit:
        current = f"{current}\n{tail}".strip()
    elif tail:
        parts.append(current)
        current = tail
    return [*parts, current]
