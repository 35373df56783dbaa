"""Opens what the clinic's settings name: conversations and locks of several servers, or those of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.backends import Backends
from bot.settings import Settings

if TYPE_CHECKING:
    from rasa.core.brokers.broker import EventBroker
    from rasa.core.lock_store import LockStore
    from rasa.shared.core.domain import Domain

    from bot.conversations.keeping import KeepingStore


def open_store(
    settings: Settings, backends: Backends, domain: Domain | None = None, event_broker: EventBroker | None = None
) -> KeepingStore:
    """The conversation store: PostgreSQL where it is set, else the SQLite file. Raises: ConversationStoreError."""
    if backends.database_url:
        from bot.conversations.sql_store import ConversationSqlStore

        return ConversationSqlStore(domain, event_broker, host=backends.database_url)
    from bot.conversations.store import ConversationStore

    return ConversationStore(domain, event_broker, path=settings.conversations_db)


def open_locks(backends: Backends) -> LockStore:
    """The lock store: Redis where it is set, else the locks of this process."""
    if backends.redis_url:
        from bot.conversations.redis_locks import RedisLocks

        return RedisLocks(url=backends.redis_url)
    from bot.conversations.process_locks import ProcessLocks

    return ProcessLocks()
