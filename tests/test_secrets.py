"""Every secret is read in one way: from its variable, or from a file, and never from both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from bot.action_server import ActionServerSettings
from bot.backends import Backends
from bot.channels.twilio.settings import TwilioSettings, TwilioSettingsError
from bot.channels.web.settings import WebSettings
from bot.content.clinic import load_clinic
from bot.handover.settings import StaffSettings
from bot.matrix_bridge.settings import BridgeSettings

KEY = "0123456789-a-secret-of-the-tests-abcdefgh"
CLINIC = load_clinic(Path(__file__).resolve().parent.parent / "content" / "clinic.yml")
BRIDGE = {"BOT_MATRIX_BRIDGE_USER": "@bot:clinic.example", "BOT_MATRIX_BRIDGE_HOMESERVER": "https://matrix.example"}
Read = Callable[[Mapping[str, str]], object]


def staff(environment: Mapping[str, str]) -> object:
    settings = StaffSettings.read(environment, CLINIC)
    assert settings is not None
    return settings.secret


#: Name of the secret, a value that is right, the settings that are needed beside it, and how it is read.
SECRETS: list[tuple[str, str, dict[str, str], Read]] = [
    ("BOT_DATABASE_URL", "postgresql://bot:hunter2@db/bot", {}, lambda env: Backends.read(env).database_url),
    ("BOT_REDIS_URL", "redis://:hunter2@redis:6379/0", {}, lambda env: Backends.read(env).redis_url),
    ("BOT_EVENTS_URL", "amqp://bot:hunter2@rabbitmq/%2F", {}, lambda env: Backends.read(env).events_url),
    ("BOT_WEB_SECRET", KEY, {}, lambda env: WebSettings.read(env).secrets[0]),
    ("BOT_ACTION_TOKEN", KEY, {}, lambda env: ActionServerSettings.read(env, serving=True).token),
    ("BOT_TWILIO_AUTH_TOKEN", KEY, {"BOT_TWILIO_SENDER_KEY": KEY}, lambda env: TwilioSettings.read(env).auth_token),
    ("BOT_TWILIO_SENDER_KEY", KEY, {"BOT_TWILIO_AUTH_TOKEN": KEY}, lambda env: TwilioSettings.read(env).sender_key),
    ("BOT_STAFF_SECRET", KEY, {"BOT_STAFF_WEBHOOK": "https://desk.clinic.example"}, staff),
    ("BOT_MATRIX_BRIDGE_KEY", KEY, {**BRIDGE, "BOT_MATRIX_BRIDGE_TOKEN": KEY}, lambda env: BridgeSettings.read(env).key),
    ("BOT_MATRIX_BRIDGE_TOKEN", KEY, {**BRIDGE, "BOT_MATRIX_BRIDGE_KEY": KEY}, lambda env: BridgeSettings.read(env).token),
    ("BOT_MATRIX_BRIDGE_PASSWORD", KEY, {**BRIDGE, "BOT_MATRIX_BRIDGE_KEY": KEY},
     lambda env: BridgeSettings.read(env).password),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value", "beside", "read"), SECRETS, ids=[name for name, *_ in SECRETS])
def test_a_secret(name: str, value: str, beside: dict[str, str], read: Read, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f" {value}\n", "utf-8")
    in_file = {f"{name}_FILE": str(file)}
    assert read({**beside, name: f"{value} "}) == read({**beside, **in_file}) == value
    assert read({**beside, **in_file, name: ""}) == value, "an empty variable is none"

    def refused(given: dict[str, str]) -> str:
        with pytest.raises(ValueError) as caught:
            read({**beside, **given})
        assert value not in str(caught.value)
        return str(caught.value)

    assert refused({**in_file, name: value}) == f"{name} and {name}_FILE are both set; set one of them."
    file.write_text(" \n", "utf-8")
    assert refused(in_file) == f"{name}_FILE: {file} is empty."
    file.write_bytes(b"\xff")
    assert refused(in_file) == f"{name}_FILE: {file} can't be read (UnicodeDecodeError)."
    file.unlink()
    assert refused(in_file) == f"{name}_FILE: {file} can't be read (FileNotFoundError)."


def test_a_setting_that_is_no_secret_has_no_file() -> None:
    environment = {
        "BOT_TWILIO_AUTH_TOKEN": KEY,
        "BOT_TWILIO_SENDER_KEY": KEY,
        "BOT_TWILIO_PUBLIC_URL_FILE": "/run/secrets/url",
    }
    with pytest.raises(TwilioSettingsError, match="BOT_TWILIO_PUBLIC_URL_FILE: there is no such setting"):
        TwilioSettings.read(environment)
