"""`bot content import`."""

from __future__ import annotations

from pathlib import Path

import click

from bot.settings import Settings


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--condition", metavar="ID", help="Id of the condition; guessed from the text otherwise.")
@click.option("--title", help="Title of the article; guessed from the text otherwise.")
@click.option("--content", "folder", type=click.Path(path_type=Path), help="The content folder.")
@click.option("--force", is_flag=True, help="Write over an existing draft.")
def import_(file: Path, condition: str | None, title: str | None, folder: Path | None, force: bool) -> None:
    """Make a draft article from a raw FILE: text, wiki text, Markdown or HTML.

    The draft names what it could not place. It is never answered from until a reviewer's name and date are in it.
    """
    from bot.content.importer import import_article

    articles = (folder or Settings.read().content) / "articles"
    try:
        made = import_article(file, articles, condition, title, force)
    except OSError as error:
        raise click.ClickException(f"{articles} can't be written: {error.strerror}.") from None
    click.echo(f"Wrote the draft {made.path}")
    click.echo(f"Topics: {', '.join(made.topics) or 'none'}. Facts: {made.facts}. Lines not placed: {made.not_placed}.")
    click.echo(
        "Next: rewrite it in plain words, put in a reviewer and dates, set `status: approved`, run `bot content check`."
    )
