"""Where several servers meet: the database of conversations, the locks, the event stream. Nothing is set for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from bot.settings import read_secret

DATABASE, REDIS, EVENTS = "BOT_DATABASE_URL", "BOT_REDIS_URL", "BOT_EVENTS_URL"


class BackendsError(ValueError):
    """A setting is malformed; the text names the variable and what it should hold, never its password."""


@dataclass(frozen=True)
class Backends:
    """Addresses of the services that several servers share; None each for what one server has in itself.

    Attributes:
        database_url: PostgreSQL with the conversations; None: the SQLite file of this installation.
        redis_url: Redis with the locks of conversations; None: locks of this process alone.
        events_url: RabbitMQ that hears of every event (`amqp://user:password@host/vhost`); None: nobody hears.
    """

    database_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)
    events_url: str | None = field(default=None, repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Backends:
        """The settings in `environment`, each from the variable or from the file that the same name with `_FILE` names.

        Raises:
            BackendsError: a setting is malformed, or given twice, or its file can't be read.
        """
        return cls(
            database_url=_setting(environment, DATABASE, _check_database),
            redis_url=_setting(environment, REDIS, _check_redis),
            events_url=_setting(environment, EVENTS, _check_events),
        )


def _setting(environment: Mapping[str, str], name: str, check: Callable[[str, SplitResult], None]) -> str | None:
    value = read_secret(environment, name, BackendsError)
    if not value:
        return None
    try:
        parsed = urlsplit(value)
        _ = parsed.port  # the property that checks it
    except ValueError:
        raise BackendsError(f"{name}: this is no address (is the port a number?).") from None
    check(name, parsed)
    return value


def _check_database(name: str, url: SplitResult) -> None:
    if url.scheme not in ("postgresql", "postgresql+psycopg2"):
        raise BackendsError(f"{name}: write postgresql://user:password@host/database; other databases are not served.")
    if not url.hostname or len(url.path) < 2:
        raise BackendsError(f"{name}: write host and database, as in postgresql://user:password@host/database.")


def _check_redis(name: str, url: SplitResult) -> None:
    if url.scheme not in ("redis", "rediss", "unix"):
        raise BackendsError(f"{name}: write redis://host:6379/0, rediss:// for TLS, or unix:// for a socket.")
    if url.scheme == "unix":
        if not url.path:
            raise BackendsError(f"{name}: write the socket's path, as in unix:///run/redis/redis.sock.")
    elif not url.hostname or not re.fullmatch(r"/?\d*", url.path):
        raise BackendsError(f"{name}: write host and number of the database, as in redis://host:6379/0.")


def _check_events(name: str, url: SplitResult) -> None:
    if url.scheme not in ("amqp", "amqps"):
        raise BackendsError(
            f"{name}: write amqp://user:password@host/vhost (amqps for TLS). For Kafka see docs/operations.md."
        )
    if not (url.hostname and url.username and url.password):
        raise BackendsError(f"{name}: write user, password and host, as in amqp://user:password@host/vhost.")
