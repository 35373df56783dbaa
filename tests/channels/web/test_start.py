"""A server whose web settings are wrong says so and does not start."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from bot.settings import Settings
from tests.serving import SECRET, Server

START = [sys.executable, "-c", "from bot.cli import main; main()", "serve"]
REAL = {
    "clinic.yml": {"demo: true": "demo: false", "555-0100": "212-555-7788", "Demo Clinic": "A Clinic"},
    "articles/leukopenia.md": {"reviewed_by: Demo content team (not a clinician; replace before patients use it)":
                               "reviewed_by: Dr. A. Weber"},
}  # fmt: skip


@pytest.fixture
def real_content(settings: Settings, tmp_path: Path) -> Path:
    """Content of a clinic that is no demo."""
    shutil.copytree(settings.content, tmp_path / "content")
    for name in REAL:
        make_real(tmp_path / "content", name)
    return tmp_path / "content"


def make_real(content: Path, name: str) -> None:
    """Puts a clinic's own words in the place of the demo's."""
    text = (content / name).read_text("utf-8")
    for old, new in REAL[name].items():
        assert old in text
        text = text.replace(old, new)
    (content / name).write_text(text, "utf-8")


def start(content: Path, settings: Settings, *options: str, **given: str) -> subprocess.CompletedProcess[str]:
    """`bot serve` until it ends by itself."""
    environment = {"PATH": "/usr/bin:/bin", "BOT_CONTENT": str(content), "BOT_STATE": str(settings.state), **given}
    return subprocess.run(
        [*START, *options], env=environment, capture_output=True, text=True, timeout=120, cwd=settings.root
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "The web channel needs a secret"),
        ({"BOT_WEB_SECRET": "too short"}, "at least 32 characters"),
        ({"BOT_WEB_SECRET": "s" * 32, "BOT_WEB_ORIGINS": "*"}, "'*' is not an origin"),
    ],
)
def test_it_does_not_start(real_content: Path, settings: Settings, given: dict[str, str], said: str) -> None:
    done = start(real_content, settings, **given)
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clinic.yml", "content/clinic.yml is not ready for patients"),
        ("articles/leukopenia.md", "content/articles/leukopenia.md:46: `reviewed_by` is still"),
    ],
)
def test_what_is_the_demos_is_not_shown_to_patients(
    name: str, said: str, real_content: Path, settings: Settings
) -> None:
    shutil.copyfile(settings.content / name, real_content / name)
    done = start(real_content, settings, BOT_WEB_SECRET=SECRET)
    assert done.returncode == 1
    assert said in done.stderr and "bot serve --demo" in done.stderr and "Traceback" not in done.stderr


def test_a_port_that_is_taken_is_named(real_content: Path, settings: Settings, server: Server) -> None:
    """All else of the clinic's content and settings is right."""
    done = start(real_content, settings, "--port", str(server.port), BOT_WEB_SECRET=SECRET)
    assert done.returncode == 1
    assert f"127.0.0.1:{server.port} can't be listened on" in done.stderr and "Traceback" not in done.stderr


def test_refusals_are_counted_for_the_operator(server: Server) -> None:

    httpx.get(server.web + "messages")
    assert 'bot_web_refused_total{code="session_ended"}' in httpx.get(server.url + "metrics").text
