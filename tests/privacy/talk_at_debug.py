"""Run by test_logs.py in a process of its own: a patient's words travel every way through the bot, at DEBUG.

Usage: talk_at_debug.py STATE_FOLDER MARKER
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

from bot.runtime import build_turns, quiet

quiet()

from rasa.core.brokers.broker import EventBroker  # noqa: E402
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage  # noqa: E402
from rasa.shared.utils.io import raise_warning  # noqa: E402

from bot.conversations.store import ConversationStore  # noqa: E402
from bot.logs import configure_logging  # noqa: E402
from bot.settings import Settings  # noqa: E402
from bot.turn import Turns  # noqa: E402

STATE, MARKER = Path(sys.argv[1]), sys.argv[2]
ORDINARY = (
    f"what is leukopenia {MARKER}",
    f"can {MARKER} cause it?",
    f"i have a fever of 39.5 and i am on chemo {MARKER}",
    f"my name is {MARKER}, my number is 555-123-4567 and why is my wbc 2.9",
    f"/{MARKER}",
    f"/ask_causes{{'x': '{MARKER}'}}",
    f"{MARKER} {{not a format}} %s %d ${{HOME}}",
    f"i want to kill myself {MARKER}",
    f"{MARKER} " * 900,
    f"quiero morir {MARKER}",
    MARKER,
)


class LoudBroker(EventBroker):
    """A broker that fails and names the event in its error."""

    def publish(self, event: dict[str, Any]) -> None:
        raise ConnectionError(f"could not send {event} {MARKER}")


def raising(*_: Any, **__: Any) -> Any:
    raise ValueError(f"broken by {MARKER}")


async def talk(turns: Turns) -> None:
    for text in ORDINARY:
        await turns.say("patient", text)
    await turns.say("patient", payload=f'/ask_causes{{"condition": "{MARKER}"}}')
    await turns.say("patient", payload=f"/{MARKER}{{broken")
    assert turns.agent is not None
    await turns.agent.handle_message(UserMessage(f"stock way in {MARKER}", CollectingOutputChannel(), "other"))


async def fail(turns: Turns, store: ConversationStore) -> None:
    """The same words, while each part fails in turn."""
    agent: Any = turns.agent
    executor = agent.action_endpoint.executor
    kept = dict(executor.actions)
    executor.actions = {name: raising for name in kept}
    await turns.say("patient", f"what is leukopenia {MARKER}")
    executor.actions = kept
    runner, agent.processor.graph_runner = agent.processor.graph_runner, _Broken()
    await turns.say("patient", f"what is leukopenia {MARKER}")
    agent.processor.graph_runner = runner
    with sqlite3.connect(store.database.path) as other:
        other.execute("BEGIN EXCLUSIVE")
        await turns.say("patient", f"what is leukopenia {MARKER}")
        other.execute("ROLLBACK")
    original, store.save = store.save, raising  # type: ignore[method-assign]
    await turns.say("patient", f"what is leukopenia {MARKER}")
    store.save = original  # type: ignore[method-assign]


class _Broken:
    """A model whose components raise."""

    run = staticmethod(raising)


def outside() -> None:
    """Errors that no one catches, and words that other code warns about or logs."""
    warnings.resetwarnings()
    warnings.simplefilter("always")
    raise_warning(f"an entity {MARKER} is not in the domain")
    warnings.warn(f"{MARKER}", stacklevel=2)
    thread = threading.Thread(target=raising)
    thread.start()
    thread.join()
    for name in ("sanic.error", "rasa.core.channels", "sqlalchemy.engine", "asyncio", "event"):
        foreign = logging.getLogger(name)
        foreign.error(f"could not answer {MARKER}")
        foreign.error("could not answer %s", MARKER)
        foreign.error(MARKER)
        foreign.error("bad %d", MARKER)
        try:
            raising()
        except ValueError:
            foreign.exception("could not answer %s", MARKER)
    logging.getLogger("bot.turn").error("failed: %s", ValueError(MARKER))


async def main() -> None:
    configure_logging("DEBUG")
    store: list[ConversationStore] = []

    def make(domain: Any) -> ConversationStore:
        store.append(ConversationStore(domain, LoudBroker(), path=STATE / "conversations.db", busy_seconds=0.2))
        return store[0]

    turns = build_turns(Settings.read(), make)
    await talk(turns)
    await fail(turns, store[0])
    task = asyncio.get_running_loop().create_task(asyncio.to_thread(raising))
    await asyncio.sleep(0.1)
    del task
    await store[0].close()
    outside()
    raising()


asyncio.run(main())
