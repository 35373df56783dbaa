"""A server whose web settings are wrong says so and does not start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.settings import Settings
from tests.serving import Server

START = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
REAL = {"demo: true": "demo: false", "555-0100": "212-555-7788", "Demo Clinic": "A Clinic"}


@pytest.fixture
def real_content(settings: Settings, tmp_path: Path) -> Path:
    """Content of a clinic that is no demo."""
    text = (settings.content / "clinic.yml").read_text("utf-8")
    for old, new in REAL.items():
        text = text.replace(old, new)
    (tmp_path / "clinic.yml").write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "The web channel needs a secret"),
        ({"BOT_WEB_SECRET": "too short"}, "at least 32 characters"),
        ({"BOT_WEB_SECRET": "s" * 32, "BOT_WEB_ORIGINS": "*"}, "'*' is not an origin"),
    ],
)
def test_it_does_not_start(real_content: Path, settings: Settings, given: dict[str, str], said: str) -> None:
    environment = {"PATH": "/usr/bin:/bin", "BOT_CONTENT": str(real_content), "BOT_STATE": str(settings.state), **given}
    done = subprocess.run(START, env=environment, capture_output=True, text=True, timeout=120, cwd=settings.root)
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr


def test_refusals_are_counted_for_the_operator(server: Server) -> None:

    httpx.get(server.web + "messages")
    assert 'bot_web_refused_total{code="session_ended"}' in httpx.get(server.url + "metrics").text
