"""A server process under `bot.supervisor`: says when it answers, and ends when the supervisor is gone."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

from sanic import Sanic

from bot.supervisor import READY


class NotLoaded(Exception):
    """A worker that was to replace another could not load; the other one stays."""


def join(app: Sanic, control_fd: int, must_load: bool) -> None:
    """Makes `app` a worker.

    Args:
        app: Not yet running; `app.ctx.agent` and `app.ctx.readiness` are set by its own listeners.
        control_fd: Our end of the line to the supervisor.
        must_load: Give up before the first connection is accepted when model or stores can't be loaded.
    """
    control = socket.socket(fileno=control_fd)

    async def give_up(started: Sanic, _: Any) -> None:
        if must_load and started.ctx.agent is None:
            raise NotLoaded("the new model, content or a store can't be loaded; see the lines above")

    async def report(started: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        loop.add_reader(control, started.stop)  # the supervisor says nothing: it is readable when it is gone
        started.add_task(_say_ready(started, control))

    app.register_listener(give_up, "before_server_start")
    app.register_listener(report, "after_server_start")


async def _say_ready(app: Sanic, control: socket.socket) -> None:
    while not (await app.ctx.readiness.check()).ready:
        await asyncio.sleep(1)
    control.send(READY)
