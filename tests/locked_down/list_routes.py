"""Run by test_routes.py in a process of its own: prints the routes of the app as `bot serve` builds it."""

from __future__ import annotations

import json
import os

from bot.backends import Backends
from bot.channels.mounted import read_channels
from bot.runtime import quiet
from bot.server import build_app
from bot.settings import Settings

quiet()
settings = Settings.read()
app = build_app(settings, read_channels(settings, os.environ, demo=True), backends=Backends.read(os.environ))
print(json.dumps(sorted([f"/{route.path}", sorted(route.methods)] for route in app.router.routes)))
