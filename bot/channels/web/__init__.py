"""The web channel. `WebChannel` is what a server mounts; `channel.py` tells how it is wired.

It is imported when it is asked for, so that settings, sessions and texts are at hand without loading Rasa.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]


def __getattr__(name: str) -> Any:
    if name != "WebChannel":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from bot.channels.web.channel import WebChannel

    return WebChannel
