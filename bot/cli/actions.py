"""`bot actions`."""

from __future__ import annotations

import os

import click

from bot.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5055, show_default=True, help="Port to listen on.")
def actions(host: str, port: int) -> None:
    """Serve the actions alone, for a bot that finds them by BOT_ACTION_SERVER.

    Usually not needed: `bot serve` runs the actions inside its own process. Both processes need the same secret in
    BOT_ACTION_TOKEN (or in the file named by BOT_ACTION_TOKEN_FILE) and the same content store.
    """
    from bot.runtime import content_path, quiet

    quiet()
    from bot.action_server import ActionServerSettings, build_action_app
    from bot.logs import configure_logging

    settings = ActionServerSettings.read(os.environ, serving=True)
    content_path(Settings.read())
    configure_logging("INFO")
    app = build_action_app(settings.token)

    async def say_where(*_: object) -> None:
        click.echo(f"Actions ready on http://{host}:{port}")

    app.register_listener(say_where, "after_server_start")
    app.run(host=host, port=port, access_log=False, motd=False)
