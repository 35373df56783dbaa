"""Settings of what several servers share: nothing by default, and a clear word for each mistake, without passwords."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.backends import Backends, BackendsError

GOOD = {
    "BOT_DATABASE_URL": "postgresql://bot:hunter2@db:5432/bot",
    "BOT_REDIS_URL": "redis://:hunter2@redis:6379/0",
    "BOT_EVENTS_URL": "amqp://bot:hunter2@rabbitmq/%2F",
}


def test_nothing_set_is_one_server_alone() -> None:
    assert Backends.read({}) == Backends.read({name: "" for name in GOOD}) == Backends()


def test_addresses_come_from_the_environment_and_are_not_shown() -> None:
    backends = Backends.read(GOOD)
    found = (backends.database_url, backends.redis_url, backends.events_url)
    assert found == tuple(GOOD.values())
    assert "hunter2" not in repr(backends)


def test_addresses_come_from_files(tmp_path: Path) -> None:
    for name, value in GOOD.items():
        (tmp_path / name).write_text(value + "\n", "utf-8")
    assert Backends.read({f"{name}_FILE": str(tmp_path / name) for name in GOOD}) == Backends.read(GOOD)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("BOT_DATABASE_URL", "mysql://bot:hunter2@db/bot", "other databases are not served"),
        ("BOT_DATABASE_URL", "postgresql://bot:hunter2@db", "write host and database"),
        ("BOT_DATABASE_URL", "postgresql://bot:hunter2@db:port/bot", "is the port a number"),
        ("BOT_DATABASE_URL", "postgresql:///bot", "write host and database"),
        ("BOT_REDIS_URL", "http://:hunter2@redis", "write redis://"),
        ("BOT_REDIS_URL", "redis://", "host and number"),
        ("BOT_REDIS_URL", "redis://:hunter2@redis/name", "host and number"),
        ("BOT_REDIS_URL", "unix://", "the socket's path"),
        ("BOT_EVENTS_URL", "kafka://bot:hunter2@kafka", "For Kafka see"),
        ("BOT_EVENTS_URL", "amqp://rabbitmq/", "write user, password and host"),
    ],
)
def test_a_mistake_is_named(name: str, value: str, says: str) -> None:
    with pytest.raises(BackendsError, match=says) as error:
        Backends.read({name: value})
    assert name in str(error.value)
    assert "hunter2" not in str(error.value)
