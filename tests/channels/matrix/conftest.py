"""One homeserver and one server for all tests of Matrix."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.channels.matrix.kit import Clinic, Talk


@pytest.fixture(scope="session")
def running(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    made = Clinic(settings, tmp_path_factory.mktemp("matrix"))
    try:
        yield made.start()
    finally:
        made.kill()


@pytest.fixture
def clinic(running: Clinic) -> Iterator[Clinic]:
    """The clinic; both processes run again after a test that killed them."""
    yield running
    running.synapse.resume()
    running.server.resume()


@pytest.fixture
def talk(clinic: Clinic) -> Talk:
    """A new patient's direct room with the bot."""
    return clinic.talk()
