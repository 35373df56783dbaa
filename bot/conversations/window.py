"""Which events of a conversation the dialogue needs now: the last turns, and what the slots held before them.

A turn of a conversation of 500 turns then costs what one of 50 costs. The statements are plain SQL and serve SQLite
and PostgreSQL alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

#: Runs one statement with its values and gives the rows.
Run = Callable[[str, Mapping[str, Any]], Iterable[tuple[Any, ...]]]

USER, ACTION, SLOT = "user", "action", "slot"
#: Events after which earlier slot values mean nothing any more.
RESETS = ("restart", "reset_slots")
#: Events of which the last one alone tells a state; members of one tuple replace each other.
STATES = (("active_loop",), ("pause", "resume"))
SESSION_START = "action_session_start"
LISTEN = "action_listen"


@dataclass(frozen=True)
class Columns:
    """What a database calls the columns of its event table, and how it says that an event has no name."""

    table: str
    conversation: str
    kind: str
    name: str
    unnamed: str


class Window:
    """Finds the events of one conversation that a tracker is made of.

    Args:
        run: Runs statements in one read transaction.
        columns: Names of the columns.
        conversation: The value of the conversation's column.
    """

    def __init__(self, run: Run, columns: Columns, conversation: Any) -> None:
        self._run = run
        self._columns = columns
        self._conversation = conversation

    def everything(self) -> list[str]:
        """The data of every event of the conversation, oldest first."""
        return self._data("id >= :first", first=0)

    def may_hold_message(self, message_id: str, turns: int) -> bool:
        """Whether one of the conversation's last `turns` messages seems to have this id (see `bot.delivery`)."""
        c = self._columns
        escaped = re.sub(r"([\\%_])", r"\\\1", json.dumps(message_id, ensure_ascii=False))
        rows = self._select(
            f"SELECT 1 FROM (SELECT data FROM {c.table} WHERE {c.conversation} = :conversation AND {c.kind} = :kind "
            f"AND {c.unnamed} ORDER BY id DESC LIMIT {int(turns)}) AS last WHERE data LIKE :holds ESCAPE '\\' LIMIT 1",
            {"kind": USER, "holds": f"%{escaped}%"},
        )
        return bool(rows)

    def recent(self, turns: int, slots: Iterable[str]) -> list[str]:
        """The data of what the dialogue needs of the running session, oldest first.

        Args:
            turns: How many of the patient's messages to go back.
            slots: Names of the slots whose value before that matters.
        """
        session = self._last(ACTION, SESSION_START) or 0
        first = self._start_of_turns(turns, session)
        if first <= session:
            return self._data("id >= :first", first=session)
        earlier = sorted(self._states_before(first, session, slots))
        marks = ", ".join(str(int(number)) for number in earlier)
        # Two statements: one with OR would read the whole conversation.
        states = self._data(f"id IN ({marks})") if earlier else []
        return states + self._data("id >= :first", first=first)

    def _start_of_turns(self, turns: int, session: int) -> int:
        """Id of the event that the last `turns` messages begin with: the wait for the first of them."""
        c = self._columns
        rows = self._select(
            f"SELECT id FROM {c.table} WHERE {c.conversation} = :conversation AND {c.kind} = :kind AND {c.unnamed} "
            f"AND id >= :session ORDER BY id DESC LIMIT 1 OFFSET {int(turns) - 1}",
            {"kind": USER, "session": session},
        )
        if not rows:
            return session
        return self._last(ACTION, LISTEN, before=rows[0][0]) or rows[0][0]

    def _states_before(self, first: int, session: int, slots: Iterable[str]) -> set[int]:
        reset = max((self._last(kind, before=first) or 0 for kind in RESETS), default=0)
        after = max(session, reset)
        found = {self._last(SLOT, name, before=first) for name in slots}
        for kinds in STATES:
            found.add(max(self._last(kind, before=first) or 0 for kind in kinds))
        return {number for number in found if number and number >= after}

    def _last(self, kind: str, name: str | None = None, before: int | None = None) -> int | None:
        """Id of the conversation's last event of this kind and name, None where there is none."""
        c = self._columns
        condition = f"{c.conversation} = :conversation AND {c.kind} = :kind"
        values: dict[str, Any] = {"kind": kind}
        if name is None:
            condition += f" AND {c.unnamed}"
        else:
            condition += f" AND {c.name} = :name"
            values["name"] = name
        if before is not None:
            condition += " AND id < :before"
            values["before"] = before
        rows = self._select(f"SELECT max(id) FROM {c.table} WHERE {condition}", values)
        return rows[0][0]

    def _data(self, condition: str, **values: Any) -> list[str]:
        c = self._columns
        statement = f"SELECT data FROM {c.table} WHERE {c.conversation} = :conversation AND {condition} ORDER BY id"
        return [row[0] for row in self._select(statement, values)]

    def _select(self, statement: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        return list(self._run(statement, {"conversation": self._conversation, **values}))
