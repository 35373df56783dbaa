"""What one patient's message costs a server, PostgreSQL and Redis: python -m benchmarks.sizes

Processor time is counted, not time that passes, so that a busy machine changes little. docs/operations.md plans with it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import psycopg2
from redis import Redis as Client

from bot.content.build import build
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.services import Postgres, Redis
from tests.serving import Server
from tests.system.cluster import SAYINGS, made

WARM_UP, PATIENTS = 3, 30
TICKS = os.sysconf("SC_CLK_TCK")


def processor_seconds(pid: int) -> float:
    """User and system time of a process and of its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return sum(int(fields[number]) for number in (11, 12, 13, 14)) / TICKS


def children(pid: int) -> list[int]:
    """A process's children that run."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


def family_seconds(pid: int) -> float:
    """Processor time of a process and of all below it."""
    return processor_seconds(pid) + sum(family_seconds(child) for child in children(pid))


def peak_memory(pid: int) -> float:
    """The most memory that a process held, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def measure(folder: Path) -> list[tuple[str, str]]:
    """The rows of the table."""
    settings = Settings.read()
    build(settings.content, folder / "content.db")
    redis, postgres = Redis(folder / "redis"), Postgres()
    server = Server(
        settings,
        made(folder / "server"),
        BOT_REDIS_URL=redis.url,
        BOT_DATABASE_URL=postgres.url,
        BOT_CONTENT_DB=str(folder / "content.db"),
    )
    try:
        redis.start()
        postgres.start()
        server.start()
        talk(server, WARM_UP)
        return figures(server, postgres, redis)
    finally:
        server.kill()
        redis.stop()
        postgres.stop()


def figures(server: Server, postgres: Postgres, redis: Redis) -> list[tuple[str, str]]:
    """Lets patients talk, and counts before and after."""
    assert server._process and postgres.process
    pids = server._process.pid, postgres.process.pid
    client = Client.from_url(redis.url)

    def now() -> list[float]:
        info = client.info()
        stored, rows = kept(postgres)
        return [
            processor_seconds(pids[0]),
            family_seconds(pids[1]),
            info["used_cpu_user"] + info["used_cpu_sys"],
            info["total_commands_processed"],
            stored,
            rows,
        ]

    before = now()
    turns = talk(server, PATIENTS)
    spent = [(after - earlier) / turns for earlier, after in zip(before, now(), strict=True)]
    return [
        ("turns measured", f"{turns}"),
        ("server: processor time a turn", f"{spent[0] * 1000:.0f} ms"),
        ("server: memory, at most", f"{peak_memory(pids[0]):.0f} MB"),
        ("PostgreSQL: processor time a turn", f"{spent[1] * 1000:.1f} ms"),
        ("PostgreSQL: disk a turn", f"{spent[4] / 1024:.1f} kB in {spent[5]:.1f} rows"),
        ("Redis: processor time a turn", f"{spent[2] * 1000:.2f} ms"),
        ("Redis: commands a turn", f"{spent[3]:.1f}"),
        ("Redis: memory", f"{client.info()['used_memory_rss'] / 1e6:.0f} MB"),
    ]


def kept(postgres: Postgres) -> tuple[float, float]:
    """Bytes and rows of the conversations."""
    connection = psycopg2.connect(postgres.url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_total_relation_size('events'), (SELECT count(*) FROM events)")
            found = cursor.fetchone()
            return float(found[0]), float(found[1])
    finally:
        connection.close()


def talk(server: Server, patients: int) -> int:
    """Each patient says everything once; gives the number of turns."""
    turns = 0
    for _ in range(patients):
        patient = WebClient(server.web)
        for text in SAYINGS:
            assert patient.send(text).status_code == 200
            turns += 1
    return turns


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print("| what | figure |\n|---|---|")
        for what, figure in measure(Path(place)):
            print(f"| {what} | {figure} |")
