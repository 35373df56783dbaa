"""`bot matrix`."""

from __future__ import annotations

from pathlib import Path

import click

from bot.cli.matrix_bridge import bridge
from bot.settings import Settings


@click.group()
def matrix() -> None:
    """Set up the bot on a Matrix homeserver. See docs/matrix.md."""


matrix.add_command(bridge)


@matrix.command()
@click.option(
    "--url",
    default="http://127.0.0.1:5005/matrix",
    show_default=True,
    help="Where the homeserver reaches `bot serve`: its address with /matrix behind it.",
)
@click.option("--localpart", default="clinic-bot", show_default=True, help="The bot's user name.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; default: matrix-registration.yaml in the state folder.",
)
@click.option("--force", is_flag=True, help="Replace the file; the homeserver must get the new one, too.")
def register(url: str, localpart: str, output: Path | None, force: bool) -> None:
    """Write the registration file that tells the homeserver about the bot.

    It holds two secrets. It is never overwritten without --force.
    """
    from bot.channels.matrix.registration import Registration
    from bot.channels.matrix.settings import HOMESERVER, REGISTRATION

    path = (output or Settings.read().state / "matrix-registration.yaml").resolve()
    try:
        Registration.new(url, localpart).write(path, overwrite=force)
    except FileExistsError:
        raise click.ClickException(f"{path} is there already. --force replaces it with new secrets.") from None
    except OSError as error:
        raise click.ClickException(f"{path} can't be written ({type(error).__name__}).") from None
    click.echo(f"Written: {path}")
    click.echo("It holds secrets: its owner alone may read it. What to do next:")
    click.echo("1. Give the homeserver a copy. For Synapse: add its path to app_service_config_files in")
    click.echo("   homeserver.yaml, and restart Synapse.")
    click.echo("2. Set these and start the bot:")
    click.echo(f"   export {REGISTRATION}={path}")
    click.echo(f"   export {HOMESERVER}=http://127.0.0.1:8008   (your homeserver's address)")
    click.echo("   bot serve")
    click.echo(f"3. Invite @{localpart}:(your server) to a room, and write to it.")
