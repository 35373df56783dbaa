"""`bot ask`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import uuid
from collections.abc import Iterable
from typing import Any

import click

from bot.settings import Settings


@click.command()
@click.argument("question", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
@click.option("--conversation", metavar="ID", help="Go on in this conversation; it is kept between calls.")
def ask(question: str | None, as_json: bool, conversation: str | None) -> None:
    """Ask one QUESTION, or one question a line from standard input.

    Without --conversation each question stands alone and nothing of it is kept.
    """
    from bot.runtime import quiet

    quiet()  # before anything imports Rasa

    questions = [question] if question is not None else (line.rstrip("\r\n") for line in _standard_input())
    asyncio.run(_ask_all(questions, as_json, conversation))


def _standard_input() -> Iterable[str]:
    if sys.stdin.isatty():
        raise click.UsageError("Give a question (\"bot ask 'what is leukopenia?'\") or pipe one question a line.")
    return sys.stdin.buffer.read().decode("utf-8", "replace").splitlines()


async def _ask_all(questions: Iterable[str], as_json: bool, conversation: str | None) -> None:
    from bot.logs import configure_logging

    configure_logging("ERROR")  # before Rasa's libraries are imported: they warn of things that nobody here can mend
    from bot.answering import as_record
    from bot.runtime import build_turns
    from bot.terminal import print_replies

    settings = Settings.read()
    turns = build_turns(settings, *(_kept(settings) if conversation else ()))
    for text in questions:
        sender = conversation or uuid.uuid4().hex
        turn = await turns.turn(sender, text, channel="terminal", with_notice=bool(conversation) and not as_json)
        if as_json:
            click.echo(json.dumps(as_record(text, turn), ensure_ascii=False))
        else:
            print_replies(turn.spoken)
        if not conversation:
            await turns.forget(sender)


def _kept(settings: Settings) -> tuple[Any, Any]:
    """What makes the conversation store that the settings name, and the locks beside it."""
    from bot.backends import Backends
    from bot.conversations.shared import open_locks, open_store

    settings.state.mkdir(parents=True, exist_ok=True)
    backends = Backends.read(os.environ)
    return lambda domain: open_store(settings, backends, domain), open_locks(backends)
