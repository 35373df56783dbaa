"""Reads the whole content folder into one value, with every problem that makes it unusable."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from bot.content.article_file import ArticleFile, read_article
from bot.content.clinic import Clinic, ClinicError, load_clinic
from bot.content.files import read_text
from bot.content.fixed import FILE, FixedText, load_messages
from bot.content.models import Topic
from bot.content.problems import ContentError, Problem, relative
from bot.content.reply import DisclaimerText
from bot.content.yaml_lines import line_of, load_map, plain

#: The line between the short and the whole form of a disclaimer.
DIVIDER = re.compile(r"^---[ \t]*$", re.MULTILINE)
SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass
class ContentFolder:
    """All content as read from files. `problems` says what could not be read."""

    root: Path
    clinic: Clinic | None = None
    topics: dict[str, Topic] = field(default_factory=dict)
    messages: dict[str, FixedText] = field(default_factory=dict)
    disclaimers: dict[str, DisclaimerText] = field(default_factory=dict)
    articles: list[ArticleFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def approved(self) -> list[ArticleFile]:
        """The articles that may be answered from."""
        return [article for article in self.articles if not article.is_draft]


def slug(text: str) -> str:
    """A key made of a name: "Copper (low)" → "copper-low"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def iso_date(value: Any) -> date | None:
    """The date in an ISO text, or None."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def read_folder(root: Path) -> ContentFolder:
    """Reads `root`; problems are gathered, not raised."""
    folder = ContentFolder(root)
    _read_clinic(folder)
    _read_topics(folder)
    _read_messages(folder)
    _read_disclaimers(folder)
    paths = sorted((root / "articles").glob("*.md"))
    if not paths:
        folder.problems.append(Problem(f"{root.name}/articles", 0, "there is no article (*.md) in this folder"))
    for path in paths:
        article = read_article(path, relative(path, root))
        folder.articles.append(article)
        # A draft that can't be read in full must not keep the rest from being built.
        unfinished = article.is_unfinished
        folder.problems.extend(replace(item, level="warning") if unfinished else item for item in article.problems)
    return folder


def _read_clinic(folder: ContentFolder) -> None:
    try:
        folder.clinic = load_clinic(folder.root / "clinic.yml")
    except ClinicError as error:
        prefix = f"{folder.root.name}/"
        folder.problems.extend(Problem(prefix + item.file, item.line, item.text, item.level) for item in error.problems)


def _read_topics(folder: ContentFolder) -> None:
    path = folder.root / "topics.yml"
    file = relative(path, folder.root)
    try:
        node = load_map(path, file)
    except ContentError as error:
        folder.problems.extend(error.problems)
        return
    for key, value in plain(node).items():
        fault = _topic_fault(key, value)
        if fault:
            folder.problems.append(Problem(file, line_of(node, key), fault))
        else:
            folder.topics[key] = Topic(key, f"ask_{key}", tuple(value.get("next") or ()))
    for topic in folder.topics.values():
        for name in topic.next:
            if name not in node:
                folder.problems.append(
                    Problem(file, line_of(node, topic.id), f"`next` of `{topic.id}` names the unknown topic `{name}`")
                )


def _topic_fault(key: str, value: Any) -> str:
    """What is wrong with the shape of a topic; "" when nothing is."""
    if not SLUG.fullmatch(key) or not isinstance(value, dict):
        return f"the topic `{key}` needs an id of small letters and a list `next`: `{{next: [causes, symptoms]}}`"
    unknown = [name for name in value if name != "next"]
    if unknown:
        return f"the topic `{key}` has the unknown field `{unknown[0]}`; it has `next` and nothing else"
    following = value.get("next") or []
    if not isinstance(following, list) or not all(isinstance(name, str) for name in following):
        return f"`next` of `{key}` must be a list of topics, such as [causes, symptoms]"
    return ""


def _read_messages(folder: ContentFolder) -> None:
    path = folder.root / FILE
    try:
        folder.messages, problems = load_messages(path, relative(path, folder.root))
    except ContentError as error:
        problems = error.problems
    folder.problems.extend(problems)


def _read_disclaimers(folder: ContentFolder) -> None:
    for path in sorted((folder.root / "disclaimers").glob("*.md")):
        file = relative(path, folder.root)
        try:
            text = read_text(path, file)
        except ContentError as error:
            folder.problems.extend(error.problems)
            continue
        short, *rest = (part.strip() for part in DIVIDER.split(text, maxsplit=1))
        if not short or not any(rest):
            folder.problems.append(
                Problem(file, 1, "a disclaimer is the short form, a line with `---`, and the whole text")
            )
            continue
        folder.disclaimers[path.stem] = DisclaimerText(path.stem, short, rest[0])
    if not folder.disclaimers:
        folder.problems.append(
            Problem(f"{folder.root.name}/disclaimers", 0, "there is no disclaimer; no answer can be shown without one")
        )
