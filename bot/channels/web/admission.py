"""Who is let in: sessions, and how often they, their addresses and new chats may come."""

from __future__ import annotations

from typing import Any

from sanic.request import Request

from bot.channels.limits import RateLimit, network
from bot.channels.shared_limits import SharedCounts, SharedLimit
from bot.channels.web.api import Refused
from bot.channels.web.session import Session, SessionRefused, Sessions
from bot.channels.web.settings import WebSettings

#: Refused messages a minute of one session that are searched for danger.
REFUSED_SEARCHED = 30


class Admission:
    """Lets requests in, or refuses them.

    Args:
        web: The clinic's settings of the channel.
        redis_url: Where several servers count together; None: each counts for itself.
    """

    def __init__(self, web: WebSettings, redis_url: str | None = None) -> None:
        self.sessions = Sessions(web.secrets, web.idle_minutes * 60, web.longest_minutes * 60)
        self._counts = SharedCounts(redis_url, web.secrets[0])
        self._session_limit = SharedLimit("session", web.session_rate, self._counts)
        self._address_limit = SharedLimit("address", web.address_rate, self._counts)
        self._mint_limit = SharedLimit("new_session", web.new_session_rate, self._counts)
        self._refused_sessions = RateLimit(REFUSED_SEARCHED)
        self._refused_addresses = RateLimit(web.address_rate)

    async def close(self) -> None:
        """Closes the connections."""
        await self._counts.close()

    async def check_new(self, request: Request) -> None:
        """Counts a request for a new session. Raises: Refused."""
        await _limit(self._mint_limit, network(_address(request)))

    def new(self) -> dict[str, Any]:
        """A new session, as the page gets it."""
        return self._as_json(self.sessions.mint())

    async def session(
        self, request: Request, counted: bool = False, or_ended: bool = False, or_expired: bool = False
    ) -> Session:
        """The session of a request within its limits. Raises: Refused."""
        await _limit(self._address_limit, network(_address(request)))
        try:
            session = self.sessions.check(_token(request), or_ended, or_expired)
        except SessionRefused:
            raise Refused(401, "session_ended", "there is no such session (any more); begin a new one") from None
        if counted:
            await _limit(self._session_limit, session.sender_id)
        return session

    def may_be_searched(self, request: Request) -> Session | None:
        """The session, over or not, of a message that is refused, so that danger in it is answered all the same.

        None without a session that we signed, and when too many of a session or an address are refused: searching
        costs time.
        """
        try:
            session = self.sessions.check(_token(request), or_ended=True, or_expired=True)
        except SessionRefused:
            return None
        if self._refused_sessions.wait(session.sender_id) or self._refused_addresses.wait(network(_address(request))):
            return None
        return session

    def renewed(self, session: Session) -> dict[str, Any] | None:
        """The session with a later end, as the page gets it; None when it needs none yet."""
        renewed = self.sessions.renewed(session)
        return self._as_json(renewed) if renewed else None

    def _as_json(self, session: Session) -> dict[str, Any]:
        return {"token": self.sessions.token(session), "expires_at": session.expires}


async def _limit(limit: SharedLimit, key: str) -> None:
    wait = await limit.wait(key)
    if wait:
        raise Refused(429, "too_many", "too many requests; see Retry-After", text="too_many", retry_after=wait)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return str(token.strip()) if scheme.lower() == "bearer" else ""


def _address(request: Request) -> str:
    """The caller's network address; behind a proxy the one that it names (set SANIC_PROXIES_COUNT)."""
    return str(request.remote_addr or request.ip)
