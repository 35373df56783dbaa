"""Fixtures that start the real thing: the built store, the trained model, the embedded actions."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from bot.runtime import build_turns, quiet
from bot.settings import Settings
from tests.serving import own_server, server  # fixtures
from tests.synapse import synapse

__all__ = ["own_server", "server", "synapse"]

ROOT = Path(__file__).resolve().parent.parent

# The same examples in each run, and no clock: a test must not fail because the machine is busy.
hypothesis.settings.register_profile("gate", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("gate")

#: Fixtures with real servers, services or a browser behind them.
PROCESSES = frozenset(
    {"apart", "bridge", "browser", "chat", "cluster", "crew", "doomed", "faulty", "gate_and_server", "homeserver"}
    | {"new_staffed", "output", "own_server", "portal", "postgres", "redis", "room", "running", "server", "servers"}
    | {"staffed", "start_nginx", "stock", "synapse", "twilio_server", "user"}
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test of real processes is tried twice more: a busy machine may stop one of them for long. No other test is."""
    for item in items:
        if PROCESSES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The project's own content and model, with a state folder of the test run's own."""
    from bot.content.build import build
    from bot.training import train, up_to_date

    state = tmp_path_factory.mktemp("state")
    before = {key: os.environ.get(key) for key in ("BOT_STATE", "BOT_CONTENT_DB")}
    os.environ["BOT_STATE"] = str(state)
    made = Settings.read()
    os.environ["BOT_CONTENT_DB"] = str(made.content_db)
    build(made.content, made.content_db)
    if not up_to_date(made):
        train(made)
    yield made
    for key, value in before.items():
        os.environ.pop(key, None) if value is None else os.environ.__setitem__(key, value)


@pytest.fixture(scope="session")
def turns(settings: Settings):  # type: ignore[no-untyped-def]  # the type would import Rasa at collection
    """The guard around the real agent."""
    quiet()
    from bot.logs import configure_logging

    configure_logging("ERROR")
    return build_turns(settings)


@pytest.fixture
def patient(turns):  # type: ignore[no-untyped-def]
    """A new patient."""
    from tests.kit import Patient

    return Patient(turns)


@pytest.fixture
def new_patient(turns) -> Callable[[], object]:  # type: ignore[no-untyped-def]
    """Makes any number of patients."""
    from tests.kit import Patient

    return lambda: Patient(turns)
