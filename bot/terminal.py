"""Renders replies in a terminal: answers wrapped, source and disclaimer set apart, numbered choices."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from bot.content.reply import AnswerBlock, Reply

#: Longest line, in columns: longer lines are hard to read.
MAX_WIDTH = 88


def console() -> Console:
    """A console that obeys NO_COLOR and pipes, with lines that are not too long to read."""
    made = Console(highlight=False, soft_wrap=False)
    if made.width > MAX_WIDTH:
        made.width = MAX_WIDTH
    return made


def _text(value: str, style: str = "") -> Text:
    return Text(value.strip(), style=style)


def _block(block: AnswerBlock) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if block.notice:
        parts.append(_text(block.notice, "yellow"))
    parts.append(_text(block.text))
    parts.append(Padding(_text(block.source.line(), "dim"), (1, 0, 0, 2)))
    return parts


def render(reply: Reply) -> RenderableType:
    """One reply, in the order of `Reply.paragraphs`."""
    parts: list[RenderableType] = []
    if reply.urgent_line:
        parts.append(_text(reply.urgent_line, "bold red"))
    if reply.text:
        parts.append(_text(reply.text))
    for block in reply.blocks:
        parts.extend(_block(block))
    if reply.closing:
        parts.append(_text(reply.closing))
    if reply.disclaimer:
        parts.append(Padding(_text(reply.disclaimer.short, "dim italic"), (0, 0, 0, 2)))
    if reply.buttons:
        choices = [f"{number}. {button.title}" for number, button in enumerate(reply.buttons, 1)]
        parts.append(Padding(_text("\n".join(choices), "cyan"), (1, 0, 0, 2)))
    body = Group(*parts)
    return Panel(body, border_style="bold red", title=escape("Important")) if reply.urgency else body


def print_replies(replies: Iterable[Reply], out: Console | None = None) -> None:
    """Prints replies, each followed by an empty line."""
    out = out or console()
    for reply in replies:
        out.print(render(reply))
        out.print()
