"""Two servers that share PostgreSQL, Redis and RabbitMQ behind nginx, with the configuration of deploy/; and scripts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg2

from bot.content.build import build
from bot.content.clinic import load_clinic
from bot.fixed_replies import FixedReplies
from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import ActionServer
from tests.services import Nginx, Postgres, RabbitMQ, Redis, wait_for
from tests.serving import Server

ROOT = Path(__file__).resolve().parents[2]
PATIENTS = 50
#: Each patient says a row of these, beginning at another one. The answers depend on what was said before.
SAYINGS = (
    "what is leukopenia?",
    "what causes it?",
    "1",
    "what are the symptoms?",
    "is it contagious?",
    "I have a fever of 39.5 and shaking chills",
    "thanks",
    "how is it treated?",
    "what about measles?",
    "tell me more",
    "which medicines can cause it",
)
ROUNDS = 6


def configuration(ports: Iterable[int]) -> Callable[[int, Path], str]:
    """deploy/nginx.conf with the folders of a test, before the servers on these two ports."""
    text = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    for name, port in zip(("bot-a", "bot-b"), ports, strict=True):
        text = text.replace(f"{name}:5005", f"127.0.0.1:{port}")
    text = text.replace("rate=20r/s", "rate=10000r/s").replace("burst=200", "burst=10000")  # all come from one address

    def fill(port: int, folder: Path) -> str:
        return (
            text.replace("listen 8080;", f"listen 127.0.0.1:{port};")
            .replace("/tmp/nginx", f"{folder}/nginx")
            .replace("/etc/nginx/tls", f"{folder}/tls")
        )

    return fill


class Cluster:
    """The two servers `a` and `b`, what they share, and nginx before them.

    Args:
        settings: Whose content and model they serve.
        folder: For all that they write.
        actions_apart: Whether their actions run in a process of their own.
        environment: Set for both servers.
    """

    def __init__(self, settings: Settings, folder: Path, actions_apart: bool = False, **environment: str) -> None:
        self.redis = Redis(folder / "redis")
        self.postgres = Postgres()
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.content = Content(settings, folder / "cluster-content")
        shared = {
            "BOT_REDIS_URL": self.redis.url,
            "BOT_DATABASE_URL": self.postgres.url,
            "BOT_EVENTS_URL": self.rabbitmq.url,
            "BOT_CONTENT_DB": str(self.content.db),
            "SANIC_PROXIES_COUNT": "1",
            **environment,
        }
        self.actions = ActionServer(self.content.db, made(folder / "actions")) if actions_apart else None
        if self.actions:
            shared |= self.actions.environment
        self.servers = [Server(settings, made(folder / name), **shared) for name in "ab"]
        self.nginx = Nginx(folder / "nginx", configuration(server.port for server in self.servers))
        self.web = self.nginx.url + "web/"
        clinic = load_clinic(settings.content / "clinic.yml")
        fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
        #: What a patient reads when nothing else can be said.
        self.sorry = fixed.reply("technical_problem").plain()

    def start(self, *more: Server) -> None:
        """Starts all, and the servers `more` at the same time."""
        self.redis.start()
        self.postgres.start()
        self.rabbitmq.start()
        if self.actions:
            self.actions.start()
        with ThreadPoolExecutor() as threads:
            list(threads.map(Server.start, [*self.servers, *more]))
        self.nginx.start()

    def stop(self) -> None:
        for part in (*self.servers, self.actions, self.nginx, self.redis):
            if part:
                part.kill()
        self.rabbitmq.stop()
        self.postgres.stop()

    def wait_until_ready(self) -> None:
        """Waits until both servers say that they can answer."""
        for server in self.servers:
            wait_for(lambda url=server.url: httpx.get(url + "health/ready", timeout=60).status_code == 200, "readiness")  # type: ignore[misc]

    def messages(self) -> set[tuple[str, float]]:
        """Conversation and time of every message that is kept."""
        connection = psycopg2.connect(self.postgres.url)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT sender_id, timestamp FROM events WHERE type_name = 'user'")
                return {(str(sender), float(timestamp)) for sender, timestamp in cursor}
        finally:
            connection.close()


class Content:
    """A store of content, built from a copy of the project's own, that can be released anew."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(settings.content, folder)
        self.db = folder.with_suffix(".db")
        self.version = build(folder, self.db).version

    def release(self) -> None:
        """A new release: every answer on one topic has other words, or has its first words again."""
        article = next((self.folder / "articles").rglob("*leukopenia*.md"))
        text = article.read_text("utf-8")
        first, other = "is not contagious", "is not contagious at all"
        changed = text.replace(other, first) if other in text else text.replace(first, other)
        assert changed != text
        article.write_text(changed, "utf-8")
        self.version = build(self.folder, self.db).version


def made(folder: Path) -> Path:
    """The folder, made."""
    folder.mkdir(parents=True)
    return folder


def saying(patient: int, turn: int) -> str:
    """What a patient says in a turn."""
    return SAYINGS[(patient * 3 + turn) % len(SAYINGS)]


def talk_in_rounds(
    web: str, before: Callable[[int], None], during: Callable[[int, int], None]
) -> tuple[list[WebClient], list[list[Any]]]:
    """All patients talk, each in each round, 8 at a time.

    Args:
        web: The address of the web API.
        before: Called with the number of each round, when nobody talks.
        during: Called with the numbers of the round and of the patient, as each of them begins to talk.

    Returns:
        The patients, and for each all replies by turn.
    """
    clients = [WebClient(web) for _ in range(PATIENTS)]
    heard: list[list[Any]] = [[] for _ in clients]

    def one(turn: int, patient: int) -> None:
        during(turn, patient)
        answer = clients[patient].send(saying(patient, turn))
        assert answer.status_code == 200, answer.text
        heard[patient].append(answer.json()["replies"])

    with ThreadPoolExecutor(8) as threads:
        for turn in range(ROUNDS):
            before(turn)
            list(threads.map(lambda patient, turn=turn: one(turn, patient), range(PATIENTS)))
    return clients, heard
