"""A homeserver, a bot's account and a running bridge; patients whose clients encrypt."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.content.clinic import load_clinic
from bot.fixed_replies import FixedReplies
from bot.settings import Settings
from tests.channels.matrix_bridge.kit import Bridge, EncryptedUser
from tests.serving import Server
from tests.synapse import MatrixUser, Synapse

#: Nobody answers this user.
BLOCKED = "@mallory:clinic.test"
_NAMES = (f"patient{number}" for number in itertools.count(1))


@pytest.fixture(scope="package")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A homeserver of these tests alone: one of them ends it and starts it again."""
    running = Synapse(tmp_path_factory.mktemp("bridge-synapse")).start()
    yield running
    running.kill()


@pytest.fixture(scope="package")
def bot(homeserver: Synapse) -> MatrixUser:
    """The bot's account."""
    return homeserver.user("education-bot")


@pytest.fixture(scope="package")
def bridge(
    homeserver: Synapse, bot: MatrixUser, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bridge]:
    """A running bridge to the running server."""
    folder = tmp_path_factory.mktemp("bridge")
    running = Bridge(folder, homeserver, bot, server.web, BOT_MATRIX_BRIDGE_BLOCKED=BLOCKED).start()
    yield running
    running.kill()


@pytest.fixture
def new_user(homeserver: Synapse, tmp_path: Path) -> Iterator[Callable[[], EncryptedUser]]:
    """Makes patients."""
    made: list[EncryptedUser] = []

    def make() -> EncryptedUser:
        name = next(_NAMES)
        made.append(EncryptedUser(tmp_path / name, homeserver.url, homeserver.user(name)))
        return made[-1]

    yield make
    for user in made:
        user.end()


@pytest.fixture
def eva(new_user: Callable[[], EncryptedUser]) -> EncryptedUser:
    """A patient."""
    return new_user()


@pytest.fixture(scope="session")
def fixed(settings: Settings) -> Callable[[str], str]:
    """The words of a fixed text."""
    clinic = load_clinic(settings.content / "clinic.yml")
    replies = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
    return lambda name: replies.reply(name).plain()
