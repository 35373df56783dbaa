"""All that a program can check before a person reviews: shape, cross-references, dates, reading level, length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bot.content.article_file import ArticleFile
from bot.content.crosscheck import crosscheck
from bot.content.folder import ContentFolder, iso_date, read_folder
from bot.content.problems import Problem
from bot.content.textcheck import texts

VARIABLE = re.compile(r"\$\{[^}]*\}?")
INTENT = re.compile(r"^\s*-\s*intent:\s*(\S+)", re.MULTILINE)


def check(content: Path, nlu: Path | None = None, today: date | None = None) -> list[Problem]:
    """Every problem of the content folder, errors and warnings, in order of file and line.

    Args:
        content: The folder.
        nlu: `data/nlu`, to find topics that nobody could ask for; not checked when None.
        today: For the review dates; the system's date when None.
    """
    return check_folder(read_folder(content), nlu, today)


def check_folder(folder: ContentFolder, nlu: Path | None = None, today: date | None = None) -> list[Problem]:
    """As `check`, of a folder that was read."""
    problems = [*folder.problems, *crosscheck(folder)]
    if nlu is not None:
        problems.extend(_unasked(folder, nlu))
    for article in folder.articles:
        if article.front and not article.is_draft:
            problems.extend(_dates(article, folder, today or date.today()))
    problems.extend(texts(folder))
    problems.extend(_variables(folder.root))
    return sorted(set(problems))


def _variables(content: Path) -> Iterator[Problem]:
    """Names of environment variables: patients read them as they stand, and Rasa would put in the server's values."""
    for path in sorted(path for path in content.rglob("*") if path.suffix in (".md", ".yml") and path.is_file()):
        for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
            found = VARIABLE.search(line)
            if found:
                text = f"{found[0]} names a variable of the server, which no text for patients may do; take it out"
                yield Problem(path.relative_to(content).as_posix(), number, text)


def _unasked(folder: ContentFolder, nlu: Path) -> Iterator[Problem]:
    """Topics without training examples: the answer would be there and nobody could reach it."""
    paths = (path for path in nlu.rglob("*") if path.suffix in (".yml", ".yaml"))
    known = {name for path in paths for name in INTENT.findall(path.read_text("utf-8"))}
    for topic in folder.topics.values():
        if topic.intent not in known:
            text = f"the topic `{topic.id}` has no examples for the intent `{topic.intent}` in {nlu.name}; nobody could ask for it"
            yield Problem(f"{folder.root.name}/topics.yml", 0, text)


def _dates(article: ArticleFile, folder: ContentFolder, today: date) -> Iterator[Problem]:
    reviewed, due = iso_date(article.front.get("reviewed_on")), iso_date(article.front.get("review_due"))
    if reviewed is None or due is None or folder.clinic is None:
        return
    line = article.front_lines.get("review_due", 1)
    if reviewed > today:
        yield Problem(
            article.file, article.front_lines.get("reviewed_on", 1), f"`reviewed_on` {reviewed} lies in the future"
        )
    if due <= reviewed:
        yield Problem(article.file, line, "`review_due` must be later than `reviewed_on`")
    elif today > due + timedelta(days=folder.clinic.review_grace_days):
        yield Problem(
            article.file, line, f"the review was due on {due}: the article is withdrawn. Review it", "warning"
        )
    elif today > due:
        yield Problem(article.file, line, f"the review was due on {due}: answers carry a notice. Review it", "warning")
    elif today + timedelta(days=folder.clinic.review_warn_days) > due:
        yield Problem(article.file, line, f"the review is due on {due}, in {(due - today).days} days", "warning")
