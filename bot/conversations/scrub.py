"""Takes identifiers out of events before they are kept: names, numbers, addresses, dates become <NAME>, <PHONE> …

The live turn works with the patient's own words; only what is stored and streamed is scrubbed.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.conversations.identifiers import Finding, find_identifiers
from bot.conversations.people import NameFinder

#: Longest text that is searched; what is beyond is not kept. Longer messages are not understood either.
MAX_TEXT = 4_000
#: Fields of Rasa's events that hold words of ours: names of intents, actions, slots, components, models.
_OURS = frozenset(
    {"event", "name", "policy", "intent", "extractor", "entity", "model_id", "assistant_id", "message_id", "kind"}
    | {"input_channel", "level", "rules", "concepts", "scope", "reason", "condition", "facts", "nearest"}
    | {"intent_ranking", "processors", "content_version"}
)
#: The only fields of metadata and slots that are ours: ids that look like numbers by chance must stay whole.
_IDS = frozenset(
    {"model_id", "assistant_id", "message_id", "answer_id", "content_version", "reason", "condition"}
    | {"case", "conversation", "address"}
)
_WORD = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True)
class Scrubbed:
    """A text without identifiers, and what was taken out of it.

    Attributes:
        before: The text as it was.
        findings: Where the identifiers stood in it, in order, without overlaps.
    """

    text: str
    before: str
    findings: tuple[Finding, ...] = ()

    @property
    def originals(self) -> list[tuple[str, str]]:
        """The stretches that were taken out, with what they became."""
        return [(self.before[item.start : item.end], f"<{item.kind}>") for item in self.findings]

    def moved(self, position: int) -> int:
        """Where a position of the text as it was lies now; one inside an identifier lies at its beginning."""
        shift = 0
        for finding in self.findings:
            if position < finding.end:
                return min(position, finding.start) + shift if position > finding.start else position + shift
            shift += len(finding.kind) + 2 - (finding.end - finding.start)
        return position + shift


class Scrubber:
    """Scrubs texts and Rasa's events.

    Args:
        allowed: Words and phrases that always stay: names of conditions and medicines.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        words = (word.lower() for phrase in allowed for word in _WORD.findall(phrase))
        self._names = NameFinder(frozenset(word for word in words if len(word) > 2))

    @classmethod
    def for_content(cls, content_db: Path) -> Scrubber:
        """A scrubber that knows the names in the content store; one that knows only its own lists without a store."""
        return cls(_content_names(content_db))

    def warm(self) -> None:
        """Reads the word lists and compiles the patterns (about a second), so that no patient waits for it."""
        self.text("My name is Mary Smith, 1 Oak Street.")

    def text(self, text: str) -> Scrubbed:
        """`text` without identifiers."""
        text = text[:MAX_TEXT]
        names = list(self._names.find(text))
        found = [*find_identifiers(text), *names]
        if names:
            found += self._names.again(text, names)
        findings = _without_overlaps(found)
        parts, position = [], 0
        for finding in findings:
            parts += [text[position : finding.start], f"<{finding.kind}>"]
            position = finding.end
        return Scrubbed("".join([*parts, text[position:]]), text, findings)

    def events(self, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Copies of Rasa's events (as dictionaries) without identifiers.

        What is found in the patient's messages is also taken out of all else that is saved with them: parse data,
        entity values, slots, and bot messages that repeat the patient's words.
        """
        kept = [dict(event) for event in events]
        typed = {index: self.text(event["text"]) for index, event in enumerate(kept) if _is_typed(event)}
        echoes = _Echoes([original for item in typed.values() for original in item.originals])
        return [self._event(event, typed.get(index), echoes) for index, event in enumerate(kept)]

    def _event(self, event: Mapping[str, Any], own: Scrubbed | None, echoes: _Echoes) -> dict[str, Any]:
        # A bot message is approved text: only what the patient said can hide in it.
        pass_ = _Pass(self, own, echoes, search=event.get("event") != "bot")
        free = {"metadata", "value"} if event.get("event") == "slot" else {"metadata"}
        return {key: pass_.value(key, value, key in free) for key, value in event.items()}


@dataclass(frozen=True)
class _Pass:
    """One pass over one event.

    Attributes:
        own: The message, when the event is one that was typed.
        echoes: What was found in all messages of this save.
        search: Whether other texts are searched, too.
    """

    scrubber: Scrubber
    own: Scrubbed | None
    echoes: _Echoes
    search: bool

    def value(self, key: str, value: Any, free: bool) -> Any:
        """The value without identifiers; inside `free` parts (metadata, slots) no field counts as ours."""
        if isinstance(value, str):
            return self._string(key, value, free)
        if isinstance(value, Mapping):
            return {inner: self.value(inner, item, free or inner == "metadata") for inner, item in self._moved(value)}
        if isinstance(value, list | tuple):
            return [self.value(key, item, free) for item in value]
        return value

    def _string(self, key: str, value: str, free: bool) -> str:
        if self.own is not None and value[:MAX_TEXT] == self.own.before:
            return self.own.text
        if value.startswith("/") or key in (_IDS if free else _OURS):
            return value
        value = self.echoes.removed(value)
        return self.scrubber.text(value).text if self.search and _could_hold_words(value) else value

    def _moved(self, value: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
        """The items of a dictionary; an entity's place becomes that in the scrubbed text."""
        start, end = value.get("start"), value.get("end")
        if self.own is None or not isinstance(start, int) or not isinstance(end, int):
            return value.items()
        hit = next((item for item in self.own.findings if item.start < end and start < item.end), None)
        if hit is None:
            return {**value, "start": self.own.moved(start), "end": self.own.moved(end)}.items()
        begin = self.own.moved(hit.start)
        return {**value, "start": begin, "end": begin + len(hit.kind) + 2, "value": f"<{hit.kind}>"}.items()


class _Echoes:
    """Takes out of other texts what was found in a patient's message: the whole of it, and each of its words where
    a component split it up."""

    def __init__(self, originals: list[tuple[str, str]]) -> None:
        self._kinds: dict[str, str] = {}
        for original, kind in originals:
            self._kinds.setdefault(original.lower(), kind)
        parts = sorted(self._kinds, key=len, reverse=True)
        self._whole = (
            re.compile("|".join(rf"(?<!\w){re.escape(part)}(?!\w)" for part in parts), re.I) if parts else None
        )
        self._words = {
            word.lower(): kind for original, kind in originals for word in _WORD.findall(original) if len(word) > 1
        }

    def removed(self, text: str) -> str:
        """`text` without the originals."""
        if self._whole is None:
            return text
        kind = self._words.get(text.lower())
        return kind or self._whole.sub(lambda match: self._kinds[match[0].lower()], text)


def _is_typed(event: Mapping[str, Any]) -> bool:
    """Whether the event is a message that the patient typed; one that begins with "/" is a button of ours."""
    text = event.get("text")
    return event.get("event") == "user" and isinstance(text, str) and not text.startswith("/")


def _could_hold_words(value: str) -> bool:
    """Whether a text is worth searching: ids, dates and single lower-case words of ours are not."""
    return " " in value or "@" in value or any(char.isdigit() for char in value)


def _without_overlaps(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings in order; of two that overlap the longer stays, stretched over both."""
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda item: (item.start, -item.end)):
        if kept and finding.start < kept[-1].end:
            last = kept[-1]
            longer = last if last.end - last.start >= finding.end - finding.start else finding
            kept[-1] = Finding(last.start, max(last.end, finding.end), longer.kind)
        elif finding.end > finding.start:
            kept.append(finding)
    return tuple(kept)


def _content_names(content_db: Path) -> list[str]:
    if not content_db.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"file:{content_db}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("SELECT form FROM names")]
    except sqlite3.Error:
        return []
