"""A real server with every channel that patients write to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.channels.twilio.client import environment
from tests.serving import Server


@pytest.fixture(scope="session")
def twilio_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests that leave it as it was."""
    running = Server(settings, tmp_path_factory.mktemp("twilio"), **environment()).start()
    yield running
    running.kill()
