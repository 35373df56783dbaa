"""Real servers of Debian's packages for the tests: Redis, PostgreSQL, RabbitMQ, nginx, each on a free port of 127.0.0.1.

Each has a folder of its own, is started by its program (never as a system service) and ended by its process id.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from tests.ports import free_port

#: Seconds that a start may take on a busy machine.
START_SECONDS = 120.0
#: Becomes another user without a process of its own in between.
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


def wait_for(met: Callable[[], bool], what: str, seconds: float = START_SECONDS) -> None:
    """Returns as soon as `met` holds. Raises: TimeoutError naming `what`."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)


def listens(port: int) -> bool:
    """Whether something accepts connections there."""
    with socket.socket() as trying:
        trying.settimeout(1)
        return trying.connect_ex(("127.0.0.1", port)) == 0


def stand_still(pid: int) -> list[int]:
    """Stops a process and all below it (PostgreSQL's have sessions of their own); their ids, parents first."""
    send(signal.SIGSTOP, [pid])
    listed = subprocess.run(["ps", "--no-headers", "-o", "pid", "--ppid", str(pid)], capture_output=True, text=True)
    return [pid, *(below for child in listed.stdout.split() for below in stand_still(int(child)))]


def send(number: signal.Signals, pids: list[int]) -> None:
    """Sends a signal to those that still run."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody asked about yet has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except (FileNotFoundError, ProcessLookupError):
        return False


Started = TypeVar("Started", bound="Service")


class Service:
    """One server process in a folder of its own. `command` starts it in the foreground."""

    name = "service"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def ready(self) -> bool:
        return listens(self.port)

    def start(self) -> None:
        """Starts it and waits until it serves. Raises: RuntimeError with the end of its log."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"{self.name}.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                env=self.environment(),
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        process = self.process
        wait_for(lambda: process.poll() is not None or self.ready(), f"{self.name} to start")
        if process.poll() is not None:
            raise RuntimeError(f"{self.name} did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def __enter__(self: Started) -> Started:
        """Serves inside."""
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Inside, it stands still: what is sent to it waits. It may be killed there."""
        assert self.process is not None
        still = stand_still(self.process.pid)
        try:
            yield
        finally:
            send(signal.SIGCONT, still)

    def kill(self) -> None:
        """Ends it and its children at once, as `kill -9` does."""
        if self.process is not None:
            whole = stand_still(self.process.pid)
            send(signal.SIGKILL, whole)
            self.process.wait()
            self.process = None
            wait_for(lambda: not any(map(alive, whole)), f"the end of {self.name}")

    stop = kill


class Redis(Service):
    """Redis in memory."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--save",
            "",
            "--dir",
            str(self.folder),
        ]


class Postgres(Service):
    """PostgreSQL, as its own user where the tests run as root (it refuses to be root)."""

    name = "postgres"

    def __init__(self) -> None:
        super().__init__(Path("/tmp") / f"postgres-{uuid.uuid4().hex}")  # a folder that the server's user may enter
        self.programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self._as_user = AS_POSTGRES if os.getuid() == 0 else []

    @property
    def url(self) -> str:
        return f"postgresql://bot@127.0.0.1:{self.port}/postgres"

    def program(self, name: str, *arguments: str) -> list[str]:
        """The command of one of PostgreSQL's programs."""
        return [*self._as_user, str(self.programs / name), *arguments]

    def run(self, name: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        """Runs one of its programs against this server."""
        server = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "bot"]
        command = self.program(name, *server, *arguments)
        return subprocess.run(command, check=True, capture_output=True, timeout=120, **options)  # type: ignore[call-overload]

    def command(self) -> list[str]:
        options = f"listen_addresses=127.0.0.1 port={self.port} unix_socket_directories= fsync=off"
        return self.program("postgres", "-D", str(self.folder / "data"), *f"-c {options.replace(' ', ' -c ')}".split())

    def ready(self) -> bool:
        check = self.program("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
        return subprocess.run(check, timeout=60).returncode == 0

    def start(self) -> None:
        """Starts it with the data that it has."""
        if not self.folder.exists():
            self._make()
        super().start()

    def _make(self) -> None:
        self.folder.mkdir(mode=0o777)
        self.folder.chmod(0o777)
        new = self.program("initdb", "-D", str(self.folder / "data"), "--auth=trust", "--username=bot", "--no-sync")
        subprocess.run(new, check=True, capture_output=True, timeout=120)

    def shut_down(self) -> None:
        """Ends it as an operator does: it breaks off what it is asked, and writes all that it has."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        self.process.wait(START_SECONDS)
        self.process = None

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder)


class Nginx(Service):
    """nginx with a configuration of the caller's.

    Args:
        folder: For its files.
        configure: Gives the configuration's text for this port and folder.
    """

    name = "nginx"

    def __init__(self, folder: Path, configure: Callable[[int, Path], str]) -> None:
        super().__init__(folder)
        self._configure = configure

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "nginx.conf").write_text(self._configure(self.port, self.folder))
        super().start()

    def command(self) -> list[str]:
        return ["/usr/sbin/nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"), "-g", "daemon off;"]


class RabbitMQ(Service):
    """RabbitMQ on an Erlang node of its own; its user `bot` has the password `secret-of-the-tests`."""

    name = "rabbitmq"
    password = "secret-of-the-tests"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.distribution_port = free_port()
        self.name_port = free_port()
        self.node = f"bot{uuid.uuid4().hex[:8]}@localhost"
        self._names: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"amqp://bot:{self.password}@127.0.0.1:{self.port}/%2F"

    def environment(self) -> dict[str, str]:
        place = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": place,  # the node's cookie is made there
            "ERL_EPMD_PORT": str(self.name_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node,
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": f"{place}/mnesia",
            "RABBITMQ_LOG_BASE": f"{place}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": f"{place}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{place}/enabled_plugins",
            "RABBITMQ_SERVER_ERL_ARGS": "+S 2:2",
        }

    def command(self) -> list[str]:
        return ["/usr/lib/rabbitmq/bin/rabbitmq-server"]

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "enabled_plugins").write_text("[].")
        settings = [f"default_user = bot\ndefault_pass = {self.password}", "loopback_users.guest = true"]
        settings.append("listeners.tcp.default = 127.0.0.1:" + str(self.port))
        (self.folder / "rabbitmq.conf").write_text("\n".join(settings) + "\n")
        if self._names is None:  # Erlang's name server, which a node would otherwise leave running behind it
            names = ["epmd", "-port", str(self.name_port), "-address", "127.0.0.1"]
            quiet = subprocess.DEVNULL
            self._names = subprocess.Popen(names, env=self.environment(), stdout=quiet, stderr=quiet)
            wait_for(lambda: listens(self.name_port), "epmd to start")
        super().start()

    def stop(self) -> None:
        self.kill()
        if self._names is not None:
            self._names.kill()
            self._names.wait()
