"""What the clinic sets for the web channel. Secrets come from the environment or from a file, never from a default."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from bot.settings import read_secret

SECRET, SECRET_FILE, ORIGINS = "BOT_WEB_SECRET", "BOT_WEB_SECRET_FILE", "BOT_WEB_ORIGINS"
#: Whole numbers from 1 on: environment variable → field of `WebSettings`.
NUMBERS = {
    "BOT_WEB_IDLE_MINUTES": "idle_minutes",
    "BOT_WEB_LONGEST_MINUTES": "longest_minutes",
    "BOT_WEB_SESSION_RATE": "session_rate",
    "BOT_WEB_ADDRESS_RATE": "address_rate",
    "BOT_WEB_NEW_SESSION_RATE": "new_session_rate",
}
#: HMAC-SHA-256 keys shorter than the hash are weaker than it (RFC 7518, section 3.2).
SECRET_LENGTH = 32
ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::\d{1,5})?")


class WebSettingsError(ValueError):
    """A setting of the web channel is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class WebSettings:
    """Settings of the web channel.

    Attributes:
        secrets: Keys that sign sessions. The first one signs, all are accepted, so that a key can be changed
            without ending anybody's chat.
        origins: The pages that may use the API from another origin than ours, exact: `https://clinic.example`.
        demo: Whether this is the demo clinic; every page says so then, and the demo pages are served.
        idle_minutes: A session without a message for so long ends.
        longest_minutes: No session lives longer.
        session_rate: Requests a minute of one session.
        address_rate: Requests a minute of one network address; a whole clinic may share one.
        new_session_rate: New sessions a minute of one network address.
    """

    secrets: tuple[str, ...]
    origins: frozenset[str] = frozenset()
    demo: bool = False
    idle_minutes: int = 120
    longest_minutes: int = 24 * 60
    session_rate: int = 30
    address_rate: int = 600
    new_session_rate: int = 60

    def __post_init__(self) -> None:
        if not self.secrets or any(len(secret) < SECRET_LENGTH for secret in self.secrets):
            raise WebSettingsError(
                f"The web channel needs a secret of at least {SECRET_LENGTH} characters in {SECRET}, or in a file "
                f"named by {SECRET_FILE}. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        for origin in self.origins:
            if not ORIGIN.fullmatch(origin):
                raise WebSettingsError(
                    f"{ORIGINS}: {origin!r} is not an origin. Write scheme and host alone, such as "
                    "https://www.clinic.example, without a path or a slash at the end, and no wildcard."
                )

    @classmethod
    def read(cls, environment: Mapping[str, str], demo: bool = False) -> WebSettings:
        """The settings in `environment`. A demo without a secret gets a random one, which ends with the process.

        Raises:
            WebSettingsError: a setting is missing or malformed.
        """
        origins = re.split(r"[,\s]+", environment.get(ORIGINS, "").strip())
        keys = _secrets(environment)
        if demo and not keys:
            keys = (secrets.token_urlsafe(48),)
        numbers = {field: _number(environment, name) for name, field in NUMBERS.items() if environment.get(name)}
        return cls(secrets=keys, origins=frozenset(filter(None, origins)), demo=demo, **numbers)


def _number(environment: Mapping[str, str], name: str) -> int:
    text = environment[name].strip()
    if not re.fullmatch(r"[1-9]\d{0,6}", text):
        raise WebSettingsError(f"{name}: {text!r} is no whole number from 1 on.")
    return int(text)


def _secrets(environment: Mapping[str, str]) -> tuple[str, ...]:
    """One a line."""
    return tuple(filter(None, map(str.strip, read_secret(environment, SECRET, WebSettingsError).splitlines())))
