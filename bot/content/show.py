"""The store as people read it in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bot.content.history import Release
from bot.content.models import Answer
from bot.content.store import ContentStore


def show_overview(store: ContentStore, condition: str | None = None) -> Iterator[RenderableType]:
    """One table a condition: its topics, questions and facts."""
    yield Text(f"Content version {store.version[:12]}")
    for item in store.conditions():
        if condition not in (None, item.id):
            continue
        article = store.article(item.id)
        caption = f"Reviewed {article.reviewed_on} by {article.reviewed_by}; next review {article.review_due}"
        table = Table(title=Text(article.title), caption=Text(caption), show_lines=False)
        for heading in ("topic", "question on the button", "words"):
            table.add_column(heading)
        for answer in store.answers(item.id):
            table.add_row(answer.topic, Text(answer.questions[0]), str(len(answer.text.split())))
        yield table
        facts = Table(title="Facts")
        for heading in ("relation", "category", "name"):
            facts.add_column(heading)
        for fact in store.facts(item.id):
            facts.add_row(fact.relation, fact.category, Text(fact.name))
        yield facts


def show_answers(store: ContentStore, topic: str, condition: str | None = None) -> Iterator[RenderableType]:
    """The answers of one topic, in all their forms."""
    for item in store.conditions():
        answer = store.answer(item.id, topic)
        if answer and condition in (None, item.id):
            yield _panel(answer)


def _panel(answer: Answer) -> Panel:
    parts: list[RenderableType] = [
        Text("\n".join(f"? {question}" for question in answer.questions), style="cyan"),
        Text(""),
    ]
    parts.append(Text(answer.text))
    for form in ("simpler", "short", "more"):
        if text := getattr(answer, form):
            parts += [Text(""), Text(f"{form}:", style="bold"), Text(text)]
    parts += [Text(""), Text(answer.source.line(), style="dim"), Text(answer.disclaimer.short, style="dim italic")]
    return Panel(Group(*parts), title=Text(answer.id))


#: More changed texts than these are counted instead of named.
NAMED_CHANGES = 6


def show_history(releases: Sequence[Release]) -> RenderableType:
    """The releases, newest first."""
    if not releases:
        return Text("No release was noted yet; `bot content release` notes one.")
    table = Table(title="Releases of content")
    for heading in ("noted on", "version", "article", "reviewed", "changed"):
        table.add_column(heading)
    for release in reversed(releases):
        names = [Text(f"{article['condition']} {article['version']}") for article in release.articles]
        reviewed = [Text(f"{article['reviewed_on']} by {article['reviewed_by']}") for article in release.articles]
        table.add_row(release.noted_on, release.version[:12], Group(*names), Group(*reviewed), Text(changes(release)))
    return table


def changes(release: Release, most: int = NAMED_CHANGES) -> str:
    """What changed with a release, in words."""
    named = ", ".join(release.changed[:most])
    return named if len(release.changed) <= most else f"{len(release.changed)} texts: {named} …"


def show_release(release: Release) -> Iterator[RenderableType]:
    """One release: who reviewed it, and every text that changed with it."""
    yield Text(f"Version {release.version}, noted on {release.noted_on}")
    for article in release.articles:
        yield Text(
            f"{article['condition']}, version {article['version']}: reviewed {article['reviewed_on']} by {article['reviewed_by']}"
        )
    yield Text(f"{len(release.texts)} texts; changed: {', '.join(release.changed) or 'none'}")
