"""schemathesis runs against the description of the API: each operation behaves as it says, whatever is sent."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.channels.web.client import WebClient
from tests.serving import Server

#: Sanic answers TRACE, which it doesn't know, without the `Allow` header that this check wants.
LEFT_OUT = [schemathesis.checks.unsupported_method]


@pytest.fixture(scope="session")
def described(server: Server) -> Any:
    """The API as it describes itself."""
    schema = schemathesis.openapi.from_url(server.web + "openapi.json")
    schema.config.update(base_url=server.web.rstrip("/"))
    # A text that is too long is refused with 413, which schemathesis does not count as a refusal by itself.
    refusals = schema.config.checks.negative_data_rejection
    refusals.expected_statuses = [*refusals.expected_statuses, "413"]
    return schema


api = schemathesis.pytest.from_fixture("described")


@api.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_operation_does_what_the_description_says(case: Any, server: Server) -> None:
    # A session of its own for each example, so that neither rate limits nor an erased conversation end the run.
    client = WebClient(server.web)
    case.call_and_validate(headers=client.headers, excluded_checks=LEFT_OUT)


@pytest.mark.parametrize("path", ["config", "session", "messages", "feedback", "restart", "conversation"])
def test_other_methods_are_refused(server: Server, path: str) -> None:
    answer = httpx.request("PATCH", server.web + path)
    assert answer.status_code == 405 and "OPTIONS" in answer.headers["allow"]
