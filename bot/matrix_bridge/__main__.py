"""Runs the bridge; `bot matrix bridge` calls this in the bridge's own environment."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys

from bot.content.clinic import load_clinic
from bot.content.problems import ContentError
from bot.logs import FORMAT, protect
from bot.matrix_bridge.account import BridgeError, alone, fingerprints, sign_in
from bot.matrix_bridge.answering import Answering
from bot.matrix_bridge.bridge import Bridge
from bot.matrix_bridge.fixed import FixedTexts, display_name
from bot.matrix_bridge.identity import Identity
from bot.matrix_bridge.settings import BridgeSettings, BridgeSettingsError
from bot.matrix_bridge.state import State
from bot.matrix_bridge.web_api import WebApi
from bot.settings import Settings

FOLDER = "matrix-bridge"


def main(arguments: list[str]) -> int:
    """Runs until it is told to end; the exit status. With `--fingerprint` it prints the fingerprints and ends."""
    os.umask(0o077)
    _log()
    try:
        asyncio.run(_run(Settings.read(), BridgeSettings.read(os.environ), "--fingerprint" in arguments))
    except (BridgeError, BridgeSettingsError, ContentError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    return 0


async def _run(settings: Settings, bridge_settings: BridgeSettings, fingerprint_alone: bool) -> None:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    folder = settings.state / FOLDER
    name = display_name(load_clinic(settings.content / "clinic.yml"))
    with alone(folder, needed=not fingerprint_alone):
        client = await sign_in(bridge_settings, folder, name)
        try:
            if fingerprint_alone:
                print(fingerprints(client, Identity(bridge_settings.user_id, bridge_settings.key)))
                return
            texts = FixedTexts(settings.root, settings.content)
            state = State(folder)
            async with WebApi(bridge_settings.server) as api:
                answering = Answering(client, bridge_settings, state, texts, api)
                await Bridge(client, bridge_settings, state, texts, answering).run()
        finally:
            await client.close()


def _log() -> None:
    """Lines to standard error, without anyone's words; of matrix-nio only what goes wrong."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(FORMAT))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("nio").setLevel(logging.ERROR)
    logging.getLogger("peewee").setLevel(logging.ERROR)
    protect()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
