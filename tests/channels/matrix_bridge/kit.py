"""The testing kit of the bridge: the real process, and patients whose clients encrypt.

bridge = Bridge(folder, synapse, bot, server.web).start()
eva = EncryptedUser(folder, synapse.url, synapse.user("eva"))
room = eva.room_with(bot.user_id)
eva.asks(room, "what is leukopenia?")
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.synapse import MatrixUser, Synapse

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-bridge" / "bin" / "python"
KEY = "a-key-of-the-tests-alone-0123456789-abcdefg"
#: Seconds that a start, or the wait for an answer, may take on a busy machine.
PATIENCE = 120.0
READY = "the bridge answers"

Message = dict[str, Any]
T = TypeVar("T")


class Bridge:
    """One bridge process, started as the clinic starts it.

    Args:
        state: Its state folder.
        synapse: The homeserver.
        bot: The bot's account.
        server: Address of our server's web API.
        environment: Settings on top of these.
    """

    def __init__(self, state: Path, synapse: Synapse, bot: MatrixUser, server: str, **environment: str) -> None:
        self.state = state
        self.folder = state / "matrix-bridge"
        self.log = state / "bridge.log"
        state.mkdir(parents=True, exist_ok=True)
        password = state / "password"
        password.write_text(bot.password, "utf-8")
        self.environment = {
            **os.environ,
            "BOT_STATE": str(state),
            "BOT_MATRIX_BRIDGE_HOMESERVER": synapse.url,
            "BOT_MATRIX_BRIDGE_USER": bot.user_id,
            "BOT_MATRIX_BRIDGE_PASSWORD_FILE": str(password),
            "BOT_MATRIX_BRIDGE_KEY": KEY,
            "BOT_MATRIX_BRIDGE_SERVER": server,
            "BOT_MATRIX_BRIDGE_PATIENCE": "1",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def command(self, *arguments: str) -> list[str]:
        """`bot matrix bridge` with arguments."""
        return [sys.executable, "-c", "from bot.cli import main; main()", "matrix", "bridge", *arguments]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs it to its end."""
        return subprocess.run(
            self.command(*arguments),
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def start(self) -> Bridge:
        """Starts it and waits until it says that it answers."""
        already = self._told()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self.command(), env=self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self._process.poll() is None:
            if self._told() > already:
                return self
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"the bridge did not start:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Ends it at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> int:
        """Asks it to end, as a service manager does; its exit status."""
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Waits until it ends by itself; its exit status."""
        assert self._process is not None
        status = self._process.wait(PATIENCE)
        self._process = None
        return status

    def _told(self) -> int:
        return self.log.read_text().count(READY) if self.log.exists() else 0


class EncryptedUser:
    """A patient with an encrypting client of their own."""

    def __init__(self, folder: Path, url: str, account: MatrixUser) -> None:
        self.account = account
        self.user_id = account.user_id
        folder.mkdir(parents=True, exist_ok=True)
        script = Path(__file__).with_name("encrypted_user.py")
        arguments = [str(folder), url, account.user_id, account.device_id, account.token]
        self._process = subprocess.Popen(
            [str(PYTHON), str(script), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(folder / "stderr").open("wb"),
            text=True,
        )
        assert self._answer() == "ready"
        self._heard: dict[str, int] = {}

    def does(self, what: str, **how: Any) -> Any:
        """Obeys one command of encrypted_user.py."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": what, **how}) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def room_with(self, bot: str, encrypted: bool = True) -> str:
        """A direct room that the bot has joined; its id."""
        room = str(self.does("create_room", invite=[bot], encrypted=encrypted))
        assert self.does("joined", room=room, user_id=bot, timeout=PATIENCE)
        return room

    def sends(self, room: str, text: str, **extra: Any) -> str:
        """Sends words; the event's id."""
        event_id = str(self.does("send", room=room, content={"msgtype": "m.text", "body": text, **extra}))
        assert event_id.startswith("$"), event_id
        return event_id

    def hears(self, room: str, bot: str, count: int = 1) -> list[Message]:
        """The next `count` messages of the bot in a room, and what came with them."""
        heard = self._heard.get(room, 0)
        messages: list[Message] = self.does("messages", room=room, sender=bot, count=heard + count, timeout=PATIENCE)
        assert len(messages) >= heard + count, f"heard {[message['content'] for message in messages[heard:]]}"
        self._heard[room] = len(messages)
        return messages[heard:]

    def end(self) -> None:
        """Ends the client."""
        self._process.kill()
        self._process.wait()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the patient's client has ended"
        return json.loads(line)


def bodies(messages: list[Message]) -> list[str]:
    """The words of messages."""
    return [message["content"]["body"] for message in messages]


def wait_until(look: Callable[[], T]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found
