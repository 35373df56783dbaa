"""`bot serve`."""

from __future__ import annotations

import os

import click

from bot.settings import Settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5005, show_default=True, help="Port to listen on.")
@click.option("--demo", is_flag=True, help="Show the demo clinic; every surface says that it is a demo.")
def serve(host: str, port: int, demo: bool) -> None:
    """Serve the web widget, its demo page and the other channels.

    Without --demo the server refuses to start with the demo clinic's numbers in content/clinic.yml.
    """
    from bot.channels.mounted import read_channels
    from bot.content.clinic import load_clinic
    from bot.logs import configure_logging
    from bot.runtime import NotReady, content_path, model_path, quiet
    from bot.safety.readiness import NotForPatients, require_real_clinic

    settings = Settings.read()
    quiet()
    try:
        clinic = load_clinic(settings.content / "clinic.yml")
        if not demo:
            require_real_clinic(clinic)
        model_path(settings)
        content_path(settings)
        click.echo("Starting …")
        channels = read_channels(settings, os.environ, demo)
    except (NotReady, NotForPatients, ValueError) as error:
        raise click.ClickException(str(error)) from None
    configure_logging("INFO")
    from bot.server import build_app

    app = build_app(settings, channels)

    async def say_where(*_: object) -> None:
        click.echo(f"Ready: http://{host}:{port}/web/demo/" if demo else f"Ready on http://{host}:{port}")

    app.register_listener(say_where, "after_server_start")
    app.run(host=host, port=port, access_log=False, motd=False)
