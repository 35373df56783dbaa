"""What a turn asks, read from Rasa's tracker into one value."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rasa_sdk import Tracker

#: Surfaces that show answers in their short form.
SHORT_SURFACES = frozenset({"sms"})
#: Concepts of content/red_flags.yml that speak of self-harm: a look-alike with one gets the crisis line.
CRISIS_CONCEPTS = frozenset({"self_harm", "suicide"})


@dataclass(frozen=True)
class Part:
    """One question of a message: its intent, the condition it names, the facts and the unknown words in it."""

    intent: str
    condition: str | None = None
    facts: tuple[str, ...] = ()
    unknown_terms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ask:
    """Everything an action needs to know about the message and the conversation so far."""

    intent: str
    parts: tuple[Part, ...]
    condition: str | None
    named_condition: str | None
    confirmed: bool = False
    declined: bool = False
    candidates: tuple[str, ...] = ()
    nearest: tuple[str, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()
    other_condition: str | None = None
    lookalike: bool = False
    crisis_words: bool = False
    shown: tuple[Mapping[str, str], ...] = ()
    offered: str | None = None
    clarified: bool = False
    shortened: Mapping[str, Any] | None = None


def _entity(entities: list[Mapping[str, Any]], name: str) -> str | None:
    return next((str(item["value"]) for item in entities if item.get("entity") == name), None)


def _values(entities: list[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(item["value"]) for item in entities if item.get("entity") == name))


def _parts(intent: str, entities: list[Mapping[str, Any]], understanding: Mapping[str, Any]) -> tuple[Part, ...]:
    """The questions of the message in the order asked; a button's payload has just one."""
    parts = tuple(
        Part(
            intent=str(part["intent"]),
            condition=part.get("condition"),
            facts=tuple(part.get("facts") or ()),
            unknown_terms=tuple(part.get("unknown_terms") or ()),
        )
        for part in understanding.get("parts") or ()
    )
    if len(parts) > 1 or (parts and parts[0].intent == intent):
        return parts
    single = parts[0] if parts else None
    return (
        Part(
            intent=intent,
            condition=single.condition if single else _entity(entities, "condition"),
            facts=single.facts if single else _values(entities, "fact"),
            unknown_terms=single.unknown_terms if single else _values(entities, "unknown_term"),
        ),
    )


def _shortened(tracker: Tracker) -> Mapping[str, Any] | None:
    """The last reply (as `Reply.to_dict` writes it) when its surface showed an answer of it in a short form."""
    if tracker.get_latest_input_channel() not in SHORT_SURFACES:
        return None
    before = itertools.islice(
        (event for event in reversed(tracker.events) if event.get("event") in ("user", "bot")), 1, None
    )
    for event in itertools.takewhile(lambda event: event["event"] == "bot", before):
        custom: Mapping[str, Any] = (event.get("data") or {}).get("custom") or {}
        if any(block.get("short_text") not in ("", block.get("text")) for block in custom.get("blocks") or ()):
            return custom
    return None


def _offered(tracker: Tracker) -> str | None:
    """The payload that "yes" accepts, when the last reply still offers it: after an urgent reply "ok" accepts nothing."""
    offered: str | None = tracker.get_slot("offered")
    last: Mapping[str, Any] = next((event for event in reversed(tracker.events) if event.get("event") == "bot"), {})
    custom: Mapping[str, Any] = (last.get("data") or {}).get("custom") or {}
    return offered if any(button.get("payload") == offered for button in custom.get("buttons") or ()) else None


def read_ask(tracker: Tracker) -> Ask:
    """The `Ask` of the latest message."""
    message: Mapping[str, Any] = tracker.latest_message or {}
    intent = str((message.get("intent") or {}).get("name") or "")
    entities = list(message.get("entities") or [])
    understanding: Mapping[str, Any] = message.get("understanding") or {}
    ranking = tuple(
        (str(item.get("name")), float(item.get("confidence") or 0.0)) for item in message.get("intent_ranking") or ()
    )
    named = _entity(entities, "condition")
    safety: Mapping[str, Any] = message.get("safety") or {}
    return Ask(
        intent=intent,
        parts=_parts(intent, entities, understanding),
        condition=named or tracker.get_slot("condition"),
        named_condition=named,
        confirmed=_entity(entities, "confirmed") == "yes",
        declined=_entity(entities, "confirmed") == "no",
        candidates=tuple(str(item["intent"]) for item in understanding.get("candidates") or ()),
        nearest=tuple(understanding.get("nearest") or ()),
        ranking=ranking,
        other_condition=understanding.get("other_condition"),
        lookalike=bool(safety.get("lookalike")),
        crisis_words=bool(CRISIS_CONCEPTS & set(safety.get("lookalike_concepts") or ())),
        shown=tuple(tracker.get_slot("shown") or ()),
        offered=_offered(tracker),
        clarified=bool(tracker.get_slot("clarified")),
        shortened=_shortened(tracker),
    )
