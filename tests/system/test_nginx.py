"""nginx with the configuration of deploy/, before a server that is well and one that is broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from bot.settings import Settings
from tests.channels.web.client import WebClient
from tests.faults.processes import FaultyServer, gets_answers, is_warned, reads_sorry
from tests.services import Nginx
from tests.serving import Server, free_port
from tests.system.cluster import configuration, made


@pytest.fixture(scope="module")
def broken(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    """A server without a model."""
    folder = tmp_path_factory.mktemp("broken")
    server = FaultyServer(settings, folder, BOT_MODELS=str(made(folder / "models")))
    server.start(well=False)
    yield server
    server.kill()


@pytest.fixture
def start_nginx(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Starts nginx before two servers, given their ports; gives its address."""
    started: list[Nginx] = []

    def start(*ports: int) -> str:
        nginx = Nginx(tmp_path / f"nginx{len(started)}", configuration(ports))
        started.append(nginx)
        nginx.start()
        return nginx.url

    yield start
    for nginx in started:
        nginx.kill()


def test_a_broken_server_leaves_its_patients_to_the_one_that_is_well(
    broken: FaultyServer, server: Server, start_nginx: Callable[..., str]
) -> None:
    url = start_nginx(broken.port, server.port)
    before = broken.failures()
    for _ in range(8):
        client = WebClient(url + "web/")
        gets_answers(client)
        is_warned(client)
        assert len(client.history()) == 4
    assert broken.failures() == before


def test_where_no_server_is_well_patients_read_the_fixed_sentence(
    broken: FaultyServer, start_nginx: Callable[..., str]
) -> None:
    for ports in ((broken.port, free_port()), (free_port(), broken.port), (broken.port, broken.port)):
        url = start_nginx(*ports)
        for _ in range(4):
            reads_sorry(WebClient(url + "web/"), broken)


def test_a_server_that_is_asked_for_itself_says_the_fixed_sentence(broken: FaultyServer) -> None:
    reads_sorry(WebClient(broken.web), broken)
    left = httpx.get(broken.web + "config", headers={"X-Another-Server": "1"}, timeout=60)
    assert (left.status_code, left.json()) == (503, {"error": {"code": "failed"}})
    assert httpx.get(broken.url + "health/live", headers={"X-Another-Server": "1"}, timeout=60).status_code == 200


@pytest.mark.parametrize("path", ["metrics", "health/live", "health/ready", "health/serving"])
def test_the_operators_addresses_stay_inside(path: str, server: Server, start_nginx: Callable[..., str]) -> None:
    url = start_nginx(server.port, server.port)
    assert httpx.get(server.url + path, timeout=60).status_code == 200
    assert httpx.get(url + "web/config", timeout=60).status_code == 200
    for written in (
        path,
        f"{path}/",
        f"/{path}",
        f"./{path}",
        path.replace("e", "%65"),
        f"web/../{path}?x=1",
        f"{path}//",
    ):
        answer = httpx.get(httpx.URL(url).copy_with(raw_path=f"/{written}".encode()), timeout=60)
        assert answer.status_code == 404, written
        assert "nginx" in answer.text, f"nginx itself refuses {written}"
