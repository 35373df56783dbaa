"""Registration file and settings: what is written, what is refused, and what the operator reads."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from bot.channels.matrix.registration import Registration, RegistrationError
from bot.channels.matrix.settings import MatrixSettings, MatrixSettingsError
from bot.cli import main

OWN = "clinic.example"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "registration.yaml"
    Registration.new("http://127.0.0.1:5005/matrix", "clinic-bot").write(path)
    return path


def environment(file: Path, **more: str) -> dict[str, str]:
    return {"BOT_MATRIX_REGISTRATION": str(file), "BOT_MATRIX_HOMESERVER": "http://127.0.0.1:8008", **more}


def register(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["matrix", "register", *options])
    return result.exit_code, result.output


def test_the_file_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "registration.yaml"
    code, output = register("--output", str(path), "--localpart", "helper", "--url", "https://bot.example/matrix/")
    assert code == 0
    assert "app_service_config_files" in output and f"BOT_MATRIX_REGISTRATION={path}" in output
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = yaml.safe_load(path.read_text())
    assert written["url"] == "https://bot.example/matrix"
    assert written["sender_localpart"] == "helper"
    assert written["namespaces"] == {
        "users": [{"exclusive": True, "regex": "@helper:.*"}], "aliases": [], "rooms": []
    }  # fmt: skip
    assert len({written["as_token"], written["hs_token"]}) == 2
    assert written["as_token"] not in output and written["hs_token"] not in output
    code, output = register("--output", str(path))
    assert code == 1 and "--force" in output
    assert yaml.safe_load(path.read_text()) == written
    os.chmod(path, 0o644)
    assert register("--output", str(path), "--force")[0] == 0
    assert yaml.safe_load(path.read_text())["as_token"] != written["as_token"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--localpart", "Clinic Bot"), "sender_localpart"),
        (("--localpart", ""), "sender_localpart"),
        (("--url", "clinic.example"), "url"),
        (("--url", "ftp://clinic.example"), "url"),
    ],
)
def test_a_bad_option_is_named(tmp_path: Path, options: tuple[str, ...], named: str) -> None:
    code, output = register("--output", str(tmp_path / "x.yaml"), *options)
    assert code == 1 and named in output and "Traceback" not in output
    assert not (tmp_path / "x.yaml").exists()


def test_a_place_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, output = register("--output", str(tmp_path / "file" / "x.yaml"))
    assert code == 1 and "can't be written" in output


def test_what_is_written_is_read(file: Path) -> None:
    settings = MatrixSettings.read(environment(file, BOT_MATRIX_NAME="  Red   Clinic "))
    assert settings is not None
    assert settings.registration == Registration.read(file)
    assert settings.homeserver == "http://127.0.0.1:8008"
    assert settings.display_name("Demo Clinic") == "Red Clinic (Chatbot)"


def test_the_name_says_that_it_is_a_chatbot(file: Path) -> None:
    settings = MatrixSettings.read(environment(file))
    assert settings is not None
    assert settings.display_name("Demo Clinic") == "Demo Clinic (Chatbot)"
    named = MatrixSettings.read(environment(file, BOT_MATRIX_NAME="Red Clinic (Chatbot)"))
    assert named is not None and named.display_name("Demo Clinic") == "Red Clinic (Chatbot)"


def test_without_settings_there_is_no_matrix() -> None:
    assert MatrixSettings.read({}) is None


@pytest.mark.parametrize(
    ("servers", "users", "who", "allowed"),
    [
        ("", "", f"@anna:{OWN}", True),
        ("", "", "@anna:other.example", False),
        ("other.example", "", "@anna:other.example", True),
        ("other.example", "", f"@anna:{OWN}", False),
        ("other.example", "", "@anna:sub.other.example", False),
        ("other.example", "", "@anna:other.example.evil", False),
        ("a.example, other.example:8448", "", "@anna:other.example:8448", True),
        ("*", "", "@anna:anywhere.example", True),
        ("", "@ben:other.example", "@ben:other.example", True),
        ("", "@ben:other.example", "@anna:other.example", False),
        ("other.example", f"@ben:{OWN}", f"@ben:{OWN}", True),
    ],
)
def test_who_may_talk_to_the_bot(file: Path, servers: str, users: str, who: str, allowed: bool) -> None:
    lists = {"BOT_MATRIX_ALLOWED_SERVERS": servers, "BOT_MATRIX_ALLOWED_USERS": users}
    settings = MatrixSettings.read(environment(file, **lists))
    assert settings is not None and settings.allows(who, OWN) is allowed


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"BOT_MATRIX_REGISTRATION": ""}, "BOT_MATRIX_REGISTRATION"),
        ({"BOT_MATRIX_REGISTRATION": "/nowhere/x.yaml"}, "BOT_MATRIX_REGISTRATION"),
        ({"BOT_MATRIX_REGISTRATION": "/"}, "BOT_MATRIX_REGISTRATION"),
        ({"BOT_MATRIX_HOMESERVER": ""}, "BOT_MATRIX_HOMESERVER"),
        ({"BOT_MATRIX_HOMESERVER": "clinic.example"}, "BOT_MATRIX_HOMESERVER"),
        ({"BOT_MATRIX_HOMESERVER": "https://clinic.example/_matrix"}, "BOT_MATRIX_HOMESERVER"),
        ({"BOT_MATRIX_ALLOWED_SERVERS": "https://clinic.example"}, "BOT_MATRIX_ALLOWED_SERVERS"),
        ({"BOT_MATRIX_ALLOWED_USERS": "anna"}, "BOT_MATRIX_ALLOWED_USERS"),
        ({"BOT_MATRIX_ALLOWED_USERS": "*"}, "BOT_MATRIX_ALLOWED_USERS"),
    ],
)
def test_a_bad_setting_is_named(file: Path, changed: dict[str, str], named: str) -> None:
    with pytest.raises(MatrixSettingsError, match=named):
        MatrixSettings.read(environment(file) | changed)


@pytest.mark.parametrize("name", ["BOT_MATRIX_ALLOWED_SERVERS", "BOT_MATRIX_ALLOWED_USERS", "BOT_MATRIX_NAME"])
def test_a_setting_without_matrix_is_not_passed_over(name: str) -> None:
    with pytest.raises(MatrixSettingsError, match=name):
        MatrixSettings.read({name: "x"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no registration"),
        ("- a\n- b\n", "no registration"),
        ("a: [", "can't be read"),
        ("id: x\nurl: http://x\n", "as_token is missing"),
        ("{id: x, url: 'http://x', as_token: short, hs_token: short, sender_localpart: x}", "as_token"),
        (f"{{id: x, url: 'http://x', as_token: {'a' * 40}, hs_token: {'a' * 40}, sender_localpart: x}}", "the same"),
        (f"{{id: 7, url: 'http://x', as_token: {'a' * 40}, hs_token: {'b' * 40}, sender_localpart: x}}", "id"),
    ],
)
def test_a_damaged_file_is_named_with_its_field(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "damaged.yaml"
    path.write_text(text)
    with pytest.raises(RegistrationError, match=said) as raised:
        Registration.read(path)
    assert str(path) in str(raised.value)
