"""What the clinic sets for Matrix, from the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.channels.matrix.registration import Registration, RegistrationError

REGISTRATION, HOMESERVER = "BOT_MATRIX_REGISTRATION", "BOT_MATRIX_HOMESERVER"
SERVERS, USERS, NAME = "BOT_MATRIX_ALLOWED_SERVERS", "BOT_MATRIX_ALLOWED_USERS", "BOT_MATRIX_NAME"
#: Stands for every server.
ANY = "*"
#: Behind the bot's name, so that nobody takes it for a person; the form that gematik's TI-Messenger asks for.
SUFFIX = "(Chatbot)"
URL = re.compile(r"https?://[^\s/?#]+/?")
SERVER = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
USER = re.compile(rf"@[^\s:]+:{SERVER.pattern}")


class MatrixSettingsError(ValueError):
    """A setting of the Matrix channel is missing or malformed; the text names the variable and says what to do."""


@dataclass(frozen=True)
class MatrixSettings:
    """Settings of the Matrix channel.

    Attributes:
        registration: What `bot matrix register` wrote.
        homeserver: Address of the homeserver's client-server API, without a path.
        servers: Servers whose users may talk to the bot; empty for the bot's own, `*` for all.
        users: Single users who may talk to it, too.
        name: What the bot is called instead of the clinic's name; "" for the clinic's.
    """

    registration: Registration
    homeserver: str
    servers: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    name: str = ""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> MatrixSettings | None:
        """The settings in `environment`, None when Matrix is not set up.

        Raises:
            MatrixSettingsError: a setting is missing or malformed.
        """
        file, homeserver = environment.get(REGISTRATION, ""), environment.get(HOMESERVER, "")
        if not file and not homeserver:
            _none_is_set(environment)
            return None
        if not file:
            raise MatrixSettingsError(f"{HOMESERVER} is set but not {REGISTRATION}, the file of `bot matrix register`.")
        if not URL.fullmatch(homeserver):
            raise MatrixSettingsError(
                f"{HOMESERVER}: {homeserver!r} is not the homeserver's address. Write scheme, host and port alone, such "
                "as http://127.0.0.1:8008"
            )
        try:
            registration = Registration.read(Path(file))
        except RegistrationError as error:
            raise MatrixSettingsError(f"{REGISTRATION}: {error}.") from None
        return cls(
            registration=registration,
            homeserver=homeserver.rstrip("/"),
            servers=_list(environment, SERVERS, SERVER, "a server name such as clinic.example, or * for all servers"),
            users=_list(environment, USERS, USER, "a user id such as @anna:clinic.example"),
            name=" ".join(environment.get(NAME, "").split()),
        )

    def display_name(self, clinic_name: str) -> str:
        """What rooms show as the bot's name: "Demo Clinic (Chatbot)"."""
        name = (self.name or clinic_name).removesuffix(SUFFIX).strip()
        return f"{name} {SUFFIX}"

    def allows(self, user_id: str, own_server: str) -> bool:
        """Whether this user may invite the bot and talk to it; `own_server` is the bot's."""
        server = user_id.partition(":")[2]
        servers = self.servers or {own_server}
        return user_id in self.users or ANY in servers or server in servers


def _none_is_set(environment: Mapping[str, str]) -> None:
    for name in (SERVERS, USERS, NAME):
        if environment.get(name):
            raise MatrixSettingsError(f"{name} is set, but {REGISTRATION} and {HOMESERVER} are not. Set them, too.")


def _list(environment: Mapping[str, str], name: str, pattern: re.Pattern[str], what: str) -> frozenset[str]:
    items = frozenset(filter(None, re.split(r"[,\s]+", environment.get(name, "").strip())))
    for item in items:
        if not pattern.fullmatch(item) and not (name == SERVERS and item == ANY):
            raise MatrixSettingsError(f"{name}: {item!r} is not {what}.")
    return items
