"""Builds the content store: all files into one SQLite file, in one transaction, moved into place at the end."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from bot.content.article_file import ArticleFile
from bot.content.crosscheck import crosscheck
from bot.content.folder import ContentFolder, read_folder, slug
from bot.content.problems import ContentError
from bot.content.schema import migrations


@dataclass(frozen=True)
class Built:
    """What a build made: its version (sha256 over the rows) and how much is in it."""

    version: str
    articles: int
    answers: int
    facts: int
    drafts: int


def build(content: Path, db_path: Path) -> Built:
    """Builds the folder `content` into `db_path`.

    The same content gives the same version, and the same bytes of every row. Until the last step the old file
    stays as it is.

    Raises:
        ContentError: the content has errors; nothing was written.
        OSError: the new file can't be written.
    """
    folder = read_folder(content)
    folder.problems.extend(crosscheck(folder))
    if folder.errors:
        raise ContentError(folder.errors)
    db_path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".content-", suffix=".db", dir=db_path.parent)
    os.close(handle)
    fresh = Path(name)
    try:
        built = _write(folder, fresh)
        os.chmod(fresh, 0o644)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())  # else a power cut could leave an empty file under the good name
        os.replace(fresh, db_path)
    finally:
        fresh.unlink(missing_ok=True)
    return built


def _write(folder: ContentFolder, path: Path) -> Built:
    db = Database(str(path))
    try:
        db.execute("PRAGMA foreign_keys = ON")
        migrations.apply(db)
        # When a migration ran is no content: two builds of the same files must have the same rows.
        db.execute("UPDATE _sqlite_migrations SET applied_at = ''")
        with db.conn:
            _insert_shared(db, folder)
            for article in folder.approved:
                _insert_article(db, article)
            db.table("meta").insert_all({"key": key, "value": value} for key, value in _meta(folder).items())
            version = content_version(db)
            db.table("meta").insert({"key": "version", "value": version})
        counts = {table: db.table(table).count for table in ("articles", "answers", "facts")}
        db.execute("PRAGMA optimize")
        db.execute("VACUUM")
        return Built(version=version, drafts=len(folder.articles) - len(folder.approved), **counts)
    finally:
        db.close()


def _meta(folder: ContentFolder) -> dict[str, str]:
    clinic = folder.clinic
    assert clinic is not None
    return {
        "clinic": json.dumps(clinic.values(), ensure_ascii=False, sort_keys=True),
        "review_grace_days": str(clinic.review_grace_days),
    }


def _insert_shared(db: Database, folder: ContentFolder) -> None:
    db.table("topics").insert_all(
        {
            "id": topic.id,
            "intent": topic.intent,
            "label": topic.label,
            "next": json.dumps(topic.next),
            "position": position,
        }
        for position, topic in enumerate(folder.topics.values())
    )
    db.table("messages").insert_all({"key": key, "text": text} for key, text in sorted(folder.messages.items()))
    db.table("disclaimers").insert_all(
        {"id": item.id, "short": item.short, "full": item.full} for item in folder.disclaimers.values()
    )


def _insert_article(db: Database, article: ArticleFile) -> None:
    front = article.front
    condition, article_id = str(front["condition"]), Path(article.file).stem
    db.table("conditions").insert({"id": condition, "title": front["title"], "common_name": front["common_name"]})
    db.table("articles").insert(
        {"id": article_id, "condition": condition}
        | {
            key: str(front[key])
            for key in ("title", "status", "version", "reviewed_by", "reviewed_on", "review_due", "disclaimer")
        }
    )
    db.table("sources").insert_all(
        {"article": article_id, "id": source["id"], "title": source["title"], "updated_on": source.get("updated_on")}
        for source in front["sources"]
    )
    _insert_answers(db, article, article_id, condition)
    _insert_facts(db, article, article_id, condition)
    names = dict.fromkeys([str(name) for name in front["names"]] + [str(front["common_name"])])
    db.table("names").insert_all(({"form": name, "kind": "condition", "ref": condition} for name in names), ignore=True)


def _insert_answers(db: Database, article: ArticleFile, article_id: str, condition: str) -> None:
    for topic in article.topics:
        answer_id = f"{condition}.{topic.id}"
        db.table("answers").insert(
            {
                "id": answer_id,
                "condition": condition,
                "article": article_id,
                "topic": topic.id,
                "text": topic.form("answer"),
            }
            | {form: topic.form(form) for form in ("simpler", "short", "more")}
            | {"source": topic.source, "section": topic.section}
        )
        questions = [text for _, text in topic.questions]
        db.table("questions").insert_all(
            {"answer": answer_id, "position": position, "text": text} for position, text in enumerate(questions)
        )
        db.table("answers_search").insert(
            {"answer": answer_id, "questions": "\n".join(questions), "text": topic.form("answer")}
        )


def _insert_facts(db: Database, article: ArticleFile, article_id: str, condition: str) -> None:
    for position, fact in enumerate(article.facts):
        key = slug(fact.name)
        db.table("facts").insert(
            {"key": key, "condition": condition, "article": article_id, "relation": fact.relation, "category": fact.category,
             "name": fact.name, "note": fact.note, "source": fact.source, "section": fact.section, "position": position}
        )  # fmt: skip
        db.table("names").insert_all(
            ({"form": name, "kind": "fact", "ref": key} for name in (fact.name, *fact.also)), ignore=True
        )


CONTENT_TABLES = (
    "meta", "topics", "disclaimers", "messages", "conditions", "articles", "sources", "answers", "questions", "facts", "names",
)  # fmt: skip


def content_version(db: Database) -> str:
    """sha256 over every row of every content table, in a fixed order; the clinic's values are among them.

    To be taken before the version itself is written.
    """
    digest = hashlib.sha256()
    for table in CONTENT_TABLES:
        rows = sorted(json.dumps(list(row), ensure_ascii=False) for row in db.execute(f"SELECT * FROM [{table}]"))
        digest.update(json.dumps([table, rows], ensure_ascii=False).encode())
    return digest.hexdigest()
