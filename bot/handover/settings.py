"""What the clinic sets so that a person can take over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.content.clinic import Clinic
from bot.settings import read_secret

WEBHOOK, SECRET, ROOM, IDENTIFIERS = (
    "BOT_STAFF_WEBHOOK",
    "BOT_STAFF_SECRET",
    "BOT_STAFF_ROOM",
    "BOT_STAFF_IDENTIFIERS",
)
SECRET_LENGTH = 32
MATRIX_ROOM = re.compile(r"![^\s:]+(?::\S+)?")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class StaffSettingsError(ValueError):
    """A setting is missing or malformed; the text names it and says what to do."""


@dataclass(frozen=True)
class StaffSettings:
    """How staff are called: through a webhook of theirs, or in a Matrix room.

    Attributes:
        webhook: Where their system listens; "" for none.
        secret: Signs calls in both directions.
        room: Id of the Matrix room; "" for none.
        keep_identifiers: Whether staff see names and numbers in what the patient shares; else they are taken out, as
            they are before a conversation is stored.
    """

    webhook: str = ""
    secret: str = field(default="", repr=False)
    room: str = ""
    keep_identifiers: bool = False

    @classmethod
    def read(cls, environment: Mapping[str, str], clinic: Clinic) -> StaffSettings | None:
        """The settings in `environment`; None where the clinic has set up neither way.

        Raises:
            StaffSettingsError: a setting is missing or malformed.
        """
        webhook, room = (environment.get(name, "").strip() for name in (WEBHOOK, ROOM))
        secret = read_secret(environment, SECRET, StaffSettingsError)
        identifiers = environment.get(IDENTIFIERS, "").strip().lower()
        if not webhook and not room:
            if secret or identifiers:
                raise StaffSettingsError(f"Set {WEBHOOK} or {ROOM} beside {SECRET if secret else IDENTIFIERS}.")
            return None
        if webhook and room:
            raise StaffSettingsError(f"{WEBHOOK} and {ROOM} are both set; set one of them.")
        if webhook:
            _check_webhook(webhook, secret)
        elif not MATRIX_ROOM.fullmatch(room):
            raise StaffSettingsError(f"{ROOM}: {room!r} is no id of a Matrix room, such as !abc:clinic.example.")
        if identifiers not in ("", "remove", "keep"):
            raise StaffSettingsError(f"{IDENTIFIERS}: {identifiers!r} is neither `remove` nor `keep`.")
        if clinic.staff_hours is None:
            raise StaffSettingsError(
                f"{WEBHOOK if webhook else ROOM} is set, but content/clinic.yml has no `staff_hours`: patients are told "
                "when a person answers. Add them, as in docs/channels.md."
            )
        return cls(webhook, secret, room, identifiers == "keep")


def _check_webhook(webhook: str, secret: str) -> None:
    try:
        url = urlsplit(webhook)
        _ = url.port
    except ValueError:
        raise StaffSettingsError(f"{WEBHOOK}: this is no address.") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise StaffSettingsError(f"{WEBHOOK}: write an address such as https://desk.clinic.example/bot.")
    if url.scheme == "http" and url.hostname not in LOOPBACK:
        raise StaffSettingsError(f"{WEBHOOK}: patients' words travel to it, so it must begin with https://.")
    if url.username or url.password:
        raise StaffSettingsError(f"{WEBHOOK}: leave out user and password; calls are signed with {SECRET}.")
    if len(secret) < SECRET_LENGTH:
        raise StaffSettingsError(
            f"{SECRET} must have at least {SECRET_LENGTH} characters, the same on both sides. "
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
