"""`bot serve`."""

from __future__ import annotations

import os
import secrets
import socket
import sys
from typing import TYPE_CHECKING

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.backends import Backends


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=5005, show_default=True, help="Port to listen on.")
@click.option("--demo", is_flag=True, help="Show the demo clinic; every surface says that it is a demo.")
@click.option("--workers", type=click.IntRange(min=1), default=1, show_default=True, help="Server processes.")
@click.option("--socket-fd", type=int, hidden=True)
@click.option("--control-fd", type=int, hidden=True)
@click.option("--must-load", is_flag=True, hidden=True)
def serve(
    host: str, port: int, demo: bool, workers: int, socket_fd: int | None, control_fd: int | None, must_load: bool
) -> None:
    """Serve the web widget, its demo page and the other channels.

    Without --demo the server refuses to start with the demo clinic's numbers in content/clinic.yml, or with articles that
    only the demo's team has reviewed. Without a model or content it starts: patients then read a fixed sentence with the
    clinic's number until both are there. More workers than one need Redis (BOT_REDIS_URL); send SIGHUP to take up a new
    model without an interruption. See docs/operations.md.
    """
    from bot.backends import Backends
    from bot.channels.mounted import read_channels
    from bot.logs import configure_logging
    from bot.runtime import fixed_parts, quiet
    from bot.safety.readiness import require_for_patients

    settings = Settings.read()
    quiet()
    try:
        clinic, _, _ = fixed_parts(settings)  # what is said when all else fails must be there
        if not demo:
            require_for_patients(clinic, settings.content)
        backends = Backends.read(os.environ)
        if control_fd is None:
            _say_what_is_missing(settings)
        if workers > 1:
            sys.exit(_supervise(backends, host, port, demo, workers))
        listener = socket.socket(fileno=socket_fd) if socket_fd is not None else _reserve(host, port)
        if control_fd is None:
            click.echo("Starting …")
        channels = read_channels(settings, os.environ, demo)
    except (ValueError, OSError) as error:  # what the channels say of their settings, and files that can't be read
        raise click.ClickException(str(error)) from None
    configure_logging("INFO")
    from bot.server import build_app

    app = build_app(settings, channels, backends=backends)
    if control_fd is not None:
        from bot.worker import join

        join(app, control_fd, must_load)
    else:

        async def say_where(*_: object) -> None:
            click.echo(_where(host, port, demo) if app.ctx.agent else f"Not ready: http://{host}:{port}")

        app.register_listener(say_where, "after_server_start")
    app.run(sock=listener, access_log=False, motd=False)


def _say_what_is_missing(settings: Settings) -> None:
    """A server without model or content serves all the same: silence would be worse than the fixed sentence."""
    from bot.content.store import ContentStore, StoreError
    from bot.runtime import NotReady, model_path

    for look in (lambda: model_path(settings), lambda: ContentStore.open(settings.content_db)):
        try:
            look()
        except (NotReady, StoreError) as error:
            click.echo(f"Not ready: {error} Until then patients read a fixed sentence; danger is caught.", err=True)


def _reserve(host: str, port: int) -> socket.socket:
    """The socket to listen on. Raises: ValueError when the address is taken or not this machine's."""
    from bot.supervisor import reserve

    try:
        return reserve(host, port)
    except OSError as error:
        raise ValueError(f"{host}:{port} can't be listened on: {error.strerror}.") from None


def _where(host: str, port: int, demo: bool) -> str:
    return f"Ready: http://{host}:{port}/web/demo/" if demo else f"Ready on http://{host}:{port}"


def _supervise(backends: Backends, host: str, port: int, demo: bool, workers: int) -> int:
    """Runs several workers on one port; gives the exit status. Raises: ValueError for settings that don't allow it."""
    from bot.backends import REDIS
    from bot.channels.matrix.settings import REGISTRATION
    from bot.channels.web.settings import SECRET, SECRET_FILE
    from bot.logs import configure_logging
    from bot.supervisor import supervise

    if not backends.redis_url:
        raise ValueError(
            f"--workers {workers} needs Redis, where workers agree on whose turn it is: set {REDIS}, such as "
            "redis://127.0.0.1:6379/0. One worker needs none."
        )
    if os.environ.get(REGISTRATION):
        raise ValueError(
            f"{REGISTRATION} is set: the Matrix channel answers its rooms in order, in one process. Start a server of "
            "its own for it, with one worker, and leave its settings out here."
        )
    environment = dict(os.environ)
    if demo and not environment.get(SECRET) and not environment.get(SECRET_FILE):
        environment[SECRET] = secrets.token_urlsafe(48)  # one for all workers
    listener = _reserve(host, port)
    configure_logging("INFO")
    click.echo("Starting …")
    command = [sys.executable, "-c", "from bot.cli import main; main()", "serve", *(["--demo"] if demo else [])]
    return supervise(command, workers, listener, environment, lambda: click.echo(_where(host, port, demo)))
