"""Settings of the web channel."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.web.settings import WebSettings, WebSettingsError

SECRET = "k" * 32


def test_secret_and_origins_come_from_the_environment() -> None:
    read = WebSettings.read(
        {"BOT_WEB_SECRET": SECRET, "BOT_WEB_ORIGINS": "https://a.example, http://127.0.0.1:8080 https://[::1]:9"}
    )
    assert read.secrets == (SECRET,)
    assert read.origins == {"https://a.example", "http://127.0.0.1:8080", "https://[::1]:9"}
    assert (read.demo, read.session_rate) == (False, 30)


def test_a_file_may_hold_a_new_and_an_old_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n\n{'o' * 32}\n")
    assert WebSettings.read({"BOT_WEB_SECRET_FILE": str(file)}).secrets == (SECRET, "o" * 32)


def test_only_a_demo_gets_a_random_secret() -> None:
    one, other = WebSettings.read({}, demo=True), WebSettings.read({}, demo=True)
    assert one.secrets != other.secrets and len(one.secrets[0]) >= 32
    with pytest.raises(WebSettingsError, match="BOT_WEB_SECRET"):
        WebSettings.read({})


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"BOT_WEB_SECRET": "short"}, "at least 32 characters"),
        ({"BOT_WEB_SECRET_FILE": "/no/such/file"}, "/no/such/file"),
        ({"BOT_WEB_ORIGINS": "*"}, r"'\*' is not an origin"),
        ({"BOT_WEB_ORIGINS": "https://a.example/"}, "without a path"),
        ({"BOT_WEB_ORIGINS": "https://*.example"}, "no wildcard"),
        ({"BOT_WEB_ORIGINS": "a.example"}, "is not an origin"),
        ({"BOT_WEB_ORIGINS": "null"}, "is not an origin"),
        ({"BOT_WEB_ORIGINS": "https://A.example"}, "is not an origin"),
        ({"BOT_WEB_SESSION_RATE": "0"}, "BOT_WEB_SESSION_RATE"),
        ({"BOT_WEB_IDLE_MINUTES": "an hour"}, "BOT_WEB_IDLE_MINUTES"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(WebSettingsError, match=named):
        WebSettings.read(
            {"BOT_WEB_SECRET": SECRET, **environment} if "BOT_WEB_SECRET_FILE" not in environment else environment
        )
