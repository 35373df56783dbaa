"""`bot privacy`: what is kept of patients, for the patient and for the operator. It loads no model."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bot.handover.case import entries
from bot.settings import Settings

if TYPE_CHECKING:
    from bot.backends import Backends
    from bot.conversations.operator import Kept

Command = TypeVar("Command", bound=Callable[..., Any])
STORE = click.option(
    "--store",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file of conversations; default: what BOT_DATABASE_URL names, else conversations.db of this installation.",
)
CONVERSATION = click.option("--conversation", metavar="ID", required=True, help="The conversation's id.")


def stored(command: Command) -> Command:
    """The options that name where conversations are kept."""
    url = click.option("--url", help="The database of several servers, such as postgresql://bot@db/bot.")
    password = click.option("--password-variable", metavar="NAME", help="Environment variable with its password.")
    return STORE(url(password(command)))


@click.group()
def privacy() -> None:
    """Erase, hand out or list what is kept of conversations. A server may run meanwhile."""


@privacy.command()
@stored
@CONVERSATION
def erase(store: Path | None, url: str | None, password_variable: str | None, conversation: str) -> None:
    """Erase a conversation; nothing of it is left in the store's files.

    Backups are not reached. Where BOT_EVENTS_URL is set, the event stream is told; whoever keeps it must erase the
    conversation there: see docs/privacy.md.
    """
    with opened(store, url, password_variable) as kept:
        handed_over = entries(kept.events(conversation))
        found = kept.erase(conversation)
        for entry in handed_over:
            kept.erase(entry)
    _tell_stream(conversation)
    if not found:
        raise click.ClickException(_unknown(conversation))
    click.echo(f"Erased conversation {conversation}.")


@privacy.command()
@stored
@CONVERSATION
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def export(store: Path | None, url: str | None, password_variable: str | None, conversation: str, form: str) -> None:
    """Print all that is kept of a conversation, to give to the patient."""
    with opened(store, url, password_variable) as kept:
        events = kept.events(conversation)
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
@stored
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a conversation.")
def list_(store: Path | None, url: str | None, password_variable: str | None, as_json: bool) -> None:
    """List conversations: ids, dates and the number of messages, no words."""
    with opened(store, url, password_variable) as kept:
        conversations = kept.conversations()
    for item in conversations:
        row = {"id": item.id, "started": _time(item.started), "last": _time(item.last), "messages": item.messages}
        click.echo(json.dumps(row) if as_json else f"{item.id}  {row['started']}  {row['last']}  {item.messages}")


@privacy.command()
@stored
@click.option("--days", type=click.FloatRange(min=0), help="Days to keep; default: keep_days in clinic.yml.")
def expire(store: Path | None, url: str | None, password_variable: str | None, days: float | None) -> None:
    """Remove messages older than the clinic's days. `bot serve` does it by itself, every hour."""
    if days is None:
        days = _keep_days()
    with opened(store, url, password_variable) as kept:
        removed = kept.expire(days)
    click.echo(f"Removed {removed} conversations and every message older than {days:g} days.")


@privacy.command()
@STORE
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
def backup(store: Path | None, target: Path) -> None:
    """Copy all conversations into the new file TARGET, while a server runs.

    Put it back in the place of conversations.db while no server runs. For PostgreSQL use pg_dump; see
    docs/operations.md.
    """
    from bot.conversations.backup import back_up

    if store is None and _backends().database_url:
        raise click.ClickException("Conversations are in PostgreSQL (BOT_DATABASE_URL); back them up with pg_dump.")
    back_up(_existing(store or Settings.read().conversations_db), target)
    click.echo(f"Wrote {target}.")


@contextmanager
def opened(store: Path | None, url: str | None = None, password_variable: str | None = None) -> Iterator[Kept]:
    """The file `store`, or the database at `url`, or what the settings name; closed afterwards.

    Raises:
        ClickException: there is none.
        BackendsError: the settings are malformed.
        ConversationStoreError: it can't be used.
    """
    if store is None and url is None:
        url = _backends().database_url
    kept = _in_sql(url, password_variable) if url else _in_file(store or Settings.read().conversations_db)
    try:
        yield kept
    finally:
        kept.close()


def _in_sql(url: str, password_variable: str | None) -> Kept:
    from bot.conversations.operator import KeptInSql

    return KeptInSql(url, password_variable)


def _in_file(path: Path) -> Kept:
    from bot.conversations.database import Database
    from bot.conversations.operator import KeptInSqlite

    return KeptInSqlite(Database(_existing(path)))


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise click.ClickException(f"There is no conversation store at {path}. Name it with --store.")
    return path


def _backends() -> Backends:
    from bot.backends import Backends

    return Backends.read(os.environ)


def _tell_stream(conversation: str) -> None:
    """Says on the event stream that the conversation is erased. Raises: ClickException when it can't be told."""
    url = _backends().events_url
    if url is None:
        return
    from bot.runtime import quiet

    quiet()
    from bot.conversations.events import tell_erased

    if not asyncio.run(tell_erased(url, conversation)):
        raise click.ClickException(
            f"Conversation {conversation} is erased here, but the event stream could not be told. Run this again when "
            "RabbitMQ is back."
        )


def _keep_days() -> float:
    from bot.content.clinic import load_clinic

    return load_clinic(Settings.read().content / "clinic.yml").keep_days


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
