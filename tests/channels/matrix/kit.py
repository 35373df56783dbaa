"""The clinic of the Matrix tests: a real homeserver, the real server as its application service, and patients."""

from __future__ import annotations

import itertools
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx

from bot.channels.matrix.inbox import Inbox
from bot.channels.matrix.registration import Registration
from bot.settings import Settings
from tests.ports import free_port
from tests.serving import Server
from tests.synapse import PATIENCE, SERVER_NAME, Event, MatrixUser, Synapse

BOT = f"@clinic-bot:{SERVER_NAME}"
NAME = "Demo Clinic (Chatbot)"
#: Users who may talk to the bot, by name; any other name is a stranger's.
ALLOWED = tuple(f"patient{number}" for number in range(200))
TRANSACTIONS = "matrix/_matrix/app/v1/transactions/"


class Clinic:
    """Homeserver and server, each of which can be killed and started by itself.

    Attributes:
        synapse: The homeserver.
        server: `bot serve`, with the Matrix channel.
        registration: What the two know of each other.
    """

    def __init__(self, settings: Settings, folder: Path) -> None:
        file = folder / "registration.yaml"
        port = free_port()
        (folder / "bot").mkdir()
        self.server = Server(
            settings,
            folder / "bot",
            BOT_MATRIX_REGISTRATION=str(file),
            BOT_MATRIX_HOMESERVER=f"http://127.0.0.1:{port}",
            BOT_MATRIX_ALLOWED_SERVERS="elsewhere.test",
            BOT_MATRIX_ALLOWED_USERS=",".join(f"@{name}:{SERVER_NAME}" for name in ALLOWED),
        )
        self.registration = Registration.new(self.server.url + "matrix", "clinic-bot")
        self.registration.write(file)
        self.synapse = Synapse(folder / "synapse", (file,), port)
        self._names = iter(ALLOWED)

    def start(self) -> Clinic:
        self.synapse.start()
        self.server.start()
        return self

    def kill(self) -> None:
        self.server.kill()
        self.synapse.kill()

    def patient(self) -> MatrixUser:
        """A new user who may talk to the bot."""
        return self.synapse.user(next(self._names))

    def stranger(self) -> MatrixUser:
        """A new user who may not."""
        return self.synapse.user(f"stranger{uuid.uuid4().hex[:8]}")

    def talk(self, patient: MatrixUser | None = None) -> Talk:
        """A new direct room of a patient with the bot, who is in it."""
        patient = patient or self.patient()
        talk = Talk(patient, patient.create_room([BOT]))
        talk.wait_until_joined()
        return talk

    def put(self, events: Any, transaction: str | None = None, **more: Any) -> httpx.Response:
        """Calls the bot as the homeserver does."""
        options: dict[str, Any] = {"headers": self.authorization, "json": {"events": events}, "timeout": PATIENCE}
        url = self.server.url + TRANSACTIONS + (transaction or uuid.uuid4().hex)
        return httpx.put(url, **{**options, **more})

    @property
    def authorization(self) -> dict[str, str]:
        """The header that the homeserver shows."""
        return {"Authorization": f"Bearer {self.registration.hs_token}"}

    def has_handed_over(self, event_ids: Iterable[str]) -> bool:
        """Whether the homeserver has handed these events to the bot, and the bot has them on the disk."""
        inbox = Inbox(self.server.state / "matrix.db")
        try:
            wanted = {inbox.event_key(event_id) for event_id in event_ids}
        finally:
            inbox.close()
        with closing(sqlite3.connect(inbox.path)) as connection:
            return wanted <= {row[0] for row in connection.execute("SELECT key FROM event")}

    def looked(self) -> float:
        """When the bot last began to look through all its rooms, in seconds since 1970."""
        with closing(sqlite3.connect(self.server.state / "matrix.db")) as connection:
            return float(connection.execute("SELECT max(at) FROM looked").fetchone()[0] or 0)

    def rooms_of_the_bot(self) -> list[str]:
        """The rooms that the homeserver says the bot is in."""
        shown = {"Authorization": f"Bearer {self.registration.as_token}"}
        answer = httpx.get(f"{self.synapse.url}/_matrix/client/v3/joined_rooms", headers=shown, timeout=PATIENCE)
        return list(answer.raise_for_status().json()["joined_rooms"])

    def kept(self) -> bytes:
        """Every byte of the conversation store."""
        return b"".join(path.read_bytes() for path in self.server.state.glob("conversations.db*"))


class Talk:
    """One room, as one of its people sees it.

    Args:
        user: Who writes.
        room: The room's id.
    """

    def __init__(self, user: MatrixUser, room: str) -> None:
        self.user = user
        self.room = room

    def wait_until_joined(self) -> None:
        """Waits until the bot is in the room."""
        self.user.wait_for(self.room, lambda event: is_membership(event, BOT, "join"))

    def says(self, text: str, **extra: Any) -> list[Event]:
        """Sends a message; all that the bot says before it is asked the next thing."""
        return self.after(self.user.send(self.room, text, **extra))

    def after(self, event_id: str) -> list[Event]:
        """All that the bot says after an event, when it has dealt with all events so far."""
        self.settle()
        return [event for event in self.user.messages_since(self.room, event_id) if is_answer(event)]

    def settle(self) -> None:
        """Waits until the bot has dealt with all events of the room so far: it says something to each sticker."""
        sticker = {"body": "a sticker", "url": "mxc://x/y", "info": {}, "m.mentions": {"user_ids": [BOT]}}
        relation = {"m.relates_to": {"m.in_reply_to": {"event_id": "$nothing"}}}
        sent = self.user.send_event(self.room, "m.sticker", {**sticker, **relation})
        self.user.wait_for(self.room, lambda event: event["sender"] == BOT and replied_to(event) == sent)

    def answers(self) -> list[Event]:
        """All that the bot has said in the room, without what it said to stickers."""
        return [event for event in self.user.messages_since(self.room) if is_answer(event)]


def is_answer(event: Event) -> bool:
    """Whether the bot said this, and not to a sticker."""
    return event["sender"] == BOT and not body(event).startswith("I can read words only")


def is_membership(event: Event, user_id: str, membership: str) -> bool:
    """Whether this is the event with which somebody was invited, came or went."""
    same = event["type"] == "m.room.member" and event["state_key"] == user_id
    return same and event["content"].get("membership") == membership


def body(event: Event) -> str:
    """The words of a message."""
    return str(event["content"].get("body", ""))


def bodies(events: Iterable[Event]) -> list[str]:
    """The words of messages."""
    return [body(event) for event in events]


def replied_to(event: Event) -> str | None:
    """The event that a message replies to."""
    relation = event["content"].get("m.relates_to", {})
    found: str | None = relation.get("m.in_reply_to", {}).get("event_id")
    return found


def wait_until(holds: Callable[[], Any], timeout: float = PATIENCE) -> Any:
    """What `holds` gives as soon as it is true. Raises: TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"it did not come true within {timeout} s")
        time.sleep(0.05)
    return found


_numbers = itertools.count(1)


def event_of(room: str, sender: str, content: Any, kind: str = "m.room.message", **more: Any) -> Event:
    """An event as a homeserver might send it."""
    return {
        "type": kind,
        "room_id": room,
        "sender": sender,
        "event_id": f"$made-up-{next(_numbers)}-{uuid.uuid4().hex}",
        "origin_server_ts": 1_700_000_000_000,
        "content": content,
        **more,
    }
