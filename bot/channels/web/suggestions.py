"""The questions that a new conversation suggests: approved questions of the content store."""

from __future__ import annotations

import json
from pathlib import Path

from bot.content.models import FIRST_TOPICS
from bot.content.reply import Button
from bot.content.store import ContentStore, StoreError

#: What most people ask first, when there is one condition.
MAX_SUGGESTIONS = 4


class Suggestions:
    """Reads the first questions from the store, anew when a new release is there.

    Args:
        content_db: The content store; without it there is nothing to suggest.
    """

    def __init__(self, content_db: Path) -> None:
        self._store = ContentStore(content_db)
        self._version = ""
        self._buttons: tuple[Button, ...] = ()

    def buttons(self) -> tuple[Button, ...]:
        """The first questions: of the one condition there is, or what each condition is.

        While the store can't be read they are those of the last release: a page may show them, and they can be tapped.
        """
        try:
            if self._store.version != self._version:
                self._buttons, self._version = self._read(), self._store.version
        except (StoreError, KeyError):
            pass
        return self._buttons

    def _read(self) -> tuple[Button, ...]:
        store = self._store
        conditions = [condition.id for condition in store.conditions()]
        topics = FIRST_TOPICS if len(conditions) == 1 else FIRST_TOPICS[:1]
        answers = [store.answer(condition, topic) for condition in conditions for topic in topics]
        return tuple(
            Button(
                answer.questions[0], f"/{store.topic(answer.topic).intent}{json.dumps({'condition': answer.condition})}"
            )
            for answer in answers
            if answer
        )[:MAX_SUGGESTIONS]
