"""The guard (`bot.turn.Turns`) of the server that a channel runs in."""

from __future__ import annotations

from sanic import Sanic

from bot.runtime import guard_around
from bot.settings import Settings
from bot.turn import Turns


def turns_of(app: Sanic, settings: Settings) -> Turns:
    """The guard that `bot serve` put there; under the stock command `rasa run` it is made around Rasa's agent.

    Raises:
        ContentError: (under `rasa run`) the clinic's settings, fixed texts or red flags can't be read.
    """
    if getattr(app.ctx, "turns", None) is None:
        app.ctx.turns = guard_around(settings, app.ctx.agent)
    turns: Turns = app.ctx.turns
    return turns
