"""Checks that need more than one line or file: what is missing, what is named twice, what names something unknown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.content.article_file import ArticleFile
from bot.content.folder import SLUG, ContentFolder, iso_date, slug
from bot.content.problems import Problem

REQUIRED = ("title", "condition", "common_name", "names", "sources", "version", "review_due", "disclaimer")


def crosscheck(folder: ContentFolder) -> list[Problem]:
    """Problems in and between the articles that were read. Files that could not be read are passed over."""
    readable = [article for article in folder.articles if article.front]
    return [
        *(problem for article in readable for problem in _article(article, folder)),
        *_twice(readable),
    ]


def _at(article: ArticleFile, key: str) -> int:
    return article.front_lines.get(key, 1)


def _article(article: ArticleFile, folder: ContentFolder) -> Iterator[Problem]:
    front, file = article.front, article.file
    if front.get("status") not in ("draft", "approved"):
        yield Problem(file, _at(article, "status"), "`status` must be `draft` or `approved`")
    if article.is_draft:
        yield Problem(file, _at(article, "status"), _why_draft(front), "warning")
        return
    missing = [key for key in REQUIRED if not front.get(key)]
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
    if not isinstance(front["names"], list):
        yield Problem(file, _at(article, "names"), "`names` must be a list")
    for key in ("reviewed_on", "review_due"):
        if iso_date(front[key]) is None:
            yield Problem(file, _at(article, key), f"`{key}` must be a date such as 2026-01-31")
    if front["disclaimer"] not in folder.disclaimers:
        known = ", ".join(sorted(folder.disclaimers)) or "none"
        yield Problem(
            file, _at(article, "disclaimer"), f"unknown disclaimer `{front['disclaimer']}`; there is: {known}"
        )
    sources = front["sources"]
    if not isinstance(sources, list) or not all(
        isinstance(item, dict) and item.get("id") and item.get("title") for item in sources
    ):
        yield Problem(
            file, _at(article, "sources"), "`sources` is a list; each needs `id` and `title` (and `updated_on`)"
        )
        return
    for index, source in enumerate(sources):
        if source.get("updated_on") is not None and iso_date(source["updated_on"]) is None:
            yield Problem(
                file, article.source_lines[index], "`updated_on` must be a date such as 2026-01-31, or left out"
            )


def _source_ids(article: ArticleFile) -> set[str]:
    sources = article.front.get("sources")
    return {str(item.get("id")) for item in sources if isinstance(item, dict)} if isinstance(sources, list) else set()


def _topics(article: ArticleFile, folder: ContentFolder) -> Iterator[Problem]:
    file, known = article.file, _source_ids(article)
    if not article.topics:
        yield Problem(file, 1, "the article has no `## Topic: …`")
    seen: set[str] = set()
    for topic in article.topics:
        if topic.id not in folder.topics:
            yield Problem(file, topic.line, f"unknown topic `{topic.id}`; one of {', '.join(folder.topics)}")
        if topic.id in seen:
            yield Problem(file, topic.line, f"the topic `{topic.id}` stands twice; keep one")
        seen.add(topic.id)
        if not topic.form("answer"):
            yield Problem(file, topic.line, f"the topic `{topic.id}` has no `### Answer`")
        if not topic.questions:
            yield Problem(file, topic.line, f"the topic `{topic.id}` has no `Question: …`; its button would be empty")
        if not topic.source:
            yield Problem(file, topic.line, f'the topic `{topic.id}` has no `Source: id, section "…"`')
        elif topic.source not in known:
            yield Problem(file, topic.line, f"unknown source `{topic.source}`; one of {', '.join(sorted(known))}")


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
    """Two articles on one condition, or one name for two conditions."""
    conditions: dict[str, ArticleFile] = {}
    names: dict[str, ArticleFile] = {}
    for article in articles:
        condition = str(article.front.get("condition") or "")
        other = conditions.setdefault(condition, article) if condition else article
        if other is not article:
            yield Problem(
                article.file,
                _at(article, "condition"),
                f"{other.file} is about `{condition}` already; merge them or rename one",
            )
        for name in article.front.get("names") or ():
            owner = names.setdefault(str(name).lower(), article)
            if owner is not article and owner.front.get("condition") != condition:
                yield Problem(article.file, _at(article, "names"), f'the name "{name}" belongs to {owner.file} already')
