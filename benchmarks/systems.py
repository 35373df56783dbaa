"""The two systems that are compared: how each is trained, served and talked to."""

from __future__ import annotations

import re
import shutil
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from aiohttp import ClientSession

from benchmarks.processes import Command, run
from bot.content.clinic import load_clinic
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "LOG_LEVEL": "ERROR",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}
#: No limit is met, and none is switched off.
RATES = {name: "1000000" for name in ("BOT_WEB_ADDRESS_RATE", "BOT_WEB_NEW_SESSION_RATE", "BOT_WEB_SESSION_RATE")}
BOT = [sys.executable, "-c", "from bot.cli import main; main()"]
EPOCHS = re.compile(r"epochs: \d+")
RASA = [sys.executable, "-m", "rasa"]


class Patient(Protocol):
    """One conversation over HTTP."""

    async def ask(self, text: str) -> bool:
        """Sends a message and waits for the answer; whether one came."""


class Served(Protocol):
    """Something that answers over HTTP."""

    @property
    def name(self) -> str:
        """Its name in logs and results."""

    def serving(self, port: int) -> list[Command]:
        """Everything that runs in production, told to answer on `port`."""

    def patient(self, http: ClientSession, port: int) -> Patient:
        """A new conversation with the server on `port`."""


class System(Served, Protocol):
    """One of the two."""

    @property
    def model(self) -> Path:
        """The trained model."""

    def ensure_model(self, log: Path) -> None:
        """Trains the model when there is none for these inputs."""

    def train(self, log: Path) -> float:
        """Trains the model anew, without anything kept from an earlier training, and gives the seconds."""

    def worker(self, **environment: str) -> tuple[list[Command], Command]:
        """What must run beside, and `benchmarks.worker` with all but its task."""


class OurPatient:
    """Talks to `bot serve` through the web API with a signed session."""

    def __init__(self, http: ClientSession, port: int) -> None:
        self._http = http
        self._url = f"http://127.0.0.1:{port}/web/"
        self._headers: dict[str, str] = {}

    async def ask(self, text: str) -> bool:
        """Sends a message and waits for the answer; whether one came."""
        if not self._headers:
            async with self._http.post(self._url + "session", json={"notice_accepted": True}) as answer:
                self._accept(await answer.json())
        body = {"client_message_id": uuid.uuid4().hex, "text": text}
        async with self._http.post(self._url + "messages", json=body, headers=self._headers) as answer:
            said = await answer.json()
            self._accept(said)
            replies = said.get("replies") or []
            return answer.status == 200 and any(reply.get("kind") for reply in replies)

    def _accept(self, said: dict[str, Any]) -> None:
        if said.get("session"):
            self._headers = {"Authorization": f"Bearer {said['session']['token']}"}


class StockPatient:
    """Talks to `rasa run` through Rasa's stock rest channel."""

    def __init__(self, http: ClientSession, port: int) -> None:
        self._http = http
        self._url = f"http://127.0.0.1:{port}/webhooks/rest/webhook"
        self._sender = uuid.uuid4().hex

    async def ask(self, text: str) -> bool:
        """Sends a message and waits for the answer; whether one came (the channel answers an error with `[]`)."""
        async with self._http.post(self._url, json={"sender": self._sender, "message": text}) as answer:
            return answer.status == 200 and bool(await answer.json())


@dataclass(frozen=True)
class OurBot:
    """Our bot as `bot serve` runs it: web API, sessions, embedded actions, conversations on disk."""

    folder: Path
    name: str = "ours"

    @property
    def environment(self) -> dict[str, str]:
        """Where its model and stores are."""
        return {
            **QUIET,
            **RATES,
            "BOT_MODELS": str(self.folder / "models"),
            "BOT_STATE": str(self.folder),
            "BOT_CONTENT_DB": str(self.db),
        }

    @property
    def model(self) -> Path:
        return self.folder / "models" / "bot.tar.gz"

    @property
    def db(self) -> Path:
        """Its content store."""
        return self.folder / "content.db"

    def train(self, log: Path) -> float:
        """Trains the model anew and gives the seconds that it took."""
        cache = {"RASA_CACHE_DIRECTORY": str(self.folder / "cache")}
        return run(Command([*BOT, "train", "--force"], ROOT, self.environment | cache), log)

    def serving(self, port: int) -> list[Command]:
        return [Command([*BOT, "serve", "--demo", "--port", str(port)], ROOT, self.environment)]

    def patient(self, http: ClientSession, port: int) -> Patient:
        return OurPatient(http, port)

    def worker(self, **environment: str) -> tuple[list[Command], Command]:
        argv = [sys.executable, "-m", "benchmarks.worker", self.name, "-"]
        return [], Command(argv, ROOT, self.environment | environment)

    def prepare(self) -> None:
        """Builds the content store; takes over the project's trained model where it is up to date."""
        from bot.content.build import build
        from bot.settings import Settings
        from bot.training import up_to_date

        self.model.parent.mkdir(parents=True, exist_ok=True)
        build(ROOT / "content", self.db)
        theirs = Settings.read()
        if up_to_date(theirs):
            for path in theirs.models.iterdir():
                if path.is_file():
                    shutil.copyfile(path, self.model.parent / path.name)

    def ensure_model(self, log: Path) -> None:
        """Trains the model when there is none for these inputs."""
        run(Command([*BOT, "train"], ROOT, self.environment), log)


