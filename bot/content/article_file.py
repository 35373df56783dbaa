"""Reads an article file: front matter, topics and facts, each with its line. docs/content-guide.md shows the format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.content.files import read_text
from bot.content.models import RELATIONS
from bot.content.problems import ContentError, Problem
from bot.content.yaml_lines import line_of, load_yaml, plain

FORMS = ("answer", "simpler", "short", "more")
TOPIC = re.compile(r"##\s+Topic:\s*(?P<id>\S+)\s*")
FACTS = re.compile(r"##\s+Facts:\s*(?P<relation>\S+)\s*")
FORM = re.compile(r"###\s+(?P<form>\w+)\s*")
#: What a word can be that an article explains and no more.
TERM_KINDS = ("illness", "body")
FREE = re.compile(r"##\s+(?:Notes|Not placed)\b.*")
SOURCE = re.compile(r'Source:\s*(?P<source>[\w-]+)\s*,\s*section\s+"(?P<section>[^"]+)"\s*')
QUESTION = re.compile(r"Question:\s*(?P<text>.+?)\s*")
FACT = re.compile(
    r"-\s+(?P<name>[^(\[{]+?)\s*(?:\(also:\s*(?P<also>[^)]*)\))?\s*\[(?P<category>[^\]]+)\]\s*"
    r'\{(?P<source>[\w-]+)\s*,\s*"(?P<section>[^"]+)"\}\s*(?P<note>.*)'
)


@dataclass
class TopicSection:
    """One `## Topic:` with its lines."""

    id: str
    line: int
    source: str = ""
    section: str = ""
    questions: list[tuple[int, str]] = field(default_factory=list)
    forms: dict[str, tuple[int, str]] = field(default_factory=dict)

    def form(self, name: str) -> str:
        """The text of one form ("" where there is none)."""
        return self.forms.get(name, (0, ""))[1]


@dataclass(frozen=True)
class FactLine:
    """One bullet of a `## Facts:` section."""

    line: int
    relation: str
    name: str
    also: tuple[str, ...]
    category: str
    source: str
    section: str
    note: str


@dataclass
class ArticleFile:
    """An article file as read; `problems` holds what could not be read."""

    file: str
    front: dict[str, Any] = field(default_factory=dict)
    front_lines: dict[str, int] = field(default_factory=dict)
    source_lines: list[int] = field(default_factory=list)
    topics: list[TopicSection] = field(default_factory=list)
    facts: list[FactLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_draft(self) -> bool:
        """A draft is never answered from: it says so itself, or no reviewer's name and date are in it."""
        front = self.front
        return front.get("status") != "approved" or not front.get("reviewed_by") or not front.get("reviewed_on")

    @property
    def is_unfinished(self) -> bool:
        """A draft by intention, not by a mistyped status: its faults are warnings and keep nothing from being built."""
        return self.is_draft and self.front.get("status") in ("draft", "approved")


def read_article(path: Path, file: str) -> ArticleFile:
    """Reads one file; never raises for what is in it: see `ArticleFile.problems`.

    Args:
        path: The file.
        file: Its name as shown in problems.
    """
    article = ArticleFile(file)
    try:
        _Reader(article, read_text(path, file)).read()
    except ContentError as error:
        article.problems.extend(error.problems)
    return article


