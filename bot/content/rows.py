"""The rows of the store, made from the content folder: table by table, in the order in which they can be put in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.content.article_file import ArticleFile
from bot.content.folder import ContentFolder, slug

Row = dict[str, Any]
ARTICLE_FIELDS = ("title", "status", "version", "reviewed_by", "reviewed_on", "review_due", "disclaimer")


def all_rows(folder: ContentFolder) -> dict[str, list[Row]]:
    """Every row by table; a table comes after those that its foreign keys name."""
    rows = _shared(folder)
    for table in ("conditions", "articles", "sources", "answers", "questions", "facts"):
        rows[table] = []
    names: dict[tuple[str, str, str], None] = {}
    for article in folder.approved:
        for table, row in _article(article):
            rows[table].append(row)
        names |= dict.fromkeys(_names(article))
    rows["names"] = [{"form": form, "kind": kind, "ref": ref} for form, kind, ref in names]
    return rows


def _shared(folder: ContentFolder) -> dict[str, list[Row]]:
    clinic = folder.clinic
    assert clinic is not None
    values = json.dumps(clinic.values(), ensure_ascii=False, sort_keys=True)
    return {
        "meta": [
            {"key": "clinic", "value": values},
            {"key": "review_grace_days", "value": str(clinic.review_grace_days)},
        ],
        "topics": [
            {"id": item.id, "intent": item.intent, "next": json.dumps(item.next), "position": position}
            for position, item in enumerate(folder.topics.values())
        ],
        "messages": [{"key": key, "text": item.text} for key, item in sorted(folder.messages.items())],
        "disclaimers": [
            {"id": item.id, "short": item.short, "full": item.full} for item in folder.disclaimers.values()
        ],
    }  # fmt: skip


def _article(article: ArticleFile) -> Iterator[tuple[str, Row]]:
    front, article_id = article.front, Path(article.file).stem
    condition = str(front["condition"])
    yield "conditions", {"id": condition, "title": front["title"], "common_name": front["common_name"]}
    fields = {key: str(front[key]) for key in ARTICLE_FIELDS}
    yield "articles", {"id": article_id, "condition": condition} | fields
    for source in front["sources"]:
        yield (
            "sources",
            {
                "article": article_id,
                "id": source["id"],
                "title": source["title"],
                "updated_on": source.get("updated_on"),
            },
        )
    where = {"condition": condition, "article": article_id}
    yield from _answers(article, where)
    for position, fact in enumerate(article.facts):
        said = {key: getattr(fact, key) for key in ("relation", "category", "name", "note", "source", "section")}
        yield "facts", {"key": slug(fact.name)} | where | said | {"position": position}


def _answers(article: ArticleFile, where: Row) -> Iterator[tuple[str, Row]]:
    for topic in article.topics:
        answer, text = f"{where['condition']}.{topic.id}", topic.form("answer")
        forms = {form: topic.form(form) for form in ("simpler", "short", "more")}
        rest = {"source": topic.source, "section": topic.section}
        yield "answers", {"id": answer} | where | {"topic": topic.id, "text": text} | forms | rest
        for position, (_, question) in enumerate(topic.questions):
            yield "questions", {"answer": answer, "position": position, "text": question}


def _names(article: ArticleFile) -> Iterator[tuple[str, str, str]]:
    front = article.front
    for name in [*front["names"], front["common_name"]]:
        yield str(name), "condition", str(front["condition"])
    for fact in article.facts:
        for name in (fact.name, *fact.also):
            yield name, "fact", slug(fact.name)
