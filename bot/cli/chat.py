"""`bot chat`."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable

import click

from bot.settings import Settings

QUIT = {"/quit", "/exit", "/q"}
HELP = "Type your question. A number picks one of the choices. /quit ends the talk."


@click.command()
def chat() -> None:
    """Talk to the bot in the terminal; it needs no other process.

    Piped input works too: each line is one message of the same conversation. Nothing is kept afterwards.
    """
    from bot.runtime import quiet

    quiet()  # before anything imports Rasa

    asyncio.run(_chat())


async def _chat() -> None:
    from bot.logs import configure_logging
    from bot.runtime import build_turns
    from bot.terminal import console, print_replies

    out = console()
    talking = sys.stdin.isatty()
    if talking:
        out.print("Starting …", style="dim")
    configure_logging("ERROR")
    turns = build_turns(Settings.read())
    sender = uuid.uuid4().hex
    read = _prompt() if talking else _piped()
    if talking:
        print_replies([turns.fixed.reply("opening_notice")], out)
        out.print(HELP, style="dim")
    while (line := await read()) is not None:
        text = line.strip()
        if text.lower() in QUIT:
            break
        if talking and text.lower() in {"/help", "/?"}:
            out.print(HELP, style="dim")
            continue
        print_replies(await turns.say(sender, text, channel="terminal", with_notice=not talking), out)


def _prompt() -> Callable[[], Awaitable[str | None]]:
    """Reads lines from a person: editing keys, and the history of this talk (kept in memory alone)."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    session: PromptSession[str] = PromptSession(history=InMemoryHistory())

    async def read() -> str | None:
        try:
            return await session.prompt_async("You: ")
        except (EOFError, KeyboardInterrupt):
            return None

    return read


def _piped() -> Callable[[], Awaitable[str | None]]:
    """Reads lines from a pipe; bytes that are no UTF-8 are replaced, never fatal."""

    async def read() -> str | None:
        line = sys.stdin.buffer.readline()
        return line.decode("utf-8", "replace") if line else None

    return read
