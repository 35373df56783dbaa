"""Settings: each wrong one stops the server with a sentence that names it; secrets are in no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.channels.mounted import read_channels
from bot.channels.twilio import TwilioChannel
from bot.channels.twilio.settings import TwilioSettings, TwilioSettingsError
from bot.settings import Settings

TOKEN, KEY = "auth-token-of-32-characters-01234", "k" * 32
GOOD = {"BOT_TWILIO_AUTH_TOKEN": TOKEN, "BOT_TWILIO_SENDER_KEY": KEY}
ACCOUNT = "AC" + "0" * 32


def test_all_settings() -> None:
    read = TwilioSettings.read(
        GOOD
        | {
            "BOT_TWILIO_PUBLIC_URL": " https://bot.clinic.example/bot ",
            "BOT_TWILIO_ACCOUNT_SID": ACCOUNT,
            "BOT_TWILIO_NUMBERS": "+15552220000, +15552220001",
            "BOT_TWILIO_DEADLINE": "7.5",
            "BOT_TWILIO_TEMPLATES": f"buttons2=HX{'a' * 32}\nlist10=HX{'b' * 32}",
        }
    )
    assert read == TwilioSettings(
        TOKEN, KEY, "https://bot.clinic.example/bot", ACCOUNT, "https://api.twilio.com",
        frozenset({"+15552220000", "+15552220001"}), 7.5, {"buttons2": "HX" + "a" * 32, "list10": "HX" + "b" * 32},
    )  # fmt: skip
    assert TOKEN not in repr(read) and KEY not in repr(read)


def test_what_is_not_set_has_its_default() -> None:
    assert TwilioSettings.read(GOOD | {"BOT_TWILIO_NUMBERS": " ", "BOT_TWILIO_DEADLINE": ""}) == TwilioSettings(
        TOKEN, KEY
    )


def test_secrets_from_files(tmp_path: Path) -> None:
    for name, value in (("token", TOKEN), ("key", KEY)):
        (tmp_path / name).write_text(f"{value}\n", "utf-8")
    files = {"BOT_TWILIO_AUTH_TOKEN_FILE": f"{tmp_path}/token", "BOT_TWILIO_SENDER_KEY_FILE": f"{tmp_path}/key"}
    assert TwilioSettings.is_set(files)
    assert TwilioSettings.read(files) == TwilioSettings(TOKEN, KEY)
    with pytest.raises(
        TwilioSettingsError, match=r"BOT_TWILIO_AUTH_TOKEN_FILE: .* can't be read \(FileNotFoundError\)"
    ):
        TwilioSettings.read({**files, "BOT_TWILIO_AUTH_TOKEN_FILE": f"{tmp_path}/none"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BOT_TWILIO_AUTH_TOKEN", ""),
        ("BOT_TWILIO_SENDER_KEY", ""),
        ("BOT_TWILIO_SENDER_KEY", "too-short"),
        ("BOT_TWILIO_PUBLIC_URL", "bot.clinic.example"),
        ("BOT_TWILIO_PUBLIC_URL", "https://user:pass@bot.clinic.example"),
        ("BOT_TWILIO_PUBLIC_URL", "https://bot.clinic.example/?x=1"),
        ("BOT_TWILIO_ACCOUNT_SID", "AC123"),
        ("BOT_TWILIO_API_URL", "ftp://api"),
        ("BOT_TWILIO_NUMBERS", "555-0100"),
        ("BOT_TWILIO_DEADLINE", "soon"),
        ("BOT_TWILIO_DEADLINE", "15"),
        ("BOT_TWILIO_DEADLINE", "-1"),
        ("BOT_TWILIO_TEMPLATES", "buttons4=HX" + "0" * 32),
        ("BOT_TWILIO_TEMPLATES", "list11=HX" + "0" * 32),
        ("BOT_TWILIO_TEMPLATES", "buttons2=HX0"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str) -> None:
    with pytest.raises(TwilioSettingsError, match=name) as raised:
        TwilioSettings.read({**GOOD, name: value})
    assert TOKEN not in str(raised.value) and KEY not in str(raised.value)


def test_templates_need_the_account() -> None:
    with pytest.raises(TwilioSettingsError, match="BOT_TWILIO_TEMPLATES needs BOT_TWILIO_ACCOUNT_SID"):
        TwilioSettings.read(GOOD | {"BOT_TWILIO_TEMPLATES": "buttons2=HX" + "0" * 32})


def test_the_channel_is_mounted_when_it_is_set_up(settings: Settings) -> None:
    assert [channel.name() for channel in read_channels(settings, GOOD, demo=True)][:1] == ["web"]
    assert "twilio" in [channel.name() for channel in read_channels(settings, GOOD, demo=True)]
    assert "twilio" not in [channel.name() for channel in read_channels(settings, {}, demo=True)]
    with pytest.raises(ValueError, match="BOT_TWILIO_AUTH_TOKEN is missing"):
        read_channels(settings, {"BOT_TWILIO_ACCOUNT_SID": ACCOUNT}, demo=True)


def test_credentials_of_the_stock_command(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    channel = TwilioChannel.from_credentials({"public_url": "https://bot.clinic.example", "deadline": 5})
    assert channel.twilio == TwilioSettings(TOKEN, KEY, "https://bot.clinic.example", deadline=5.0)
    assert TwilioChannel.from_credentials(None).twilio == TwilioSettings(TOKEN, KEY)
    with pytest.raises(TwilioSettingsError, match="BOT_TWILIO_DEADLIN: there is no such setting"):
        TwilioChannel.from_credentials({"deadlin": 5})
