"""How PostgreSQL is connected to: with limits on every wait, and so that it logs no patient's words."""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.conversations.connection import ConversationStoreError
from bot.conversations.patience import ANSWER_SECONDS

#: Seconds to wait for a connection or another transaction's lock, and for one statement, as the server is told. How long
#: the server itself is waited for: see `bot.conversations.patience`.
CONNECT_SECONDS = 5
STATEMENT_SECONDS = 10
#: Settings under which PostgreSQL writes no statement into its log. The driver puts values into the statement's text,
#: and so the words of a patient whose save was broken off would be there. Only a superuser, or who was granted it, may
#: set them.
QUIET = {
    "log_min_error_statement": "panic",  # the statement that failed
    "log_statement": "none",
    "log_min_duration_statement": "-1",  # slow statements
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "auto_explain.log_min_duration": "-1",
    "track_activities": "off",  # what a connection that crashed was doing
}
_VALUES = ", ".join(f"('{name}', '{value}')" for name, value in QUIET.items())
_SET_QUIET = f"""
    SELECT set_config(name, wanted, false) FROM (VALUES {_VALUES}) AS quiet (name, wanted)
    WHERE current_setting(name, true) IS NOT NULL AND """
_LOUD = f"""
    SELECT name, setting FROM (VALUES {_VALUES}) AS quiet (name, wanted) JOIN pg_settings USING (name)
    WHERE setting <> wanted ORDER BY name"""
#: The first version in which others than superusers can be granted it.
GRANTS = 150_000


def open_engine(url: str, password_variable: str | None, connections: int) -> Engine:
    """An engine with `connections` connections at most. It has not connected yet.

    Args:
        url: The database's URL; SQLAlchemy's SQLite will do for tests.
        password_variable: Environment variable with the password; none when None.
        connections: Connections at most.

    Raises:
        ConversationStoreError: the password's variable is empty.
    """
    parsed = sa.engine.make_url(url)
    if password_variable:
        if not os.environ.get(password_variable):
            raise ConversationStoreError(
                f"the environment variable {password_variable} is empty; it holds the password"
            )
        parsed = parsed.set(password=os.environ[password_variable])
    if not parsed.drivername.startswith("postgresql"):
        return sa.create_engine(parsed, hide_parameters=True)
    engine = sa.create_engine(
        parsed,
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        pool_pre_ping=True,  # a connection that the database closed is replaced instead of failing a patient's turn
        connect_args=_limits(),
    )
    sa.event.listen(engine, "connect", _quieten)
    return engine


def what_is_logged(connection: Connection) -> list[str]:
    """Settings, as `name=value`, under which this PostgreSQL may write patients' words into its log; none is best."""
    return [f"{name}={setting}" for name, setting in connection.execute(sa.text(_LOUD))]


def _limits() -> dict[str, Any]:
    limits = {
        "statement_timeout": STATEMENT_SECONDS * 1000,
        "lock_timeout": CONNECT_SECONDS * 1000,
        # A transaction whose other end vanished must not hold its conversation for long.
        "idle_in_transaction_session_timeout": STATEMENT_SECONDS * 1000,
    }
    return {
        "options": " ".join(f"-c {name}={milliseconds}" for name, milliseconds in limits.items()),
        # A connection that lies idle while the network or the other machine goes away is noticed as dead.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": int(ANSWER_SECONDS * 1000),
    }


def _quieten(connection: Any, _: Any) -> None:
    """Sets a new connection to `QUIET`, as far as its user may."""
    may = (
        "has_parameter_privilege(name, 'SET')"
        if connection.server_version >= GRANTS
        else "current_setting('is_superuser') = 'on'"
    )
    with connection.cursor() as cursor:
        cursor.execute(_SET_QUIET + may)
    connection.commit()
