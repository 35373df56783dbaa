"""A server whose model could not be loaded at first answers as soon as it is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.channels.twilio.channel import TwilioChannel
from bot.channels.twilio.incoming import Incoming
from bot.channels.twilio.settings import TwilioSettings
from bot.runtime import fixed_turns
from bot.settings import Settings
from bot.turn import Turns
from tests.channels.twilio.client import CLINIC, PATIENT, SENDER_KEY, TOKEN, sid


async def test_the_loaded_model_is_taken_up(settings: Settings, turns: Turns, tmp_path: Path) -> None:
    own = replace(settings, state=tmp_path)
    channel = TwilioChannel(own, TwilioSettings(TOKEN, SENDER_KEY, deadline=14.0))
    app: Any = SimpleNamespace(ctx=SimpleNamespace(turns=fixed_turns(settings)))
    await channel._start(app)

    async def says(text: str) -> str:
        message = Incoming.read({"MessageSid": sid(), "From": PATIENT, "To": CLINIC, "Body": text})
        assert message is not None
        return await channel._answer(app, message)

    assert "something went wrong" in await says("is leukopenia contagious")
    app.ctx.turns = turns
    assert "No," in await says("is leukopenia contagious")
    await channel._stop(app)
