"""Patients' words through the real channels over HTTP, with requests good and bad: none is in a log line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from twilio.request_validator import RequestValidator

from bot.settings import Settings
from tests.ports import free_port

HERE = Path(__file__).parent
MARKER = "quillfeather"
TOKEN = "t" * 32


def call(port: int, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {name.replace("_", "-"): value for name, value in headers.items()}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def say(port: int, token: str, text: str) -> tuple[int, bytes]:
    body = json.dumps({"client_message_id": str(uuid.uuid4()), "text": text}).encode()
    return call(port, "/web/messages", body, Content_Type="application/json", Authorization=f"Bearer {token}")


def sms(port: int, text: str, **more: str) -> tuple[int, bytes]:
    form = {"MessageSid": "SM" + uuid.uuid4().hex, "From": "+15550001111", "To": "+15552220000", "Body": text, **more}
    signature = RequestValidator(TOKEN).compute_signature(f"http://127.0.0.1:{port}/twilio/webhook", form)
    body = urllib.parse.urlencode(form).encode()
    kind = "application/x-www-form-urlencoded"
    return call(port, "/twilio/webhook", body, Content_Type=kind, X_Twilio_Signature=signature)


@pytest.fixture(scope="module")
def output(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All that the server writes while it is talked to and, in the end, while its store is broken."""
    folder = tmp_path_factory.mktemp("channels")
    port = free_port()
    log = (folder / "log").open("wb")
    env = {**os.environ, "PYTHONPATH": str(settings.root), "BOT_STATE": str(folder / "state")}
    server = subprocess.Popen(
        [sys.executable, str(HERE / "serve_at_debug.py"), str(port), TOKEN],
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=settings.root,
        env=env,
    )
    try:
        wait(port, server)
        talk(port)
        (folder / "broken").write_bytes(MARKER.encode() * 1000)
        for name in ("conversations.db-wal", "conversations.db-shm"):
            (folder / "state" / name).unlink()
        os.replace(folder / "broken", folder / "state" / "conversations.db")
        say(port, session(port), f"what is leukopenia {MARKER}")
        sms(port, f"what is leukopenia {MARKER}")
    finally:
        server.terminate()
        server.wait(30)
        log.close()
    yield (folder / "log").read_text("utf-8", "replace")


def wait(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert server.poll() is None
        try:
            if call(port, "/health/live")[0] == 200:
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the server did not answer in time")


def session(port: int) -> str:
    status, body = call(port, "/web/session", b'{"notice_accepted": true}', Content_Type="application/json")
    assert status == 201, body
    return str(json.loads(body)["session"]["token"])


def talk(port: int) -> None:
    token = session(port)
    said = ("what is leukopenia", "i have a fever of 40 and im on chemo", "/restart", "my name is", "%s {x} ")
    assert {say(port, token, f"{text} {MARKER}")[0] for text in said} == {200}
    assert sms(port, f"what causes it {MARKER}")[0] == 200
    assert sms(port, MARKER, NumMedia="1", MediaUrl0=f"https://{MARKER}.example/x.jpg")[0] == 200
    kinds = {
        say(port, "no token", MARKER)[0],
        say(port, token, MARKER * 30_000)[0],
        call(port, "/web/messages", f'{{"text": "{MARKER}'.encode(), Content_Type="application/json")[0],
        call(port, "/web/messages", MARKER.encode(), Content_Type="text/plain", Authorization=f"Bearer {token}")[0],
        call(port, f"/{MARKER}?text={MARKER}")[0],
        call(port, "/twilio/webhook", f"Body={MARKER}".encode(), X_Twilio_Signature=MARKER)[0],
        call(port, "/web/feedback", json.dumps({"x": MARKER}).encode(), Authorization=f"Bearer {token}")[0],
    }
    assert all(400 <= status < 500 for status in kinds), kinds


def test_no_word_of_a_patient_is_in_any_line(output: str) -> None:
    assert [line for line in output.splitlines() if MARKER in line.lower()] == []


def test_no_phone_number_is_in_any_line(output: str) -> None:
    assert [line for line in output.splitlines() if "5550001111" in line] == []


def test_the_server_did_log_at_debug(output: str) -> None:
    assert "DEBUG rasa.core.processor: processor.message.parse" in output
    assert "ended in the fixed reply: ConversationStoreError" in output
