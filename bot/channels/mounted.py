"""Which channels a server offers: the web always, the others where the clinic has set them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from rasa.core.channels.channel import InputChannel


def read_channels(settings: Settings, environment: Mapping[str, str], demo: bool) -> list[InputChannel]:
    """The channels of `bot serve`, each with its settings from the environment.

    Raises:
        ValueError: a channel's settings are malformed or incomplete; the text names the variable.
    """
    from bot.backends import Backends
    from bot.channels.matrix.channel import MatrixChannel
    from bot.channels.matrix.settings import MatrixSettings
    from bot.channels.own import own_channels
    from bot.channels.twilio import TwilioChannel
    from bot.channels.twilio.settings import TwilioSettings
    from bot.channels.web import WebChannel
    from bot.channels.web.settings import WebSettings
    from bot.content.clinic import load_clinic
    from bot.handover.channel import StaffChannel
    from bot.handover.settings import StaffSettings

    web = WebSettings.read(environment, demo=demo)
    redis_url = Backends.read(environment).redis_url
    channels: list[InputChannel] = [WebChannel(settings, web, redis_url)]
    matrix = MatrixSettings.read(environment)
    matrix_channel = MatrixChannel(settings, matrix) if matrix is not None else None
    staff = StaffSettings.read(environment, load_clinic(settings.content / "clinic.yml"))
    if staff is not None:  # before the channels that then tell it how they reach their patients
        channels.append(StaffChannel(settings, staff, matrix_channel))
    if TwilioSettings.is_set(environment):
        channels.append(TwilioChannel(settings, TwilioSettings.read(environment), redis_url))
    if matrix_channel is not None:
        channels.append(matrix_channel)
    channels += own_channels(settings, environment)
    return channels
