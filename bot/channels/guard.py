"""The guard (`bot.turn.Turns`) of the server that a channel runs in."""

from __future__ import annotations

from sanic import Sanic

from bot.content.clinic import load_clinic
from bot.settings import Settings
from bot.turn import Turns


def turns_of(app: Sanic, settings: Settings) -> Turns:
    """The guard that `bot serve` put there; under the stock command `rasa run` it is made around Rasa's agent.

    Raises:
        ClinicError: (under `rasa run`) `clinic.yml` is missing or malformed.
    """
    if getattr(app.ctx, "turns", None) is None:
        from bot.fixed_replies import FixedReplies
        from bot.safety import Detector

        clinic = load_clinic(settings.content / "clinic.yml")
        fixed = FixedReplies.load(settings.root / "domain.yml", settings.content, clinic)
        app.ctx.turns = Turns(app.ctx.agent, fixed, Detector.from_files(settings.content))
    turns: Turns = app.ctx.turns
    return turns