class _Reader:
    """Walks the lines once; knows which section it is in."""

    def __init__(self, article: ArticleFile, text: str) -> None:
        self.article = article
        self.lines = text.split("\n")
        self.topic: TopicSection | None = None
        self.relation: str | None = None
        self.form: str | None = None
        self.free = False

    def problem(self, line: int, text: str) -> None:
        self.article.problems.append(Problem(self.article.file, line, text))

    def read(self) -> None:
        body = self._front_matter()
        if body is None:
            return
        for number, line in enumerate(self.lines[body:], body + 1):
            self._line(number, line)
        for topic in self.article.topics:
            topic.forms = {name: (line, text.strip()) for name, (line, text) in topic.forms.items()}

    def _front_matter(self) -> int | None:
        """Reads what stands between the two `---` lines; gives the number of lines it takes."""
        if not self.lines or self.lines[0].strip() != "---":
            self.problem(1, "the front matter is missing: the first line must be `---`")
            return None
        end = next((index for index, line in enumerate(self.lines[1:], 1) if line.strip() == "---"), None)
        if end is None:
            self.problem(1, "the front matter has no end: put `---` on a line of its own after it")
            return None
        node = load_yaml("\n".join(self.lines[1:end]), self.article.file, first_line=2)
        if not isinstance(node, dict):
            self.problem(1, "the front matter must be `field: value` lines")
            return None
        self.article.front = plain(node)
        self.article.front_lines = {str(key): line_of(node, key, 2) for key in node}
        sources = node.get("sources")
        self.article.source_lines = (
            [line_of(sources, index, 2) for index in range(len(sources or []))] if isinstance(sources, list) else []
        )
        return end + 1

    def _line(self, number: int, line: str) -> None:
        if line.startswith("## "):
            self._section(number, line)
        elif self.free:
            return
        elif line.startswith("### ") and self.topic:
            self._form(number, line)
        elif self.form and self.topic:
            start, text = self.topic.forms[self.form]
            self.topic.forms[self.form] = (start, f"{text}\n{line.rstrip()}")
        elif line.strip() and not line.lstrip().startswith("<!--"):
            self._content(number, line)

    def _section(self, number: int, line: str) -> None:
        self.topic, self.relation, self.form, self.free = None, None, None, False
        if found := TOPIC.fullmatch(line):
            self.topic = TopicSection(found["id"], number)
            self.article.topics.append(self.topic)
        elif found := FACTS.fullmatch(line):
            self.relation = found["relation"]
            if self.relation not in RELATIONS:
                self.problem(number, f"unknown relation `{self.relation}`; one of {', '.join(RELATIONS)}")
        elif FREE.fullmatch(line):
            self.free = True
        else:
            self.problem(number, "unknown heading; use `## Topic: …`, `## Facts: …`, `## Notes` or `## Not placed`")
            self.free = True

    def _form(self, number: int, line: str) -> None:
        found = FORM.fullmatch(line.rstrip())
        name = found["form"].lower() if found else ""
        if name not in FORMS:
            self.problem(number, f"unknown part; use {', '.join(f'`### {form.capitalize()}`' for form in FORMS)}")
            name = "unknown"
        assert self.topic is not None
        if name in self.topic.forms:
            self.problem(number, f"`### {name.capitalize()}` stands twice in this topic; keep one")
        self.form = name
        self.topic.forms[name] = (number, "")

    def _content(self, number: int, line: str) -> None:
        if self.relation:
            self._fact(number, line)
        elif self.topic and (found := SOURCE.fullmatch(line)):
            self.topic.source, self.topic.section = found["source"], found["section"]
        elif self.topic and (found := QUESTION.fullmatch(line)):
            self.topic.questions.append((number, found["text"]))
        elif self.topic:
            self.problem(number, 'expected `Question: …`, `Source: id, section "…"` or `### Answer`')
        else:
            self.problem(number, "this text stands in no section; put it under a `## Topic:` or `## Notes`")

    def _fact(self, number: int, line: str) -> None:
        found = FACT.fullmatch(line.strip())
        if not found:
            self.problem(number, 'a fact is `- Name (also: other names) [category] {source, "section"} One sentence.`')
            return
        if self.relation == "term" and found["category"].strip() not in TERM_KINDS:
            self.problem(number, f"the kind of a term is one of {', '.join(f'[{kind}]' for kind in TERM_KINDS)}")
        also = tuple(name.strip() for name in (found["also"] or "").split(",") if name.strip())
        self.article.facts.append(
            FactLine(number, str(self.relation), found["name"].strip(), also, found["category"].strip(),
                     found["source"], found["section"], found["note"].strip())
        )  # fmt: skip
