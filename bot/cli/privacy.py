"""`bot privacy`: what is kept of patients, for the patient and for the operator. It loads no model and no Rasa."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import click

from bot.settings import Settings

STORE = click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of conversations; default: conversations.db of this installation.",
)
CONVERSATION = click.option("--conversation", metavar="ID", required=True, help="The conversation's id.")


@click.group()
def privacy() -> None:
    """Erase, hand out or list what is kept of conversations. A server may run meanwhile."""


@privacy.command()
@STORE
@CONVERSATION
def erase(store: Path | None, conversation: str) -> None:
    """Erase a conversation; nothing of it is left in the store's files.

    Backups and an event stream of your own are not reached: see docs/privacy.md.
    """
    with open_store(store) as database:
        found = database.erase(conversation).result()
    if not found:
        raise click.ClickException(_unknown(conversation))
    click.echo(f"Erased conversation {conversation}.")


@privacy.command()
@STORE
@CONVERSATION
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def export(store: Path | None, conversation: str, form: str) -> None:
    """Print all that is kept of a conversation, to give to the patient."""
    with open_store(store) as database:
        events = [json.loads(data) for data in database.everything(conversation)]
    if not events:
        raise click.ClickException(_unknown(conversation))
    if form == "json":
        click.echo(json.dumps({"conversation": conversation, "events": events}, ensure_ascii=False, indent=2))
        return
    click.echo(f"Conversation {conversation}")
    for event in events:
        for line in _said(event):
            click.echo(line)


@privacy.command(name="list")
@STORE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a conversation.")
def list_(store: Path | None, as_json: bool) -> None:
    """List conversations: ids, dates and the number of messages, no words."""
    with open_store(store) as database:
        conversations = database.conversations()
    for item in conversations:
        row = {"id": item.id, "started": _time(item.started), "last": _time(item.last), "messages": item.messages}
        click.echo(json.dumps(row) if as_json else f"{item.id}  {row['started']}  {row['last']}  {item.messages}")


@privacy.command()
@STORE
@click.option("--days", type=click.FloatRange(min=0), help="Days to keep; default: keep_days in clinic.yml.")
def expire(store: Path | None, days: float | None) -> None:
    """Remove messages older than the clinic's days. `bot serve` does it by itself, every hour."""
    if days is None:
        days = _keep_days()
    with open_store(store) as database:
        removed = database.expire(time.time() - days * 86_400)
    click.echo(f"Removed {removed} conversations and every message older than {days:g} days.")


@contextmanager
def open_store(store: Path | None) -> Iterator[Any]:
    """The file of conversations, closed afterwards. Raises: ClickException when there is none that can be used."""
    from bot.conversations.connection import ConversationStoreError
    from bot.conversations.database import Database

    path = store or Settings.read().conversations_db
    if not path.is_file():
        raise click.ClickException(f"There is no conversation store at {path}. Name it with --store.")
    try:
        database = Database(path)
        try:
            yield database
        finally:
            database.close()
    except ConversationStoreError as error:
        raise click.ClickException(str(error)) from None


def _keep_days() -> float:
    from bot.content.clinic import load_clinic

    try:
        return load_clinic(Settings.read().content / "clinic.yml").keep_days
    except ValueError as error:
        raise click.ClickException(str(error)) from None


def _said(event: dict[str, Any]) -> list[str]:
    """What was said in an event, as lines; nothing for the bot's own bookkeeping."""
    speaker = {"user": "You", "bot": "Bot"}.get(event.get("event", ""))
    text = str(event.get("text") or "")
    if speaker is None or not text:
        return []
    return [f"[{_time(event['timestamp'])}] {speaker}: {text}"]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def _unknown(conversation: str) -> str:
    return f"There is no conversation {conversation}. `bot privacy list` shows what there is."
