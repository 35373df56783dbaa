"""Reads the whole content folder into one value, with every problem that makes it unusable."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from string import Formatter
from typing import Any

from bot.content.article_file import ArticleFile, read_article
from bot.content.clinic import CLINIC_PLACEHOLDERS, Clinic, ClinicError, load_clinic
from bot.content.models import Topic
from bot.content.problems import ContentError, Problem, relative
from bot.content.reply import DisclaimerText
from bot.content.yaml_lines import line_of, load_yaml, plain

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")


@dataclass
class ContentFolder:
    """All content as read from files. It may be built when `errors` is empty."""

    root: Path
    clinic: Clinic | None = None
    topics: dict[str, Topic] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    message_lines: dict[str, int] = field(default_factory=dict)
    disclaimers: dict[str, DisclaimerText] = field(default_factory=dict)
    articles: list[ArticleFile] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def approved(self) -> list[ArticleFile]:
        """The articles that may be answered from."""
        return [article for article in self.articles if not article.is_draft]

    @property
    def errors(self) -> list[Problem]:
        """What must be mended before a build."""
        return sorted(problem for problem in self.problems if problem.level == "error")


def slug(text: str) -> str:
    """A key made of a name: "Copper (low)" → "copper-low"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def iso_date(value: Any) -> date | None:
    """The date in an ISO text, or None."""
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def placeholders(text: str) -> set[str]:
    """Names of the `{placeholders}` in `text`. Raises: ValueError for a lone brace."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


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


def _yaml_map(folder: ContentFolder, name: str) -> tuple[dict[str, Any], Any, str]:
    path = folder.root / name
    file = relative(path, folder.root)
    try:
        node = load_yaml(path.read_text("utf-8"), file)
        if isinstance(node, dict):
            return plain(node), node, file
        folder.problems.append(Problem(file, 1, "expected `key: value` lines"))
    except FileNotFoundError:
        folder.problems.append(Problem(file, 0, "the file is missing"))
    except UnicodeDecodeError:
        folder.problems.append(Problem(file, 0, "this is no text in UTF-8"))
    except ContentError as error:
        folder.problems.extend(error.problems)
    return {}, {}, file


def _read_clinic(folder: ContentFolder) -> None:
    try:
        folder.clinic = load_clinic(folder.root / "clinic.yml")
    except ClinicError as error:
        prefix = f"{folder.root.name}/"
        folder.problems.extend(Problem(prefix + item.file, item.line, item.text, item.level) for item in error.problems)


def _read_topics(folder: ContentFolder) -> None:
    data, node, file = _yaml_map(folder, "topics.yml")
    for key, value in data.items():
        line = line_of(node, key)
        if not SLUG.fullmatch(key) or not isinstance(value, dict) or not value.get("label"):
            folder.problems.append(Problem(file, line, f"the topic `{key}` needs an id of small letters and a `label`"))
            continue
        if placeholders(str(value["label"])) != {"condition"}:
            folder.problems.append(
                Problem(file, line, f"the label of `{key}` needs exactly the placeholder {{condition}}")
            )
        following = tuple(str(item) for item in value.get("next") or ())
        folder.topics[key] = Topic(key, f"ask_{key}", str(value["label"]), following)
    for topic in folder.topics.values():
        for name in topic.next:
            if name not in folder.topics:
                folder.problems.append(
                    Problem(file, line_of(node, topic.id), f"`next` of `{topic.id}` names the unknown topic `{name}`")
                )


def _read_messages(folder: ContentFolder) -> None:
    data, node, file = _yaml_map(folder, "messages.yml")
    for key, value in data.items():
        line = line_of(node, key)
        if not isinstance(value, dict) or not str(value.get("text") or "").strip():
            folder.problems.append(Problem(file, line, f"`{key}` needs a `text`"))
            continue
        text, filled = str(value["text"]).strip(), set(value.get("filled") or ())
        try:
            unknown = placeholders(text) - CLINIC_PLACEHOLDERS - filled
        except ValueError:
            folder.problems.append(Problem(file, line, f"`{key}` has a lone brace; write {{name}} or none"))
            continue
        for name in sorted(unknown):
            folder.problems.append(Problem(file, line, f"`{key}` has the unknown placeholder {{{name}}}"))
        folder.messages[key] = text
        folder.message_lines[key] = line


def _read_disclaimers(folder: ContentFolder) -> None:
    for path in sorted((folder.root / "disclaimers").glob("*.md")):
        file = relative(path, folder.root)
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            folder.problems.append(Problem(file, 0, "this is no text in UTF-8"))
            continue
        short, _, full = text.partition("\n---\n")
        if not short.strip() or not full.strip():
            folder.problems.append(
                Problem(file, 1, "a disclaimer is the short form, a line with `---`, and the whole text")
            )
            continue
        folder.disclaimers[path.stem] = DisclaimerText(path.stem, short.strip(), full.strip())
    if not folder.disclaimers:
        folder.problems.append(
            Problem(f"{folder.root.name}/disclaimers", 0, "there is no disclaimer; no answer can be shown without one")
        )
