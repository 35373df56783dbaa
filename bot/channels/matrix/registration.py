"""The registration file: what the homeserver and the bot know of each other, with the secrets they call with."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

#: Secrets shorter than this are refused, in characters.
TOKEN_LENGTH = 32
LOCALPART = re.compile(r"[a-z0-9._=/+-]{1,200}")
URL = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")


class RegistrationError(ValueError):
    """The registration can't be used; the text names the file and the field, and says what to do."""


@dataclass(frozen=True)
class Registration:
    """One registration.

    Attributes:
        id: Its name on the homeserver.
        url: Where the homeserver reaches us.
        as_token: We show it to the homeserver.
        hs_token: The homeserver shows it to us.
        sender_localpart: The bot's user name, the part of its id before the colon.
    """

    id: str
    url: str
    as_token: str
    hs_token: str
    sender_localpart: str

    def __post_init__(self) -> None:
        for name in ("as_token", "hs_token"):
            if len(getattr(self, name)) < TOKEN_LENGTH:
                raise RegistrationError(f"{name} is missing or shorter than {TOKEN_LENGTH} characters")
        if self.as_token == self.hs_token:
            raise RegistrationError("as_token and hs_token are the same; each side needs a secret of its own")
        if not LOCALPART.fullmatch(self.sender_localpart):
            raise RegistrationError(
                f"sender_localpart {self.sender_localpart!r} is no user name; use lower-case letters, digits and ._=/+-"
            )
        if not URL.fullmatch(self.url):
            raise RegistrationError(f"url {self.url!r} is no address such as http://127.0.0.1:5005/matrix")

    @classmethod
    def new(cls, url: str, localpart: str) -> Registration:
        """A registration with fresh secrets. Raises: RegistrationError for a bad address or user name."""
        return cls(
            id=f"patient-education-{localpart}",
            url=url.rstrip("/"),
            as_token=secrets.token_urlsafe(48),
            hs_token=secrets.token_urlsafe(48),
            sender_localpart=localpart,
        )

    @classmethod
    def read(cls, path: Path) -> Registration:
        """The registration in the file at `path`.

        Raises:
            RegistrationError: the file is missing, malformed or incomplete.
        """
        try:
            data = yaml.safe_load(path.read_text("utf-8"))
        except FileNotFoundError:
            raise RegistrationError(f"{path} is missing; make it with `bot matrix register`") from None
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise RegistrationError(f"{path} can't be read ({type(error).__name__})") from None
        if not isinstance(data, dict):
            raise RegistrationError(f"{path} is no registration; make one with `bot matrix register`")
        try:
            return cls(**{name: _text(data, name) for name in cls.__dataclass_fields__})
        except RegistrationError as error:
            raise RegistrationError(f"{path}: {error}") from None

    def write(self, path: Path, overwrite: bool = False) -> None:
        """Writes the file, readable by its owner alone.

        Raises:
            FileExistsError: there is one, and `overwrite` is not set.
            OSError: it can't be written.
        """
        user = f"@{re.escape(self.sender_localpart)}:.*"
        data = asdict(self) | {
            "rate_limited": False,
            "namespaces": {"users": [{"exclusive": True, "regex": user}], "aliases": [], "rooms": []},
        }
        if path.parent.exists() and not path.parent.is_dir():
            raise NotADirectoryError(path.parent)
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if overwrite else os.O_EXCL)
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o600)  # an old file may have been open to others
            yaml.safe_dump(data, file, sort_keys=False)


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise RegistrationError(f"{name} is missing")
    return value
