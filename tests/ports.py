"""Ports for servers that tests and measurements start."""

from __future__ import annotations

import random
import socket

#: Below the ports that Linux takes for connections by itself (from 32768 on): such a connection, even one to the very
#: server that is down for a moment, would hold the port when the server comes back.
FIRST, LAST = 20_000, 32_000
_given: set[int] = set()
_chance = random.SystemRandom()  # tests seed the common one


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on; the same one is never given twice in a process."""
    while True:
        port = _chance.randint(FIRST, LAST)
        if port not in _given and _is_free(port):
            _given.add(port)
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as trying:
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
