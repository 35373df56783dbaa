"""Rasa's own commands with our files: a real `rasa run`, a real `rasa run actions`, and HTTP between them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.settings import Settings
from tests.channels.twilio.client import SENDER_KEY, TOKEN, Phone, texts
from tests.channels.web.client import WebClient
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
START = 180.0  # seconds until a server must answer


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end:
        assert process.poll() is None, f"the server ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the server did not answer in time")


@pytest.fixture(scope="module")
def stock(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """Both servers; gives the port of Rasa and the process of the actions."""
    folder = tmp_path_factory.mktemp("stock")
    actions_port, rasa_port = free_port(), free_port()
    endpoints = (ROOT / "endpoints.yml").read_text("utf-8").replace("5055", str(actions_port))
    (folder / "endpoints.yml").write_text(endpoints, "utf-8")
    twilio = f"bot.channels.twilio.TwilioChannel:\n  auth_token: {TOKEN}\n  sender_key: {SENDER_KEY}\n  deadline: 14\n"
    web = "bot.channels.web.WebChannel:\n  demo: true\n"
    (folder / "credentials.yml").write_text(f"rest:\n{web}{twilio}", "utf-8")
    env = {
        **os.environ,
        "BOT_CONTENT_DB": str(settings.content_db),
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    rasa = [sys.executable, "-m", "rasa", "run"]
    actions = subprocess.Popen(
        [*rasa, "actions", "--port", str(actions_port)],
        cwd=ROOT,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    server = subprocess.Popen(
        [*rasa, "--port", str(rasa_port), "-i", "127.0.0.1", "--model", str(settings.models / "bot.tar.gz"),
         "--endpoints", str(folder / "endpoints.yml"), "--credentials", str(folder / "credentials.yml")],
        cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(actions_port, actions)
        wait_for(rasa_port, server)
        yield rasa_port, actions
    finally:
        for process in (server, actions):
            process.terminate()
        for process in (server, actions):
            process.wait(30)


def says(port: int, text: str) -> list[dict[str, object]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/rest/webhook",
        json.dumps({"sender": "patient", "message": text}).encode(),
        {"Content-Type": "application/json"},
    )
    end = time.monotonic() + START
    while True:
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: list[dict[str, object]] = json.load(answer)
        if found or time.monotonic() > end:
            return found
        time.sleep(1)  # the port is open before the model is loaded; Rasa answers [] until then


def test_our_web_channel_in_the_stock_server(stock: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, _ = stock
    says(port, "hello")  # waits until the model is loaded
    client = WebClient(f"http://127.0.0.1:{port}/webhooks/web/")
    reply = client.says("is leukopenia contagious")
    assert reply["blocks"][0]["answer_id"] == "leukopenia.contagious"
    assert client.send(button=reply["buttons"][0]["id"]).json()["replies"][0]["kind"] == "answer"
    assert len(client.history()) == 4


def test_our_twilio_channel_in_the_stock_server(stock: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, _ = stock
    says(port, "hello")  # waits until the model is loaded
    phone = Phone(f"http://127.0.0.1:{port}/webhooks/twilio/webhook")
    asked = phone.fields("what causes leukopenia")
    answer = texts(phone.post(asked))[-1]
    assert answer.startswith("Many things can:") and "Reply MORE" in answer
    assert phone.sends("MORE")[0].startswith("Many things can cause a low white blood cell count:")
    assert texts(phone.post(asked))[-1] == answer
    assert phone.post(asked, signature="wrong").status_code == 403


def test_a_question_and_danger_with_the_actions_down(stock: tuple[int, subprocess.Popen[bytes]]) -> None:
    port, actions = stock
    answer = says(port, "is leukopenia contagious")
    text = str(answer[0]["text"])
    assert text.startswith("No, a low white blood cell count is not contagious.")
    assert "Reviewed 2026-11-21." in text and "not medical advice" in text
    actions.terminate()
    actions.wait(30)
    urgent = says(port, "i have chest pain and cant breathe")
    assert "911" in str(urgent[0]["text"])
