"""Checks that need more than one line or file: what is missing, what is named twice, what names something unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from bot.content.article_file import ArticleFile, TopicSection
from bot.content.folder import SLUG, ContentFolder, iso_date, slug
from bot.content.problems import Problem
from bot.content.shapes import shape_faults

REQUIRED = ("title", "condition", "common_name", "names", "sources", "version", "review_due", "disclaimer")


def crosscheck(folder: ContentFolder) -> list[Problem]:
    """Problems in and between the articles that were read. Files that could not be read are passed over."""
    readable = [article for article in folder.articles if article.front]
    return [
        *(problem for article in readable for problem in as_level(article, _article(article, folder))),
        *_twice(readable),
    ]


def as_level(article: ArticleFile, problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems of one article. Someone is still at work on a draft: there they are only warnings."""
    for problem in problems:
        yield replace(problem, level="warning") if article.is_unfinished else problem


def _at(article: ArticleFile, key: str) -> int:
    return article.front_lines.get(key, 1)


def _article(article: ArticleFile, folder: ContentFolder) -> Iterator[Problem]:
    front, file = article.front, article.file
    faults = list(shape_faults(front))
    for path, says in faults:
        yield Problem(file, _at(article, str(path[0])) if path else 1, says)
    if faults:
        return
    if front.get("status") not in ("draft", "approved"):
        yield Problem(file, _at(article, "status"), "`status` must be `draft` or `approved`")
    if article.is_draft:
        yield Problem(file, _at(article, "status"), _why_draft(front), "warning")
    missing = [key for key in REQUIRED if not front.get(key) and not (article.is_draft and key == "review_due")]
    for key in missing:
        yield Problem(file, 1, f"the field `{key}` is missing in the front matter")
    if missing:
        return
    yield from _front(article, folder)
    yield from _topics(article, folder)
    yield from _facts(article)


def _why_draft(front: dict[str, Any]) -> str:
    lacking = [key for key in ("reviewed_by", "reviewed_on") if not front.get(key)]
    why = f"{' and '.join(lacking)} missing" if lacking else "status is not `approved`"
    return f"this is a draft ({why}); it is not answered from"


def _front(article: ArticleFile, folder: ContentFolder) -> Iterator[Problem]:
    front, file = article.front, article.file
    if not SLUG.fullmatch(str(front["condition"])):
        yield Problem(file, _at(article, "condition"), "`condition` is an id: small letters, digits and hyphens")
    for key in ("reviewed_on", "review_due"):
        if front.get(key) and iso_date(front[key]) is None:
            yield Problem(file, _at(article, key), f"`{key}` must be a date such as 2026-01-31")
    if front["disclaimer"] not in folder.disclaimers:
        known = ", ".join(sorted(folder.disclaimers)) or "none"
        yield Problem(
            file, _at(article, "disclaimer"), f"unknown disclaimer `{front['disclaimer']}`; there is: {known}"
        )
    sources = front["sources"]
    for index, source in enumerate(sources):
        if source.get("updated_on") is not None and iso_date(source["updated_on"]) is None:
            yield Problem(
                file, article.source_lines[index], "`updated_on` must be a date such as 2026-01-31, or left out"
            )


def _source_ids(article: ArticleFile) -> set[str]:
    return {str(item["id"]) for item in article.front["sources"]}


def _topics(article: ArticleFile, folder: ContentFolder) -> Iterator[Problem]:
    if not article.topics:
        yield Problem(article.file, 1, "the article has no `## Topic: …`")
    seen: set[str] = set()
    for topic in article.topics:
        if topic.id not in folder.topics:
            says = f"unknown topic `{topic.id}`; one of {', '.join(folder.topics)}"
            yield Problem(article.file, topic.line, says)
        if topic.id in seen:
            yield Problem(article.file, topic.line, f"the topic `{topic.id}` stands twice; keep one")
        seen.add(topic.id)
        yield from _topic(article, topic)


def _topic(article: ArticleFile, topic: TopicSection) -> Iterator[Problem]:
    file, line, known = article.file, topic.line, _source_ids(article)
    if not topic.form("answer"):
        yield Problem(file, line, f"the topic `{topic.id}` has no `### Answer`")
    for form in ("simpler", "short"):
        if not topic.form(form):
            says = f"the topic `{topic.id}` has no `### {form.capitalize()}`; people ask for it"
            yield Problem(file, line, says, "warning")
    if not topic.questions:
        yield Problem(file, line, f"the topic `{topic.id}` has no `Question: …`; its button would be empty")
    if not topic.source:
        yield Problem(file, line, f'the topic `{topic.id}` has no `Source: id, section "…"`')
    elif topic.source not in known:
        yield Problem(file, line, f"unknown source `{topic.source}`; one of {', '.join(sorted(known))}")


def _facts(article: ArticleFile) -> Iterator[Problem]:
    known, seen = _source_ids(article), dict[tuple[str, str], int]()
    for fact in article.facts:
        if not fact.note:
            yield Problem(article.file, fact.line, f"the fact `{fact.name}` has no sentence after its source")
        if fact.source not in known:
            yield Problem(article.file, fact.line, f"unknown source `{fact.source}`; one of {', '.join(sorted(known))}")
        key = (fact.relation, slug(fact.name))
        if key in seen:
            yield Problem(article.file, fact.line, f"the fact `{fact.name}` stands on line {seen[key]} already")
        seen.setdefault(key, fact.line)


def _twice(articles: list[ArticleFile]) -> Iterator[Problem]:
    """Two articles on one condition, or one name for two conditions. While one is a draft it is only a warning."""
    conditions: dict[str, ArticleFile] = {}
    names: dict[str, ArticleFile] = {}
    for article in sorted(articles, key=lambda article: article.is_draft):
        condition = str(article.front.get("condition") or "")
        other = conditions.setdefault(condition, article) if condition else article
        if other is not article:
            says = f"{other.file} is about `{condition}` already; merge them or rename one"
            yield from as_level(article, [Problem(article.file, _at(article, "condition"), says)])
        own = [*_list(article.front.get("names")), article.front.get("common_name"), article.front.get("title")]
        for name in dict.fromkeys(str(name).lower() for name in own if name):
            owner = names.setdefault(name, article)
            if owner is not article and owner.front.get("condition") != condition:
                says = f'the name "{name}" belongs to {owner.file} already'
                yield from as_level(article, [Problem(article.file, _at(article, "names"), says)])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
