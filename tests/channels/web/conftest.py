"""Patients at the web API of the real server."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.channels.web.client import WebClient
from tests.serving import Server


@pytest.fixture
def new_client(server: Server) -> Callable[[], WebClient]:
    """Makes any number of patients."""
    return lambda: WebClient(server.web)


@pytest.fixture
def client(new_client: Callable[[], WebClient]) -> WebClient:
    """A new patient."""
    return new_client()
