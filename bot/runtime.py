"""Puts the parts together: model, actions, conversation store and guard, in this process."""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.memory import collect_rarely, settle
from bot.settings import Settings
from bot.without_tensorflow import for_want_of_tensorflow, leave_out_tensorflow

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.core.lock_store import LockStore
    from rasa.core.tracker_store import TrackerStore
    from rasa.utils.endpoints import EndpointConfig

    from bot.content.clinic import Clinic
    from bot.embedded import BotAgent
    from bot.fixed_replies import FixedReplies
    from bot.safety import Detector
    from bot.turn import Turns

MODEL_FILE = "bot.tar.gz"
HASH_FILE = "bot.sha256"


class NotReady(Exception):
    """Something that must be built first is missing; the text says what to run."""


def quiet() -> None:
    """Keeps telemetry and library warnings off the screen, TensorFlow out, and arithmetic in one thread.

    Call before Rasa is imported.
    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("LOG_LEVEL", "ERROR")  # Rasa shows progress bars below this
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    # One message is too little to share between threads; they would only wait for each other, at full power.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    warnings.filterwarnings("ignore")
    leave_out_tensorflow(Settings.read().root / "config.yml")
    collect_rarely()


def model_path(settings: Settings) -> Path:
    """The trained model, checked: a model file is code, so only the file that `bot train` wrote is loaded.

    Raises:
        NotReady: no model, or its hash is not the one written at training.
    """
    path = settings.models / MODEL_FILE
    hash_file = settings.models / HASH_FILE
    if not path.is_file() or not hash_file.is_file():
        raise NotReady(f"There is no trained model in {settings.models}. Run `bot train` (or `make train`).")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest.encode() != hash_file.read_bytes().strip():
        raise NotReady(f"{path} is not the model that `bot train` wrote (its hash differs). Run `bot train --force`.")
    return path


def content_path(settings: Settings) -> Path:
    """The built content store.

    Raises:
        NotReady: there is none.
    """
    if not settings.content_db.is_file():
        raise NotReady(
            f"There is no content store at {settings.content_db}. Run `bot content build` (or `make content`)."
        )
    return settings.content_db


def _action_endpoint() -> EndpointConfig:
    """The actions: those of the server that `BOT_ACTION_SERVER` names, else those of this process."""
    from bot.action_server import ActionServerSettings, RemoteActions
    from bot.embedded import EmbeddedActions

    remote = ActionServerSettings.read(os.environ)
    return RemoteActions(remote) if remote.url else EmbeddedActions()


def load_agent(settings: Settings) -> BotAgent:
    """The trained model with its actions. It keeps nothing until it is given its stores: see `connect`.

    Raises:
        NotReady: no content store, no model, or a model that needs TensorFlow after all.
        ActionServerError: `BOT_ACTION_SERVER` or its secret is malformed.
        ContentError: the clinic's settings, the fixed texts or the red flags can't be used.
    """
    quiet()
    from rasa.shared.core.domain import Domain

    from bot.conversations.process_locks import ProcessLocks
    from bot.embedded import BotAgent
    from bot.nlg import ClinicNLG
    from bot.nlu.embedding_model import WrongModelFile, embedding_model

    content_path(settings)
    model = model_path(settings)
    with suppress(WrongModelFile):  # the pipeline says it; first, because it frees much memory that others then use
        embedding_model()
    domain = Domain.empty()
    agent = BotAgent(
        domain=domain,
        generator=ClinicNLG(domain=domain),
        lock_store=ProcessLocks(),
        action_endpoint=_action_endpoint(),
    )
    fixed_parts(settings)  # before the model, whose parts read the same files: Rasa would hide why one can't be read
    try:
        agent.load_model(model)
    except Exception as error:
        if left_out := for_want_of_tensorflow(error):
            raise NotReady(str(left_out)) from error
        raise
    return agent


def connect(settings: Settings, agent: BotAgent, tracker_store: TrackerStore, lock_store: LockStore) -> Turns:
    """The guard around `agent`, which keeps conversations in `tracker_store` and locks them in `lock_store`."""
    agent.use(tracker_store, lock_store)
    turns = fixed_turns(settings, agent)
    settle()
    return turns


def build_turns(
    settings: Settings,
    tracker_store: Callable[..., TrackerStore] | None = None,
    lock_store: LockStore | None = None,
) -> Turns:
    """The guard around a loaded agent with embedded actions.

    Args:
        settings: Where things are.
        tracker_store: Makes the conversation store from the domain; Rasa's in-memory store when None.
        lock_store: Locks of conversations; those of this process when None.

    Raises:
        NotReady: no content store, no model, or a model that needs TensorFlow after all.
        ActionServerError: `BOT_ACTION_SERVER` or its secret is malformed.
        ContentError: the clinic's settings, the fixed texts or the red flags can't be used.
    """
    agent = load_agent(settings)
    store = tracker_store(agent.domain) if tracker_store else agent.tracker_store
    return connect(settings, agent, store, lock_store or agent.lock_store)


def fixed_parts(settings: Settings) -> tuple[Clinic, FixedReplies, Detector]:
    """What is said when all else has failed, and what finds danger: read from text files, without Rasa or a database.

    Raises:
        ContentError: the fixed texts, the clinic's settings or the red flags can't be used; file and line are named.
    """
    from bot.content.clinic import load_clinic
    from bot.fixed_replies import FixedReplies
    from bot.safety import Detector

    clinic = load_clinic(settings.content / "clinic.yml")
    fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
    return clinic, fixed, Detector.from_files(settings.content)


def fixed_turns(settings: Settings, agent: Agent | None = None) -> Turns:
    """The guard around `agent`; without one it catches danger and says the fixed sentence to all else.

    Raises:
        ContentError: as `fixed_parts`.
    """
    quiet()
    return guard_around(settings, agent)


def guard_around(settings: Settings, agent: Agent | None) -> Turns:
    """As `fixed_turns`, in a process that is set up already: the stock command `rasa run`, too.

    Raises:
        ContentError: as there.
    """
    from bot.provenance import Provenance
    from bot.turn import Turns

    clinic, fixed, detector = fixed_parts(settings)
    return Turns(agent, fixed, detector, Provenance(settings.content_db, fixed.texts(), clinic))
