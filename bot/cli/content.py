"""`bot content …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bot.settings import Settings

if TYPE_CHECKING:
    from bot.content.problems import Problem


class _Content(click.Group):
    """The group, with `import` and `sms` brought in when they are used: they load more than the others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), "import", "sms"])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name == "import":
            from bot.cli.content_import import import_

            return import_
        if cmd_name == "sms":
            from bot.cli.content_sms import sms

            return sms
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Content)
def content() -> None:
    """Check, build, read and import what clinicians write."""


def _folder(value: Path | None) -> Path:
    folder = value or Settings.read().content
    if not folder.is_dir():
        raise click.ClickException(f"There is no content folder at {folder}. Name it with --content.")
    return folder


def _nlu() -> Path | None:
    """`data/nlu`; None where the project runs without its training data."""
    nlu = Settings.read().root / "data" / "nlu"
    return nlu if nlu.is_dir() else None


content_option = click.option("--content", "folder", type=click.Path(path_type=Path), help="The content folder.")
db_option = click.option("--db", type=click.Path(path_type=Path), help="The content store.")


@content.command()
@content_option
def check(folder: Path | None) -> None:
    """Check all content and list every problem with file and line. Exits with 1 when there is an error."""
    from bot.content.check import check as check_content

    source = _folder(folder)
    problems = [*check_content(source, _nlu()), *_red_flag_problems(source)]
    for problem in problems:
        click.echo(str(problem), err=problem.level == "error")
    errors = sum(problem.level == "error" for problem in problems)
    if errors:
        raise click.ClickException(f"{errors} error{'s' * (errors != 1)} to mend, see above.")
    click.echo(f"Content is in order ({len(problems)} warning{'s' * (len(problems) != 1)}).")


def _red_flag_problems(source: Path) -> list[Problem]:
    """What keeps `red_flags.yml` from being used; `bot.content` itself knows nothing of danger."""
    from bot.content.problems import ContentError
    from bot.safety.rulebook import FILE_NAME, RuleBook

    try:
        RuleBook.load(source / FILE_NAME, f"{source.name}/{FILE_NAME}")
    except ContentError as error:
        return error.problems
    return []


@content.command()
@content_option
@db_option
def build(folder: Path | None, db: Path | None) -> None:
    """Check the content folder and build the content store from it. An error leaves the old store as it was."""
    from bot.content.build import build as build_store
    from bot.content.problems import ContentError

    target, source = db or Settings.read().content_db, _folder(folder)
    try:
        built = build_store(source, target, _nlu())
    except ContentError as error:
        for problem in error.problems:
            click.echo(str(problem), err=True)
        raise click.ClickException("Nothing was built; the store is as it was.") from None
    except OSError as error:
        raise click.ClickException(f"{target} can't be written: {error.strerror}.") from None
    drafts = f", {built.drafts} draft(s) left out" if built.drafts else ""
    click.echo(
        f"Built {target.name}: {built.articles} article(s), {built.answers} answers, {built.facts} facts{drafts}; "
        f"version {built.version[:12]}."
    )


@content.command()
@click.argument("topic", required=False)
@click.option("--condition", help="Only this condition.")
@db_option
def show(topic: str | None, condition: str | None, db: Path | None) -> None:
    """Read the store: what is in it, or the answers on one TOPIC."""
    from bot.content.show import show_answers, show_overview
    from bot.terminal import console

    store = _store(db)
    known = {item.id for item in store.topics()}
    if topic and topic not in known:
        raise click.ClickException(f"There is no topic `{topic}`. One of: {', '.join(sorted(known))}.")
    conditions = {item.id for item in store.conditions()}
    if condition and condition not in conditions:
        raise click.ClickException(f"There is no condition `{condition}`. One of: {', '.join(sorted(conditions))}.")
    out = console()
    for part in show_answers(store, topic, condition) if topic else show_overview(store, condition):
        out.print(part)


def _store(db: Path | None) -> Any:
    from bot.content.store import ContentStore

    return ContentStore.open(db or Settings.read().content_db)


@content.command()
@content_option
@click.option("--out", type=click.Path(path_type=Path), help="Write the page there instead of printing it.")
def report(folder: Path | None, out: Path | None) -> None:
    """Print a page for reviewers: each answer with its source, reading level and what could be better.

    With --out FILE.html the page is HTML, else Markdown.
    """
    from bot.content.report import as_html
    from bot.content.report import report as make_report

    page = make_report(_folder(folder), _nlu())
    if out is None:
        click.echo(page)
        return
    try:
        out.write_text(as_html(page) if out.suffix.lower() in (".html", ".htm") else page, "utf-8")
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error.strerror}.") from None
    click.echo(f"Wrote {out}.")


@content.command()
@content_option
def release(folder: Path | None) -> None:
    """Note the content as it is now in content/history.jsonl, so that it can be said what was shown when."""
    from bot.content.history import note_release

    entry = note_release(_folder(folder), nlu=_nlu())
    click.echo("Nothing changed since the last release." if entry is None else f"Noted release {entry.version[:12]}.")


@content.command()
@click.argument("version", required=False)
@content_option
def history(version: str | None, folder: Path | None) -> None:
    """Show the releases: version, who reviewed, and what changed. With a VERSION (or its beginning), that one in full."""
    from bot.content.history import read_history, unnoted
    from bot.content.show import show_history, show_release
    from bot.terminal import console

    source, out = _folder(folder), console()
    releases = read_history(source)
    if version is None:
        out.print(show_history(releases))
        if new := unnoted(source):
            out.print(f"The content as it is now ({new[:12]}) is not noted; `bot content release` does that.")
        return
    found = [release for release in releases if release.version.startswith(version)]
    if len(found) != 1:
        raise click.ClickException(f"{len(found) or 'No'} release{'s' * (len(found) != 1)} begin with `{version}`.")
    for part in show_release(found[0]):
        out.print(part)
