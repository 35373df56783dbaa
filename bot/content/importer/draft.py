"""Puts the parts together as a draft article file, in the format that docs/content-guide.md describes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from bot.content.article_file import read_article
from bot.content.folder import slug
from bot.content.importer.facts import FoundFact, facts_in
from bot.content.importer.sections import Parts, Section, find_parts
from bot.content.importer.source import ImportProblem, read_source

SOURCE_ID = "source-1"
TO_DO = "REWRITE in plain words, grade 6 or below, then review:"


@dataclass(frozen=True)
class Imported:
    """What an import made."""

    path: Path
    topics: tuple[str, ...]
    facts: int
    not_placed: int


def import_article(
    source: Path, articles: Path, condition: str | None = None, title: str | None = None, force: bool = False
) -> Imported:
    """Writes `<condition>.md` into `articles` as a draft.

    Args:
        source: The raw article.
        articles: The folder `content/articles`.
        condition: Id of the condition; guessed from the article's first words when None.
        title: Title of the article; the same.
        force: Write over an existing file.

    Raises:
        ImportProblem: the source can't be read, no condition was found, or the draft exists already.
    """
    lines = read_source(source)
    parts = find_parts(lines)
    names = condition_names(lines)
    name = title or (names[0] if names else "")
    identifier = slug(condition or name)
    if not identifier:
        raise ImportProblem(f"{source.name}: no condition was found in the text; name it with --condition")
    target = articles / f"{identifier}.md"
    if target.exists() and not force:
        raise ImportProblem(f"{target} is there already; give another --condition, or --force to write over it")
    if target.exists() and not read_article(target, target.name).is_draft:
        raise ImportProblem(
            f"{target} is a reviewed article; an import never writes over one. Give another --condition"
        )
    topics, facts, text = _draft(parts, identifier, name or identifier, names, source.name)
    articles.mkdir(parents=True, exist_ok=True)
    fresh = target.with_suffix(".md.new")
    fresh.write_text(text, "utf-8")
    os.replace(fresh, target)
    return Imported(target, tuple(topics), len(facts), len(parts.leftovers))


def condition_names(lines: list[str]) -> list[str]:
    """Names of the condition: the title, and what stands in "X (or Y, or Z)" at the beginning."""
    first = next((line.removeprefix("# ") for line in lines if line[:1] not in "-|"), "")
    found = re.match(r"^([A-Z][\w' -]{2,60}?)\s*\((?:or|also called|also known as)\s+([^)]*)\)", first)
    if found:
        others = re.split(r",\s*(?:or\s+)?|\s+or\s+|;", re.split(r",?\s*from\b", found[2])[0])
        return [found[1].strip().lower(), *(other.strip().lower() for other in others if other.strip())]
    if len(first.split()) <= 8 and first[-1:] not in ".!?":
        return [first.lower()]
    found = re.match(r"^(?:A |An |The )?([A-Z]?[\w' -]{2,60}?)\s+(?:is|are)\b", first)
    return [found[1].lower()] if found else []


def _draft(
    parts: Parts, identifier: str, name: str, names: list[str], file: str
) -> tuple[list[str], list[FoundFact], str]:
    by_topic: dict[str, list[Section]] = {}
    for section in parts.sections:
        if section.topic:
            by_topic.setdefault(section.topic, []).append(section)
        else:
            parts.leftovers += [section.heading, *section.lines]
    questions: dict[str, list[tuple[str, str]]] = {}
    for question, answer, topic in parts.questions:
        if topic:
            questions.setdefault(topic, []).append((question, answer))
        else:
            parts.leftovers += [question, answer]
    topics = list(dict.fromkeys([*by_topic, *questions]))
    facts = [
        fact for topic, sections in by_topic.items() for section in sections for fact in facts_in(topic, section.lines)
    ]
    facts = list({(fact.relation, slug(fact.name)): fact for fact in facts if slug(fact.name)}.values())
    out = _front(identifier, name, names, parts, file)
    for topic in topics:
        out += _topic(topic, by_topic.get(topic, []), questions.get(topic, []))
    out += _facts(facts)
    if parts.disclaimer:
        out += ["## Notes", "The source's own disclaimer:", *(f"> {line}" for line in parts.disclaimer), ""]
    out += ["## Not placed", *([f"> {line}" for line in parts.leftovers if line] or ["Nothing."]), ""]
    return topics, facts, "\n".join(out)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "").replace('"', "'") + '"'


def _front(identifier: str, name: str, names: list[str], parts: Parts, file: str) -> list[str]:
    updated = [f"    updated_on: {parts.updated_on}"] if parts.updated_on else []
    return [
        "---",
        f"title: {_quoted(name.capitalize())}",
        f"condition: {identifier}",
        f"common_name: {_quoted(name.lower())}",
        "names:",
        *(f"  - {_quoted(item)}" for item in dict.fromkeys([*names, name.lower()])),
        "status: draft",
        'version: "1"',
        "sources:",
        f"  - id: {SOURCE_ID}",
        f"    title: {_quoted(file)}",
        *updated,
        "reviewed_by:",
        "reviewed_on:",
        "review_due:",
        "disclaimer: general",
        "---",
        "",
    ]


def _topic(topic: str, sections: list[Section], questions: list[tuple[str, str]]) -> list[str]:
    heading = next((section.heading for section in sections if section.heading), "") or (
        questions[0][0] if questions else "Beginning"
    )
    heading = heading.replace('"', "'")
    out = [f"## Topic: {topic}", f'Source: {SOURCE_ID}, section "{heading}"']
    out += [f"Question: {question}" for question, _ in questions]
    out += ["", "### Answer", TO_DO]
    out += [line for section in sections for line in section.lines]
    out += [answer for _, answer in questions]
    return [*out, "", "### Simpler", "", "### Short", ""]


def _facts(facts: list[FoundFact]) -> list[str]:
    out: list[str] = []
    for relation in dict.fromkeys(fact.relation for fact in facts):
        out += [f"## Facts: {relation}"]
        for fact in facts:
            if fact.relation == relation:
                category = re.sub(r"[\[\]]", "", fact.category).lower()
                out.append(f'- {fact.name} [{category}] {{{SOURCE_ID}, "{relation}"}} {TO_DO} {fact.said}')
        out.append("")
    return out
