"""Measures inside a process of its own, without HTTP in front: python -m benchmarks.worker SYSTEM ENDPOINT TASK FILE

FILE holds JSON: the messages of turns (`warm_up`, `texts`), after how many a new conversation begins (`each`), what each
begins with (`opening`), and `blocks` of messages that are only to be understood. TASK is `measure` or `profile`. The last
line of the output is JSON with a time in seconds for each message, and with what was understood.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

#: Sends a message in a conversation; what came of it, None when there was no answer.
Say = Callable[[str, str], Awaitable[Any]]


def load(system: str, endpoint: str) -> tuple[Any, Say]:
    """The agent of a system, and a way to talk to it. Ours keeps its conversations on disk, as `bot serve` does."""
    return _ours() if system == "ours" else _stock(endpoint)


def _ours() -> tuple[Any, Say]:
    from bot.runtime import build_turns, quiet
    from bot.settings import Settings

    quiet()
    from bot.conversations.store import ConversationStore
    from bot.logs import configure_logging

    configure_logging("ERROR")
    settings = Settings.read()
    turns = build_turns(settings, lambda domain: ConversationStore(domain, path=settings.conversations_db))

    async def say(sender: str, text: str) -> Any:
        turn = await turns.turn(sender, text)
        reply = turn.replies[0]
        return None if turn.failed else [turn.intent, reply.kind, reply.topic, reply.condition]

    return turns.agent, say


def _stock(endpoint: str) -> tuple[Any, Say]:
    from rasa.core.agent import Agent
    from rasa.utils.endpoints import EndpointConfig

    agent = Agent.load(os.environ["BENCH_MODEL"], action_endpoint=EndpointConfig(endpoint))

    async def say(sender: str, text: str) -> Any:
        return await agent.handle_text(text, sender_id=sender) or None

    return agent, say


async def turns(say: Say, given: dict[str, Any]) -> dict[str, Any]:
    """Whole turns but for HTTP."""
    seconds: list[float] = []
    understood: list[Any] = []
    failed = 0
    sender = ""
    for number, text in enumerate([*given["warm_up"], *given["texts"]], -len(given["warm_up"])):
        if not sender or number % given["each"] == 0:
            sender = uuid.uuid4().hex
            for opening in given.get("opening", ()):
                await say(sender, opening)
        started = time.perf_counter()
        said = await say(sender, text)
        took = time.perf_counter() - started
        if number >= 0:
            failed += said is None
            seconds.append(took)
            understood.append(said)
    return {"seconds": seconds, "failed": failed, "understood": understood}


async def understanding(agent: Any, texts: Sequence[str]) -> list[float]:
    """Seconds for only what a message means: Rasa's pipeline, without dialogue and actions."""
    seconds: list[float] = []
    for text in texts:
        started = time.perf_counter()
        await agent.parse_message(text)
        seconds.append(time.perf_counter() - started)
    return seconds


async def profile(given: dict[str, Any]) -> dict[str, Any]:
    """Our start-up and our turns under pyinstrument, function by function."""
    from pyinstrument import Profiler

    from benchmarks.hot import hot

    starting = Profiler(interval=0.001, async_mode="disabled")
    with starting:
        _, say = _ours()
    await turns(say, {**given, "texts": []})
    talking = Profiler(interval=0.001, async_mode="disabled")
    with talking:
        await turns(say, {**given, "warm_up": []})
    return {"start": hot(starting.last_session), "turns": hot(talking.last_session)}


def on_one_core() -> None:
    """Keeps every thread of this process on the first of its cores."""
    first = min(os.sched_getaffinity(0))
    for task in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(task), {first})


async def measure(system: str, endpoint: str, given: dict[str, Any]) -> dict[str, Any]:
    """Turns, then understanding alone on one core."""
    agent, say = load(system, endpoint)
    done = await turns(say, given)
    on_one_core()
    return {**done, "understanding": [await understanding(agent, block) for block in given["blocks"]]}


if __name__ == "__main__":
    _system, _endpoint, _task, _file = sys.argv[1:5]
    _given = json.loads(Path(_file).read_text("utf-8"))
    _work = profile(_given) if _task == "profile" else measure(_system, _endpoint, _given)
    print(json.dumps(asyncio.run(_work)))
    sys.stdout.flush()
    os._exit(0)  # nothing is left to do, and TensorFlow takes its time
