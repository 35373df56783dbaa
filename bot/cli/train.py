"""`bot train`."""

from __future__ import annotations

import time

import click

from bot.settings import Settings


@click.command()
@click.option("--force", is_flag=True, help="Train even if nothing changed.")
def train(force: bool) -> None:
    """Train the understanding and dialogue model from config.yml, domain.yml and data/."""
    from bot.logs import configure_logging
    from bot.runtime import quiet
    from bot.training import train as train_model
    from bot.training import up_to_date

    quiet()
    configure_logging("ERROR")
    settings = Settings.read()
    if not force and up_to_date(settings):
        click.echo("The model is up to date.")
        return
    click.echo("Training the model (about half a minute) …")
    started = time.perf_counter()
    try:
        path = train_model(settings)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"Trained in {time.perf_counter() - started:.0f} s: {path.name}, {path.stat().st_size / 1e6:.1f} MB.")
