"""A gate before a port, for tests that hold what one process says to another."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Gate:
    """Stands before a port: while it is shut, what comes waits in it, and still goes on when whoever sent it is gone.

    Args:
        port: Where what comes is brought.
        what: What waits; all else passes. Everything when empty.
    """

    def __init__(self, port: int, what: bytes = b"") -> None:
        self._port = port
        self._what = what
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.arrived = threading.Event()
        self._open = threading.Event()
        self._open.set()
        threading.Thread(target=self._accept, daemon=True).start()

    @contextlib.contextmanager
    def shut(self) -> Iterator[None]:
        """Shut inside; open again afterwards."""
        self.arrived.clear()
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    def close(self) -> None:
        """Lets nobody new in."""
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, held: bool) -> None:
        with contextlib.suppress(OSError):
            while part := source.recv(65_536):
                if held and self._what in part:
                    self.arrived.set()
                    self._open.wait()
                target.sendall(part)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
