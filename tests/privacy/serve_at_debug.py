"""Run by test_logs_of_channels.py in a process of its own: the server with its channels, logging at DEBUG.

Usage: serve_at_debug.py PORT TWILIO_TOKEN
"""

from __future__ import annotations

import sys

from bot.logs import configure_logging
from bot.runtime import quiet

quiet()
configure_logging("DEBUG")

from bot.channels.twilio import TwilioChannel  # noqa: E402
from bot.channels.twilio.settings import TwilioSettings  # noqa: E402
from bot.channels.web import WebChannel  # noqa: E402
from bot.server import build_app  # noqa: E402
from bot.settings import Settings  # noqa: E402

settings = Settings.read()
twilio = TwilioChannel(settings, TwilioSettings(auth_token=sys.argv[2], sender_key="k" * 32))
app = build_app(settings, [WebChannel.for_server(settings, demo=True), twilio])
app.run(host="127.0.0.1", port=int(sys.argv[1]), access_log=True, motd=False)
