"""Which content was shown when: one line a release in `content/history.jsonl`, kept with the content itself."""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bot.content.build import build
from bot.content.problems import ContentError, Problem
from bot.content.store import ContentStore

FILE = "history.jsonl"
#: What is noted of each article.
ARTICLE_KEYS = ("condition", "version", "reviewed_by", "reviewed_on")


@dataclass(frozen=True)
class Release:
    """One release: its version (the one in every answer), its articles, and the texts that differ from before.

    `texts` maps the id of each text that patients can read to the sha256 of its words, so that it can be proved
    what was shown: answers (`leukopenia.causes`), facts (`leukopenia.cause.clozapine`), fixed texts
    (`message:greeting`) and disclaimers (`disclaimer:general`).
    """

    version: str
    noted_on: str
    articles: tuple[dict[str, str], ...]
    texts: dict[str, str]
    changed: tuple[str, ...]


def read_history(content: Path) -> list[Release]:
    """All releases, oldest first. Raises: ContentError naming the line that can't be read."""
    path = content / FILE
    if not path.is_file():
        return []
    releases = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            releases.append(_read_release(json.loads(line)))
        except (ValueError, TypeError, KeyError):
            raise ContentError(
                [Problem(f"{content.name}/{FILE}", number, "this line is damaged; restore it")]
            ) from None
    return releases


def _read_release(data: dict[str, Any]) -> Release:
    """Raises: ValueError, TypeError or KeyError for what `note_release` never writes."""
    release = Release(**{**data, "articles": tuple(map(dict, data["articles"])), "changed": tuple(data["changed"])})
    words = (release.version, release.noted_on, *release.changed, *release.texts, *release.texts.values())
    words += tuple(article[key] for article in release.articles for key in ARTICLE_KEYS)
    if not all(isinstance(word, str) for word in words):
        raise TypeError("not a text")
    return release


def note_release(content: Path, today: date | None = None, nlu: Path | None = None) -> Release | None:
    """Adds the content as it is now to the history; None when it is the last release already.

    Args:
        content: The folder.
        today: The date that is noted; the system's date when None.
        nlu: `data/nlu`, see `bot.content.check.check`.

    Raises:
        ContentError: the content has errors, or the history is damaged.
    """
    releases = read_history(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content.db"
        build(content, path, nlu)
        release = _release(ContentStore.open(path), releases, today or date.today())
    if releases and releases[-1].version == release.version:
        return None
    with (content / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(release), ensure_ascii=False, sort_keys=True) + "\n")
    return release


def unnoted(content: Path) -> str | None:
    """The version of the content as it is now when the history does not have it, else None.

    Raises:
        ContentError: the content has errors, or the history is damaged.
    """
    releases = read_history(content)
    with tempfile.TemporaryDirectory() as folder:
        version = build(content, Path(folder) / "content.db").version
    return None if version in {release.version for release in releases} else version


def _texts(store: ContentStore) -> dict[str, str]:
    words: dict[str, tuple[str, ...]] = {}
    for condition in store.conditions():
        for topic in store.topics():
            if answer := store.answer(condition.id, topic.id, date.min):
                words[answer.id] = (*answer.questions, answer.text, answer.simpler, answer.short, answer.more)
        for fact in store.facts(condition.id):
            words[f"{condition.id}.{fact.relation}.{fact.key}"] = (fact.name, fact.note)
    words |= {f"message:{key}": (text,) for key, text in store.messages().items()}
    words |= {f"disclaimer:{item.id}": (item.short, item.full) for item in store.disclaimers()}
    return {key: hashlib.sha256("\0".join(parts).encode()).hexdigest() for key, parts in sorted(words.items())}


def _release(store: ContentStore, earlier: list[Release], today: date) -> Release:
    texts = _texts(store)
    before = earlier[-1].texts if earlier else {}
    changed = sorted(key for key in texts.keys() | before.keys() if texts.get(key) != before.get(key))
    articles = [store.article(item.id) for item in store.conditions()]
    return Release(
        version=store.version,
        noted_on=today.isoformat(),
        articles=tuple({key: getattr(article, key) for key in ARTICLE_KEYS} for article in articles),
        texts=texts,
        changed=tuple(changed),
    )