@dataclass(frozen=True)
class StockBot:
    """Rasa's start project with our training data, stories, rules and actions: `rasa run` and `rasa run actions`."""

    folder: Path
    db: Path
    quick: bool = False
    name: str = "stock"

    @property
    def environment(self) -> dict[str, str]:
        """Its actions read the same content store."""
        return {**QUIET, "BOT_CONTENT_DB": str(self.db), "RASA_CACHE_DIRECTORY": str(self.folder / "cache")}

    @property
    def model(self) -> Path:
        return self.folder / "models" / "stock.tar.gz"

    def _training(self) -> Command:
        argv = [*RASA, "train", "--force", "--fixed-model-name", "stock"]
        return Command(argv, self.folder, self.environment)

    def actions(self, port: int) -> Command:
        """The stock action server."""
        return Command([*RASA, "run", "actions", "--port", str(port)], self.folder, self.environment)

    def serving(self, port: int) -> list[Command]:
        actions_port = free_port()
        endpoints = self._endpoints(actions_port)
        argv = [*RASA, "run", "--interface", "127.0.0.1", "--port", str(port), "--model", str(self.model)]
        argv += ["--endpoints", str(endpoints), "--credentials", "credentials.yml"]
        return [Command(argv, self.folder, self.environment), self.actions(actions_port)]

    def patient(self, http: ClientSession, port: int) -> Patient:
        return StockPatient(http, port)

    def worker(self, **environment: str) -> tuple[list[Command], Command]:
        port = free_port()
        argv = [sys.executable, "-m", "benchmarks.worker", self.name, f"http://127.0.0.1:{port}/webhook"]
        models = {"BENCH_MODEL": str(self.model)}
        return [self.actions(port)], Command(argv, ROOT, self.environment | models | environment)

    def prepare(self) -> None:
        """Writes the project: Rasa's configuration, and our data with what the start project needs besides."""
        source = Path(__file__).parent / "rasa_default"
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        for name in ("nlu", "rules", "stories"):
            shutil.copytree(ROOT / "data" / name, self.folder / "data" / name)
        shutil.copy(source / "data" / "fallback.yml", self.folder / "data")
        shutil.copy(source / "credentials.yml", self.folder)
        config = (source / "config.yml").read_text("utf-8")
        (self.folder / "config.yml").write_text(EPOCHS.sub("epochs: 1", config) if self.quick else config, "utf-8")
        self._write_synonyms()
        # The start project has no generator of texts that knows the clinic: its numbers are filled in beforehand.
        domain = (ROOT / "domain.yml").read_text("utf-8")
        for key, value in load_clinic(ROOT / "content" / "clinic.yml").values().items():
            domain = domain.replace("{" + key + "}", str(value))
        (self.folder / "domain.yml").write_text(domain, "utf-8")

    def ensure_model(self, log: Path) -> None:
        """Trains the model when there is none for these inputs."""
        if not self.model.is_file() or not self._stamp.is_file() or self._stamp.read_text("utf-8") != self._inputs():
            self.train(log)

    def train(self, log: Path) -> float:
        """Trains the model anew and gives the seconds that it took."""
        seconds = run(self._training(), log)
        self._stamp.write_text(self._inputs(), "utf-8")
        return seconds

    @property
    def _stamp(self) -> Path:
        return self.folder / "trained_from"

    def _inputs(self) -> str:
        files = sorted([*self.folder.glob("*.yml"), *(self.folder / "data").rglob("*.yml")])
        return "".join(path.read_text("utf-8") for path in files if path.name != "endpoints.yml")

    def _write_synonyms(self) -> None:
        """The conditions' names as synonyms of their ids: what EntitySynonymMapper is for."""
        from bot.content.store import ContentStore

        lines = ['version: "3.1"', "nlu:"]
        for condition in ContentStore.open(self.db).conditions():
            lines += [
                f"  - synonym: {condition.id}",
                "    examples: |",
                *(f"      - {name}" for name in condition.names),
            ]
        (self.folder / "data" / "synonyms.yml").write_text("\n".join(lines) + "\n", "utf-8")

    def _endpoints(self, actions_port: int) -> Path:
        path = self.folder / "endpoints.yml"
        path.write_text(f'action_endpoint:\n  url: "http://127.0.0.1:{actions_port}/webhook"\n', "utf-8")
        return path


def both(folder: Path, quick: bool) -> tuple[OurBot, StockBot]:
    """The two, ready to be trained and served, with their files under `folder`; a quick one is trained badly."""
    ours = OurBot(folder / "ours")
    stock = StockBot(folder / "stock", ours.db, quick)
    for system in (ours, stock):
        system.folder.mkdir(parents=True, exist_ok=True)
        system.prepare()
    return ours, stock
