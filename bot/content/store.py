"""Reads the content store. Read-only, for many threads; a new release that is moved into place is seen by itself."""

from __future__ import annotations

import json
import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bot.content.models import Answer, Article, Condition, Fact, Name, ReviewState, Topic
from bot.content.reply import DisclaimerText, SourceRef
from bot.content.version import content_version

#: Days of grace when the store does not know the clinic's own number.
DEFAULT_GRACE_DAYS = 0


class StoreError(Exception):
    """The content store is missing or can't be read; the text says which file and what to run."""


@dataclass
class _Release:
    """One opened file: its connection and what is kept in memory. Answers and facts stay on disk."""

    stamp: tuple[int, int, int]
    connection: sqlite3.Connection
    version: str
    topics: dict[str, Topic]
    messages: dict[str, str]
    disclaimers: dict[str, DisclaimerText]
    conditions: dict[str, Condition]
    articles: dict[str, Article]
    names: tuple[Name, ...]
    sources: dict[tuple[str, str], tuple[str, str | None]]
    clinic: dict[str, str]
    grace_days: int
    answers: dict[tuple[str, str], Answer | None] = field(default_factory=dict)


class ContentStore:
    """The approved content.

    Every method reads the newest release of the file. A method that gets an unknown id raises KeyError, unless
    it says otherwise.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._open: _Release | None = None

    @classmethod
    def open(cls, path: Path) -> ContentStore:
        """The store at `path`. Raises: StoreError when it is missing, broken, or not as it was built."""
        store = cls(path)
        store._release()
        return store

    @property
    def version(self) -> str:
        """The release: sha256 over its rows."""
        return self._release().version

    def conditions(self) -> tuple[Condition, ...]:
        """All conditions with an approved article, by id."""
        return tuple(self._release().conditions.values())

    def condition(self, condition: str) -> Condition:
        """One condition."""
        return self._release().conditions[condition]

    def topics(self) -> tuple[Topic, ...]:
        """All topics, in the order of `topics.yml`."""
        return tuple(self._release().topics.values())

    def topic(self, topic: str) -> Topic:
        """One topic."""
        return self._release().topics[topic]

    def article(self, condition: str) -> Article:
        """The article on a condition."""
        return self._release().articles[condition]

    def names(self) -> tuple[Name, ...]:
        """Every surface form of conditions and facts."""
        return self._release().names

    def message(self, key: str, **values: str) -> str:
        """A fixed text of `messages.yml`, filled with the clinic's values and `values`."""
        release = self._release()
        return release.messages[key].format_map(release.clinic | values)

    def messages(self) -> dict[str, str]:
        """All fixed texts by key, not yet filled."""
        return dict(self._release().messages)

    def disclaimers(self) -> tuple[DisclaimerText, ...]:
        """All disclaimers."""
        return tuple(self._release().disclaimers.values())

    def disclaimer(self, disclaimer: str) -> DisclaimerText:
        """One disclaimer."""
        return self._release().disclaimers[disclaimer]

    def disclaimer_for(self, condition: str) -> DisclaimerText:
        """The disclaimer of the article on a condition."""
        return self.disclaimer(self.article(condition).disclaimer)

    def review_state(self, condition: str, today: date | None = None) -> ReviewState:
        """Whether the article may be answered from: `current`, `grace` (with a notice) or `withdrawn`.

        `today` is the system's date when None.
        """
        release = self._release()
        due = date.fromisoformat(release.articles[condition].review_due)
        now = today or date.today()
        if now <= due:
            return "current"
        return "grace" if now <= due + timedelta(days=release.grace_days) else "withdrawn"

    def is_withdrawn(self, condition: str, today: date | None = None) -> bool:
        """Whether the article is so far past its review date that it is not shown any more."""
        return self.review_state(condition, today) == "withdrawn"

    def answer(self, condition: str, topic: str, today: date | None = None) -> Answer | None:
        """The answer, or None when there is none or its article is withdrawn."""
        release = self._release()
        if condition not in release.articles:
            return None
        state = self.review_state(condition, today)
        if state == "withdrawn":
            return None
        key = (condition, topic)
        if key not in release.answers:
            rows = self._rows(release, "SELECT * FROM answers WHERE condition = ? AND topic = ?", key)
            release.answers[key] = self._answer(release, rows[0]) if rows else None
        found = release.answers[key]
        return found if found is None or state == found.review_state else _with_state(found, state)

    def answers(self, condition: str | None = None, today: date | None = None) -> tuple[Answer, ...]:
        """All answers that may be shown, of one condition or of all, in the order of the topics."""
        conditions = [condition] if condition else [item.id for item in self.conditions()]
        found = (self.answer(item, topic.id, today) for item in conditions for topic in self.topics())
        return tuple(answer for answer in found if answer)

    def facts(self, condition: str) -> tuple[Fact, ...]:
        """The facts of a condition, in the order of the article."""
        release = self._release()
        rows = self._rows(release, "SELECT * FROM facts WHERE condition = ? ORDER BY position", (condition,))
        return tuple(self._fact(release, row) for row in rows)

    def facts_by_key(self, key: str, condition: str | None = None) -> tuple[Fact, ...]:
        """What the articles say of one thing: a fact can stand in several relations. Empty when nothing."""
        release = self._release()
        rows = self._rows(release, "SELECT * FROM facts WHERE key = ? ORDER BY condition, position", (key,))
        return tuple(self._fact(release, row) for row in rows if condition in (None, row["condition"]))

    # --- opening ---

    def _release(self) -> _Release:
        with self._lock:
            try:
                stat = self.path.stat()
            except OSError:
                raise StoreError(f"There is no content store at {self.path}. Run `bot content build`.") from None
            stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if self._open is None or self._open.stamp != stamp:
                self._open = self._load(stamp)
            return self._open

    def _load(self, stamp: tuple[int, int, int]) -> _Release:
        try:
            # A release is never changed in place, so no lock is taken and none can block us.
            connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            connection.row_factory = sqlite3.Row
            return self._read(stamp, connection)
        except (sqlite3.DatabaseError, IndexError, KeyError, ValueError) as error:
            raise StoreError(
                f"The content store at {self.path} can't be read ({type(error).__name__}). Run `bot content build`."
            ) from None

    @staticmethod
    def _read(stamp: tuple[int, int, int], connection: sqlite3.Connection) -> _Release:
        def rows(table: str, order: str = "1") -> list[sqlite3.Row]:
            return connection.execute(f"SELECT * FROM [{table}] ORDER BY {order}").fetchall()

        meta = {row["key"]: row["value"] for row in rows("meta")}
        if content_version(connection) != meta["version"]:
            raise ValueError("the rows are not those that were built")
        clinic = json.loads(meta["clinic"])
        names = tuple(Name(row["form"], row["kind"], row["ref"]) for row in rows("names", "kind, form, ref"))
        forms: dict[str, list[str]] = {}
        for name in names:
            if name.kind == "condition":
                forms.setdefault(name.ref, []).append(name.form)
        return _Release(
            stamp=stamp,
            connection=connection,
            version=meta["version"],
            topics={
                row["id"]: Topic(row["id"], row["intent"], tuple(json.loads(row["next"])))
                for row in rows("topics", "position")
            },
            messages={row["key"]: row["text"] for row in rows("messages")},
            disclaimers={
                row["id"]: DisclaimerText(row["id"], row["short"], row["full"]) for row in rows("disclaimers")
            },
            conditions={
                row["id"]: Condition(row["id"], row["title"], row["common_name"], tuple(forms.get(row["id"], ())))
                for row in rows("conditions", "id")
            },
            articles={
                row["condition"]: Article(**{key: row[key] for key in Article.__dataclass_fields__})
                for row in rows("articles")
            },
            names=names,
            sources={(row["article"], row["id"]): (row["title"], row["updated_on"]) for row in rows("sources")},
            clinic=clinic,
            grace_days=int(meta.get("review_grace_days", DEFAULT_GRACE_DAYS)),
        )

    def _rows(self, release: _Release, sql: str, values: tuple[Any, ...]) -> list[sqlite3.Row]:
        with self._lock:
            return release.connection.execute(sql, values).fetchall()

    @staticmethod
    def _source(release: _Release, row: sqlite3.Row) -> SourceRef:
        title, updated_on = release.sources[row["article"], row["source"]]
        article = release.articles[row["condition"]]
        return SourceRef(article.title, row["section"], title, article.reviewed_on, updated_on)

    def _answer(self, release: _Release, row: sqlite3.Row) -> Answer:
        sql = "SELECT text FROM questions WHERE answer = ? ORDER BY position"
        questions = tuple(item["text"] for item in self._rows(release, sql, (row["id"],)))
        article = release.articles[row["condition"]]
        return Answer(
            questions=questions,
            source=self._source(release, row),
            disclaimer=release.disclaimers[article.disclaimer],
            **{key: row[key] for key in ("id", "condition", "topic", "text", "simpler", "short", "more")},
        )

    def _fact(self, release: _Release, row: sqlite3.Row) -> Fact:
        return Fact(
            source=self._source(release, row),
            **{key: row[key] for key in ("key", "condition", "relation", "category", "name", "note")},
        )


def _with_state(answer: Answer, state: ReviewState) -> Answer:
    return Answer(**{**answer.__dict__, "review_state": state})
