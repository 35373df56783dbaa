"""Conversations for the operator's commands: the same few calls on SQLite and on PostgreSQL, one at a time."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Protocol

from bot.conversations.database import Conversation, Database
from bot.conversations.expiry import SECONDS_A_DAY


class Kept(Protocol):
    """What is kept of conversations. Every method raises ConversationStoreError when the store fails."""

    def events(self, conversation: str) -> list[dict[str, Any]]:
        """All kept events of a conversation, oldest first; empty for an unknown one."""

    def conversations(self) -> list[Conversation]:
        """Ids, dates and counts, oldest first."""

    def erase(self, conversation: str) -> bool:
        """Erases a conversation; tells whether there was one."""

    def expire(self, days: float) -> int:
        """Removes messages older than `days` days; gives how many conversations are gone."""

    def close(self) -> None:
        """Closes the file or the connections."""


class KeptInSqlite:
    """The file of conversations. It loads no Rasa."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events(self, conversation: str) -> list[dict[str, Any]]:
        return [json.loads(data) for data in self._database.everything(conversation)]

    def conversations(self) -> list[Conversation]:
        return self._database.conversations()

    def erase(self, conversation: str) -> bool:
        return self._database.erase(conversation).result()

    def expire(self, days: float) -> int:
        return self._database.expire(time.time() - days * SECONDS_A_DAY)

    def close(self) -> None:
        self._database.close()


class KeptInSql:
    """The database of several servers.

    Args:
        url: Its URL.
        password_variable: Environment variable with the password; none when None.
    """

    def __init__(self, url: str, password_variable: str | None = None) -> None:
        from bot.runtime import quiet

        quiet()
        from bot.conversations.sql_store import ConversationSqlStore

        self._store = ConversationSqlStore(host=url, password_variable=password_variable, connections=1)

    def events(self, conversation: str) -> list[dict[str, Any]]:
        return asyncio.run(self._store.export(conversation))

    def conversations(self) -> list[Conversation]:
        return asyncio.run(self._store.conversations())

    def erase(self, conversation: str) -> bool:
        return asyncio.run(self._store.erase(conversation))

    def expire(self, days: float) -> int:
        return asyncio.run(self._store.expire(time.time(), days))

    def close(self) -> None:
        asyncio.run(self._store.close())
