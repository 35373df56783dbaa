"""A real server that offers the Twilio channel, and phones that write to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.channels.twilio.client import Phone
from tests.channels.twilio.rest_api import RestApi
from tests.serving import Server


@pytest.fixture
def new_phone(twilio_server: Server) -> Callable[..., Phone]:
    """Makes any number of patients' phones."""
    return lambda **more: Phone(twilio_server.url + "twilio/webhook", **more)


@pytest.fixture
def phone(new_phone: Callable[..., Phone]) -> Phone:
    """A new patient's phone."""
    return new_phone()


@pytest.fixture
def api() -> Iterator[RestApi]:
    """Where messages for Twilio's REST API arrive."""
    running = RestApi()
    yield running
    running.close()
