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

#: Longest text that is searched; what is beyond is not kept. Longer messages are never understood either.
MAX_TEXT = 8_000
#: Fields of Rasa's events that hold words of ours: names of intents, actions, slots, components, models.
_OURS = frozenset(
    {"event", "name", "policy", "intent", "extractor", "entity", "model_id", "assistant_id", "message_id", "kind"}
    | {"input_channel", "level", "rules", "concepts", "scope", "reason", "condition", "facts", "nearest"}
    | {"intent_ranking", "processors", "content_version"}
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

    def text(self, text: str) -> Scrubbed:
        """`text` without identifiers."""
        text = text[:MAX_TEXT]
        findings = _without_overlaps([*find_identifiers(text), *self._names.find(text)])
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
        search = event.get("event") != "bot"
        return {key: self._value(key, value, own, echoes, search) for key, value in event.items()}

    def _value(self, key: str, value: Any, own: Scrubbed | None, echoes: _Echoes, search: bool) -> Any:
        if isinstance(value, str):
            return self._string(key, value, own, echoes, search)
        if isinstance(value, Mapping):
            if own is not None and isinstance(value.get("start"), int) and isinstance(value.get("end"), int):
                value = _moved(value, own)
            return {inner: self._value(inner, item, own, echoes, search) for inner, item in value.items()}
        if isinstance(value, list | tuple):
            if key == "text_tokens" and own is not None:
                return [[own.moved(position) for position in span] for span in value]
            return [self._value(key, item, own, echoes, search) for item in value]
        return value

    def _string(self, key: str, value: str, own: Scrubbed | None, echoes: _Echoes, search: bool) -> str:
        if own is not None and value[:MAX_TEXT] == own.before:
            return own.text
        if key in _OURS or value.startswith("/"):
            return value
        value = echoes.removed(value)
        return self.text(value).text if search and _could_hold_words(value) else value


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


def _moved(entity: Mapping[str, Any], own: Scrubbed) -> dict[str, Any]:
    """An entity at its place in the scrubbed text; its value goes when it was part of an identifier."""
    start, end = entity["start"], entity["end"]
    hit = next((item for item in own.findings if item.start < end and start < item.end), None)
    if hit is None:
        return {**entity, "start": own.moved(start), "end": own.moved(end)}
    begin = own.moved(hit.start)
    return {**entity, "start": begin, "end": begin + len(hit.kind) + 2, "value": f"<{hit.kind}>"}


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
