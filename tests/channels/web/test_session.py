"""Signed sessions."""

from __future__ import annotations

import base64
import json

import jwt
import pytest

from bot.channels.web.session import Session, SessionRefused, Sessions

SECRET = "s" * 40


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions((SECRET,), idle_seconds=100, longest_seconds=250, clock=clock)


def test_a_token_gives_its_own_session_back(sessions: Sessions) -> None:
    one, other = sessions.mint(), sessions.mint()
    assert one.sender_id != other.sender_id and one.sender_id.startswith("web-")
    assert sessions.check(sessions.token(one)) == one
    assert sessions.check(sessions.token(other)) == other


def test_a_session_ends_when_it_is_idle(sessions: Sessions, clock: Clock) -> None:
    token = sessions.token(sessions.mint())
    clock.now += 99
    sessions.check(token)
    clock.now += 1
    with pytest.raises(SessionRefused):
        sessions.check(token)


def test_a_session_that_is_over_may_still_take_away(sessions: Sessions, clock: Clock) -> None:
    session = sessions.mint()
    token = sessions.token(session)
    clock.now += 1_000
    assert sessions.check(token, or_expired=True) == session
    sessions.end(session)
    assert sessions.check(token, or_ended=True, or_expired=True) == session
    for allowed in ({}, {"or_ended": True}, {"or_expired": True}):
        with pytest.raises(SessionRefused):
            sessions.check(token, **allowed)
    with pytest.raises(SessionRefused):
        sessions.check(f"{token}x", or_ended=True, or_expired=True)


def test_a_session_in_use_is_renewed_until_its_longest_life(sessions: Sessions, clock: Clock) -> None:
    session = sessions.mint()
    assert sessions.renewed(session) is None
    seen = []
    for _ in range(10):
        clock.now += 60
        try:
            session = sessions.renewed(sessions.check(sessions.token(session))) or session
        except SessionRefused:
            break
        seen.append(session.expires - session.begun)
    assert seen == [160, 220, 250, 250]


def forged(claims: dict[str, object], secret: str = "other" * 10, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret, algorithm)


GOOD = {"aud": "web", "sub": "web-1", "beg": 1_000_000, "exp": 1_000_090}


def unsigned() -> str:
    parts = [{"alg": "none", "typ": "JWT"}, GOOD]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "é" * 30,
        unsigned(),
        forged(GOOD),
        forged(GOOD, SECRET, "HS512"),
        forged({**GOOD, "aud": "other"}, SECRET),
        forged({**GOOD, "exp": "soon"}, SECRET),
        forged({key: value for key, value in GOOD.items() if key != "beg"}, SECRET),
        forged({**GOOD, "exp": 999_999}, SECRET),
        forged(GOOD, SECRET)[:-4] + "AAAA",
    ],
)
def test_what_we_did_not_sign_is_refused(sessions: Sessions, token: str) -> None:
    with pytest.raises(SessionRefused):
        sessions.check(token)


def test_what_we_signed_is_accepted(sessions: Sessions) -> None:
    assert sessions.check(forged(GOOD, SECRET)) == Session("web-1", 1_000_000, 1_000_090)


def test_an_ended_session_stays_ended_and_can_be_ended_again(sessions: Sessions) -> None:
    session = sessions.mint()
    token = sessions.token(session)
    sessions.end(session)
    with pytest.raises(SessionRefused):
        sessions.check(token)
    assert sessions.check(token, or_ended=True) == session


def test_a_new_secret_does_not_end_running_sessions(sessions: Sessions, clock: Clock) -> None:
    token = sessions.token(sessions.mint())
    rolled = Sessions(("n" * 40, SECRET), 100, 250, clock)
    assert rolled.check(token).sender_id
    with pytest.raises(SessionRefused):
        sessions.check(rolled.token(rolled.mint()))
