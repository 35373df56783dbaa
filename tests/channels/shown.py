"""What a surface showed, without its presentation: the words, in order."""

from __future__ import annotations

from collections.abc import Iterable

from bot.content.reply import Reply

MORE = "Reply MORE for the rest."


def words_of(texts: Iterable[str]) -> str:
    """All words of what was shown, with single spaces."""
    return " ".join(" ".join(texts).split())


def as_words(reply: Reply, short: bool = False) -> str:
    """All that a surface must show of a reply, in order, with numbered choices.

    Args:
        reply: What is said.
        short: Whether the surface says answers and sources in their short form, as SMS does.
    """
    parts = [reply.urgent_line, reply.text]
    shortened = False
    for block in reply.blocks:
        text = block.short_text if short and block.short_text else block.text
        shortened = shortened or text != block.text
        parts += [block.notice, text, block.source.short_line() if short else block.source.line()]
    parts += [reply.closing, reply.disclaimer.short if reply.disclaimer else "", MORE if shortened else ""]
    parts += [f"{number}. {button.title}" for number, button in enumerate(reply.buttons, 1)]
    return words_of(parts)
