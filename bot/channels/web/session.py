"""Signed sessions: the server says who is talking, the client never does.

A session is a JSON Web Token (HMAC-SHA-256, RFC 7519) that the page keeps in the memory of one browser tab and sends in
the `Authorization` header. There is no cookie: a foreign page can't ride on it, two tabs are two conversations, and
closing the tab ends it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

ALGORITHM = "HS256"
AUDIENCE = "web"
PREFIX = "web-"
#: Every token has these; its end is checked against our own clock.
CLAIMS: Any = {"require": ["exp", "sub", "aud", "beg"], "verify_exp": False}
#: Ended sessions that are remembered at most; the oldest are forgotten first.
MAX_ENDED = 100_000


class SessionRefused(Exception):
    """The token is missing, forged, expired or was ended."""


@dataclass(frozen=True)
class Session:
    """One patient's session.

    Attributes:
        sender_id: The conversation.
        begun: When it was made, in seconds since 1970.
        expires: When its token ends unless it is renewed, in seconds since 1970.
    """

    sender_id: str
    begun: int
    expires: int


class Sessions:
    """Makes, checks, renews and ends sessions.

    Args:
        secrets: The first signs, all are accepted.
        idle_seconds: Life of a token.
        longest_seconds: Life of a session, however often its token is renewed.
        clock: Seconds since 1970.
    """

    def __init__(
        self,
        secrets: tuple[str, ...],
        idle_seconds: int,
        longest_seconds: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._secrets = secrets
        self._idle = idle_seconds
        self._longest = longest_seconds
        self._clock = clock
        self._ended: dict[str, int] = {}

    def mint(self) -> Session:
        """A new session with a new random conversation."""
        now = int(self._clock())
        return Session(PREFIX + uuid.uuid4().hex, now, now + min(self._idle, self._longest))

    def token(self, session: Session) -> str:
        """The session as the client keeps it."""
        claims = {"aud": AUDIENCE, "sub": session.sender_id, "beg": session.begun, "exp": session.expires}
        return jwt.encode(claims, self._secrets[0], ALGORITHM)

    def check(self, token: str, or_ended: bool = False, or_expired: bool = False) -> Session:
        """The session of `token`.

        Args:
            token: What the client sent.
            or_ended: Whether a session that was ended is accepted too, so that ending it twice is no error.
            or_expired: Whether a token past its end is accepted too, for what only takes away.

        Raises:
            SessionRefused: the token is not ours, is past its end, or its session was ended.
        """
        session = self._read(token)
        expired = session.expires <= self._clock()
        if (expired and not or_expired) or (self.is_ended(session) and not or_ended):
            raise SessionRefused
        return session

    def renewed(self, session: Session) -> Session | None:
        """The session with a new end when half of its time is over and it may live on, else None."""
        now = int(self._clock())
        expires = min(now + self._idle, session.begun + self._longest)
        if session.expires - now > self._idle / 2 or expires <= session.expires:
            return None
        return Session(session.sender_id, session.begun, expires)

    def is_ended(self, session: Session) -> bool:
        """Whether `end` was called for this session."""
        return session.sender_id in self._ended

    def end(self, session: Session) -> None:
        """Refuses the session from now on. After a restart only its empty conversation could be reached."""
        now = int(self._clock())
        if len(self._ended) >= MAX_ENDED:
            self._ended = {key: until for key, until in self._ended.items() if until > now}
        if len(self._ended) >= MAX_ENDED:
            self._ended.pop(next(iter(self._ended)))
        self._ended[session.sender_id] = session.begun + self._longest

    def _read(self, token: str) -> Session:
        for secret in self._secrets:
            try:
                claims = jwt.decode(token, secret, [ALGORITHM], options=CLAIMS, audience=AUDIENCE)
                return Session(str(claims["sub"]), int(claims["beg"]), int(claims["exp"]))
            except (jwt.InvalidTokenError, TypeError, ValueError):
                continue
        raise SessionRefused
