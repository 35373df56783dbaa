"""Channels that a clinic adds: `BOT_CHANNELS` names their classes, one file each. docs/channels.md shows one whole."""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from rasa.core.channels.channel import InputChannel

CHANNELS = "BOT_CHANNELS"
#: Rasa's own connectors. Most believe whoever calls, and none goes through the guard.
STOCK = "rasa.core.channels"


class OwnChannelError(ValueError):
    """A class in `BOT_CHANNELS` can't be used; the text names it and says why."""


def own_channels(settings: Settings, environment: Mapping[str, str]) -> list[InputChannel]:
    """The clinic's own channels, each made by its class method `read(settings, environment)`.

    Raises:
        OwnChannelError: a class is not there, is no channel, or is one of Rasa's own connectors.
        ValueError: (from a channel) its settings are malformed.
    """
    paths = re.split(r"[,\s]+", environment.get(CHANNELS, "").strip())
    return [_read(path, settings, environment) for path in paths if path]


def _read(path: str, settings: Settings, environment: Mapping[str, str]) -> InputChannel:
    from rasa.core.channels.channel import InputChannel

    module, _, name = path.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError):
        raise OwnChannelError(
            f"{CHANNELS}: there is no class {path}; write module and class, such as portal.PortalChannel, and start "
            "the server where Python finds the module."
        ) from None
    if not isinstance(found, type) or not issubclass(found, InputChannel):
        raise OwnChannelError(f"{CHANNELS}: {path} is no rasa.core.channels.channel.InputChannel.")
    if found.__module__.startswith(STOCK) or not hasattr(found, "read"):
        raise OwnChannelError(
            f"{CHANNELS}: {path} has no `read(settings, environment)`. Rasa's own connectors can't be used: they don't "
            "go through the guard, and most believe whoever calls. See docs/channels.md."
        )
    channel: InputChannel = found.read(settings, environment)
    return channel
