"""`bot chat` in a real terminal: a process at a pseudo-terminal, whose screen is worked out as a terminal does it.

with Terminal(settings) as terminal:
    shown = terminal.says("what is leukopenia?")
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

import pyte
from wcwidth import wcswidth

from bot.settings import Settings

COMMAND = (sys.executable, "-c", "from bot.cli import main; main()", "chat")
PROMPT = "You: "
#: So many rows that nothing is ever scrolled away.
ROWS, COLUMNS = 30_000, 100
#: Seconds that a start or an answer may take on a busy machine.
PATIENCE = 180.0
#: Typed at once; a terminal's own buffer holds some 4,000 bytes.
PIECE = 512


class Screen(pyte.Screen):  # type: ignore[misc]  # pyte has no types
    """A screen that answers when it is asked where its cursor is."""

    keyboard = -1

    def write_process_input(self, data: str) -> None:
        """Hands an answer to the program."""
        os.write(self.keyboard, data.encode())


class Terminal:
    """One talk with `bot chat`.

    Args:
        settings: Whose content and model.
    """

    def __init__(self, settings: Settings) -> None:
        self._screen = Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._end, theirs = pty.openpty()
        self._screen.keyboard = self._end
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {
            **os.environ,
            "BOT_STATE": str(settings.state),
            "BOT_CONTENT_DB": str(settings.content_db),
            "LC_ALL": "C.UTF-8",
            "TERM": "xterm-256color",
        }
        environment.pop("NO_COLOR", None)
        self._process = subprocess.Popen(
            COMMAND, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self._prompt = -1

    def __enter__(self) -> Terminal:
        try:
            self._wait_for_prompt()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()
        os.close(self._end)

    @property
    def opening(self) -> list[str]:
        """What stood there before the first prompt."""
        return self._lines(0, next(row for row in range(ROWS) if self._line(row).startswith(PROMPT.strip())))

    def says(self, text: str) -> list[str]:
        """Types a line; the lines that are shown for it."""
        begun = self._prompt
        typed = f"{text}\r".encode()
        for start in range(0, len(typed), PIECE):
            os.write(self._end, typed[start : start + PIECE])
            self._read(0.0)
        self._wait_for_prompt()
        rows = -(-wcswidth(PROMPT + text) // COLUMNS)
        return self._lines(begun + rows, self._prompt)

    def _wait_for_prompt(self) -> None:
        """Waits until the cursor stands behind a new prompt. Raises: RuntimeError."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_at_new_prompt():
            if time.monotonic() > deadline or not self._read(1.0):
                shown = "\n".join(self._lines(max(0, self._screen.cursor.y - 40), self._screen.cursor.y + 1))
                raise RuntimeError(f"`bot chat` does not ask for the next message; it shows:\n{shown}")
        self._prompt = self._screen.cursor.y

    def _is_at_new_prompt(self) -> bool:
        cursor = self._screen.cursor
        return cursor.y > self._prompt and cursor.x == len(PROMPT) and self._line(cursor.y) == PROMPT.strip()

    def _read(self, seconds: float) -> bool:
        """Shows what the program has written, waiting for it for some seconds. False when the program has ended."""
        while select.select([self._end], [], [], seconds)[0]:
            try:
                self._stream.feed(os.read(self._end, 65_536))
            except OSError:  # how Linux says that nobody is at the other side
                return False
            seconds = 0.0
        return True

    def _lines(self, first: int, end: int) -> list[str]:
        return [self._line(row) for row in range(first, end)]

    def _line(self, row: int) -> str:
        cells = self._screen.buffer[row]
        return "".join(cells[column].data for column in range(COLUMNS)).rstrip()
