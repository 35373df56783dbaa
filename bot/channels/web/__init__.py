"""The web channel. `WebChannel` is what a server mounts; `channel.py` tells how it is wired."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]
