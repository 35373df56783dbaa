"""What the clinic sets for the bridge. Secrets come from the environment or from a file, never from a default."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.settings import read_secret

PREFIX = "BOT_MATRIX_BRIDGE_"
#: The key seals the device's keys and makes its identity: shorter ones could be guessed.
KEY_LENGTH = 32
USER_ID = re.compile(r"@[a-z0-9._=/+-]+:[A-Za-z0-9.:\[\]-]+")
SERVER_NAME = re.compile(r"[A-Za-z0-9.-]+(?::\d{1,5})?|\[[0-9A-Fa-f:.]+\](?::\d{1,5})?")
#: matrix-nio's own, and what examples on the web say.
WELL_KNOWN_KEYS = ("DEFAULT_KEY", "changeme", "secret")


class BridgeSettingsError(ValueError):
    """A setting of the bridge is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class BridgeSettings:
    """Settings of the bridge.

    Attributes:
        homeserver: Address of the homeserver, without a slash at the end.
        user_id: The bot's account, `@name:server`.
        key: Seals the device's keys in the state folder, and makes the account's identity.
        password: Of the account; "" when there is a token.
        token: Access token of the account; "" when there is a password.
        server: Address of our server's web API, with a slash at the end.
        allowed: Servers (`clinic.example`) and users (`@eva:clinic.example`) that are answered.
        blocked: Users (`@eva:clinic.example`) and devices (`@eva:clinic.example/DEVICEID`) that get nothing.
        patience: Seconds that our server may be away before the patient is told.
    """

    homeserver: str
    user_id: str
    key: str = field(repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    server: str = "http://127.0.0.1:5005/web/"
    allowed: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    patience: float = 10.0

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> BridgeSettings:
        """The settings in `environment`. Raises: BridgeSettingsError."""
        user_id = _required(environment, "USER", "the bot's account, such as @education-bot:clinic.example")
        if not USER_ID.fullmatch(user_id):
            raise BridgeSettingsError(f"{PREFIX}USER: {user_id!r} is no Matrix user id; write @name:server.")
        password, token = (
            read_secret(environment, f"{PREFIX}{name}", BridgeSettingsError) for name in ("PASSWORD", "TOKEN")
        )
        if bool(password) == bool(token):
            raise BridgeSettingsError(
                f"Give the account's password or an access token, and not both: {PREFIX}PASSWORD_FILE or "
                f"{PREFIX}TOKEN_FILE names a file that holds it ({PREFIX}PASSWORD and {PREFIX}TOKEN hold it itself)."
            )
        homeserver = _required(environment, "HOMESERVER", "the homeserver's address, such as https://matrix.example")
        own_server = user_id.partition(":")[2]
        allowed = frozenset(environment.get(f"{PREFIX}ALLOWED", own_server).split())
        for entry in allowed:
            if not (USER_ID.fullmatch(entry) or SERVER_NAME.fullmatch(entry)):
                raise BridgeSettingsError(f"{PREFIX}ALLOWED: {entry!r} is no server name and no @user:server.")
        blocked = frozenset(environment.get(f"{PREFIX}BLOCKED", "").split())
        for entry in blocked:
            if not USER_ID.fullmatch(entry) and not USER_ID.match(entry.rpartition("/")[0]):
                raise BridgeSettingsError(f"{PREFIX}BLOCKED: {entry!r} is no @user:server and no @user:server/DEVICE.")
        return cls(
            homeserver=_address(f"{PREFIX}HOMESERVER", homeserver),
            user_id=user_id,
            key=_key(environment),
            password=password,
            token=token,
            server=_address(f"{PREFIX}SERVER", environment.get(f"{PREFIX}SERVER") or cls.server) + "/",
            allowed=allowed,
            blocked=blocked,
            patience=_seconds(environment),
        )

    def answers(self, user_id: str) -> bool:
        """Whether this user may invite the bot and is answered."""
        listed = user_id in self.allowed or user_id.partition(":")[2] in self.allowed
        return listed and user_id not in self.blocked


def _required(environment: Mapping[str, str], name: str, what: str) -> str:
    value = environment.get(f"{PREFIX}{name}", "").strip()
    if not value:
        raise BridgeSettingsError(f"{PREFIX}{name} is not set: {what}.")
    return value


def _key(environment: Mapping[str, str]) -> str:
    key = read_secret(environment, f"{PREFIX}KEY", BridgeSettingsError)
    if len(key) < KEY_LENGTH or len(set(key)) < KEY_LENGTH // 4 or key in WELL_KNOWN_KEYS:
        raise BridgeSettingsError(
            f"The bridge needs a key of its own of at least {KEY_LENGTH} random characters in a file named by "
            f"{PREFIX}KEY_FILE (or in {PREFIX}KEY). Make one with: python -c 'import secrets; "
            "print(secrets.token_urlsafe(48))'. Keep it: without it the device's keys can't be read any more."
        )
    return key


def _address(name: str, address: str) -> str:
    """An address without its last slash; only this machine may be spoken to without TLS."""
    parts = urlsplit(address.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise BridgeSettingsError(f"{name}: {address!r} is no address such as https://matrix.clinic.example")
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise BridgeSettingsError(f"{name}: {address!r} leaves this machine unencrypted; use https.")
    return address.strip().rstrip("/")


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _seconds(environment: Mapping[str, str]) -> float:
    text = environment.get(f"{PREFIX}PATIENCE", "10").strip()
    if not re.fullmatch(r"[1-9]\d{0,3}", text):
        raise BridgeSettingsError(f"{PREFIX}PATIENCE: {text!r} is no whole number of seconds from 1 on.")
    return float(text)
