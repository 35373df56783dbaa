"""The bridge's settings: what is missing or wrong is named, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.matrix_bridge.settings import BridgeSettings, BridgeSettingsError
from tests.channels.matrix_bridge.kit import KEY

PREFIX = "BOT_MATRIX_BRIDGE_"
GOOD = {
    "HOMESERVER": "https://matrix.clinic.example/",
    "USER": "@education-bot:clinic.example",
    "PASSWORD": "a password",
    "KEY": KEY,
}


def read(**changes: str) -> BridgeSettings:
    """The settings of a good environment with changes; "" takes one away."""
    named = {f"{PREFIX}{name}": value for name, value in {**GOOD, **changes}.items() if value}
    return BridgeSettings.read(named)


def test_what_it_needs_is_enough() -> None:
    settings = read()
    assert settings.homeserver == "https://matrix.clinic.example"
    assert settings.server == "http://127.0.0.1:5005/web/"
    assert settings.allowed == {"clinic.example"}
    assert settings.patience == 10.0
    assert KEY not in repr(settings) and "a password" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("HOMESERVER", "", "HOMESERVER is not set"),
        ("HOMESERVER", "matrix.clinic.example", "is no address"),
        ("HOMESERVER", "http://matrix.clinic.example", "use https"),
        ("HOMESERVER", "ftp://matrix.clinic.example", "is no address"),
        ("SERVER", "http://bot.clinic.example/web", "use https"),
        ("USER", "", "USER is not set"),
        ("USER", "education-bot", "write @name:server"),
        ("PASSWORD", "", "password or an access token"),
        ("TOKEN", "a token", "and not both"),
        ("KEY", "", "KEY_FILE"),
        ("KEY", "too short", "at least 32"),
        ("KEY", "a" * 64, "random characters"),
        ("ALLOWED", "clinic.example *", "ALLOWED: '*'"),
        ("BLOCKED", "mallory", "BLOCKED: 'mallory'"),
        ("PATIENCE", "0", "whole number of seconds"),
        ("PATIENCE", "soon", "whole number of seconds"),
    ],
)
def test_what_is_wrong_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(BridgeSettingsError) as refused:
        read(**{name: value})
    assert words in str(refused.value) and PREFIX in str(refused.value)


def test_secrets_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a token\n")
    (tmp_path / "empty").write_text("\n")
    assert read(PASSWORD="", TOKEN_FILE=str(tmp_path / "token")).token == "a token"
    for name, words in [("missing", "can't be read"), ("empty", "is empty")]:
        with pytest.raises(BridgeSettingsError, match=words):
            read(PASSWORD="", TOKEN_FILE=str(tmp_path / name))


@pytest.mark.parametrize(
    ("user_id", "answered"),
    [
        ("@eva:clinic.example", True),
        ("@adam:elsewhere.example", True),
        ("@eva:elsewhere.example", False),
        ("@eva:evil.clinic.example", False),
        ("@mallory:clinic.example", False),
        ("@eva", False),
    ],
)
def test_allowed_servers_and_users_are_answered(user_id: str, answered: bool) -> None:
    settings = read(
        ALLOWED="clinic.example @adam:elsewhere.example", BLOCKED="@mallory:clinic.example @eva:clinic.example/LOST"
    )
    assert settings.answers(user_id) is answered
