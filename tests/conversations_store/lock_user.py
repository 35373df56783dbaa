"""Run by test_redis_locks.py in processes of their own: takes locks of one conversation.

Usage: lock_user.py URL LEASE hammer ROUNDS FOLDER    takes the lock again and again, from several tasks at once
       lock_user.py URL LEASE queue                   for each line of standard input: takes the lock, notes the line
       lock_user.py URL LEASE hold                    takes the lock, says so, and keeps it
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

from bot.runtime import quiet

quiet()

from redis import asyncio as redis_asyncio  # noqa: E402

from bot.conversations.holding import HOLD  # noqa: E402
from bot.conversations.redis_locks import RedisLocks  # noqa: E402

URL, LEASE, TASK, *REST = sys.argv[1:]
LOCKS = RedisLocks(url=URL, lease=float(LEASE))


async def hammer(rounds: int, folder: Path) -> None:
    """Inside the lock: a marker that must not be there yet, and a counter that is read, then written."""
    marker, counter = folder / "inside", folder / "counter"

    async def one() -> None:
        for _ in range(rounds):
            async with LOCKS.lock("one"):
                try:
                    os.close(os.open(marker, os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    print("violation", flush=True)
                count = int(counter.read_text() or 0)
                await asyncio.sleep(0.001)
                counter.write_text(str(count + 1))
                marker.unlink(missing_ok=True)

    await asyncio.gather(*(one() for _ in range(5)))


async def queue() -> None:
    served = redis_asyncio.Redis.from_url(URL)

    async def one(name: str) -> None:
        async with LOCKS.lock("one"):
            await served.rpush("served", name)

    tasks = []
    while line := await asyncio.to_thread(sys.stdin.readline):
        tasks.append(asyncio.ensure_future(one(line.strip())))
    await asyncio.gather(*tasks)


async def hold() -> None:
    async with LOCKS.lock("one"):
        ticket: Any = HOLD.get()
        print("held", ticket._name, flush=True)
        await asyncio.sleep(600)


async def main() -> None:
    print("started", flush=True)
    if TASK == "hammer":
        await asyncio.to_thread(sys.stdin.readline)  # all begin at the same time
        await hammer(int(REST[0]), Path(REST[1]))
    else:
        await {"queue": queue, "hold": hold}[TASK]()


asyncio.run(main())
