"""The Twilio channel: SMS and WhatsApp. `TwilioChannel` is what a server mounts; `channel.py` tells how it is wired.

It is imported when it is asked for, so that settings and signatures are at hand without loading Rasa.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.channels.twilio.channel import TwilioChannel

__all__ = ["TwilioChannel"]


def __getattr__(name: str) -> Any:
    if name != "TwilioChannel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bot.channels.twilio.channel import TwilioChannel

    return TwilioChannel
