"""One server for all tests of a file that break something and mend it again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import FaultyServer


@pytest.fixture(scope="package")
def faulty(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    """A running server with content of its own. Whoever breaks it mends it."""
    made = FaultyServer(settings, tmp_path_factory.mktemp("faulty"))
    made.start()
    yield made
    made.kill()


@pytest.fixture
def client(faulty: FaultyServer) -> WebClient:
    """A new patient of a server that is well."""
    faulty.wait_until_ready()
    return WebClient(faulty.web)
