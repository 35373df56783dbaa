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


@dataclass(frozen=True)
class Release:
    """One release: its version (the one in every answer), its articles, and the answers that differ from before.

    `answers` maps each answer's id to the sha256 of its words, so that it can be proved what was shown.
    """

    version: str
    noted_on: str
    articles: tuple[dict[str, str], ...]
    answers: dict[str, str]
    changed: tuple[str, ...]


def read_history(content: Path) -> list[Release]:
    """All releases, oldest first. Raises: ContentError naming the line that can't be read."""
    path = content / FILE
    if not path.is_file():
        return []
    releases = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        try:
            data: dict[str, Any] = json.loads(line)
            data["articles"], data["changed"] = tuple(data["articles"]), tuple(data["changed"])
            releases.append(Release(**data))
        except (ValueError, TypeError, KeyError):
            raise ContentError(
                [Problem(f"{content.name}/{FILE}", number, "this line is damaged; restore it")]
            ) from None
    return releases


def note_release(content: Path, today: date | None = None) -> Release | None:
    """Adds the content as it is now to the history; None when it is the last release already.

    Raises:
        ContentError: the content has errors, or the history is damaged.
    """
    releases = read_history(content)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content.db"
        build(content, path)
        release = _release(ContentStore.open(path), releases, today or date.today())
    if releases and releases[-1].version == release.version:
        return None
    with (content / FILE).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(release), ensure_ascii=False, sort_keys=True) + "\n")
    return release


def _release(store: ContentStore, earlier: list[Release], today: date) -> Release:
    words = {
        answer.id: hashlib.sha256(
            "\0".join((answer.text, answer.simpler, answer.short, answer.more)).encode()
        ).hexdigest()
        for answer in store.answers(today=date.min)
    }
    before = earlier[-1].answers if earlier else {}
    changed = sorted(key for key in words.keys() | before.keys() if words.get(key) != before.get(key))
    keys = ("condition", "version", "reviewed_by", "reviewed_on")
    articles = [store.article(item.id) for item in store.conditions()]
    return Release(
        version=store.version,
        noted_on=today.isoformat(),
        articles=tuple({key: getattr(article, key) for key in keys} for article in articles),
        answers=words,
        changed=tuple(changed),
    )
