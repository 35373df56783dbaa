"""What the NLU components know of the content store: its names, and the words that it explains.

Nothing here is trained: a new release of content is seen with the next message.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from bot.content.models import Fact
from bot.content.store import ContentStore, StoreError
from bot.nlu.name_index import NameIndex, fold
from bot.nlu.words import tokens
from bot.settings import Settings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """An approved question and the answer it belongs to."""

    answer_id: str
    text: str


@dataclass(frozen=True)
class Knowledge:
    """One release of the store, as understanding needs it."""

    version: str
    index: NameIndex
    questions: tuple[Question, ...] = ()
    words: frozenset[str] = frozenset()
    name_words: frozenset[str] = frozenset()
    relations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Facts of the relation "term" that are illnesses ("neutropenia") or parts of the body, with their condition.
    illness_terms: Mapping[str, str] = field(default_factory=dict)
    body_terms: Mapping[str, str] = field(default_factory=dict)


NOTHING = Knowledge(version="", index=NameIndex(()))


@lru_cache(maxsize=4)
def _store(path: str) -> ContentStore:
    from pathlib import Path

    return ContentStore(Path(path))


_made: dict[str, Knowledge] = {}


def knowledge() -> Knowledge:
    """What the store knows now. When it can't be read, what it last knew, else `NOTHING`; the actions then tell the patient."""
    store = _store(str(Settings.read().content_db))
    try:
        version = store.version
        if version not in _made:
            _made.clear()
            _made[version] = _read(store)
        return _made[version]
    except StoreError as error:
        logger.warning("understanding goes on without the content store: %s", error)
        return next(iter(_made.values()), NOTHING)


def _relations(facts: Iterable[Fact]) -> dict[str, tuple[str, ...]]:
    """Each fact's key with the relations it stands in, in the order of the articles."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        relations = found.setdefault(fact.key, [])
        if fact.relation not in relations:
            relations.append(fact.relation)
    return {key: tuple(relations) for key, relations in found.items()}


def _read(store: ContentStore) -> Knowledge:
    names = store.names()
    index = NameIndex(names)
    answers = store.answers()
    facts = [fact for condition in store.conditions() for fact in store.facts(condition.id)]
    questions = tuple(Question(answer.id, question) for answer in answers for question in answer.questions)
    texts = [answer.text + " " + answer.more for answer in answers] + [item.text for item in questions]
    texts += [fact.note for fact in facts]
    return Knowledge(
        version=store.version,
        relations=_relations(facts),
        index=index,
        questions=questions,
        words=frozenset(fold(word) for text in texts for word in tokens(text)),
        name_words=frozenset(word for name in names for word in tokens(name.form)),
        illness_terms=_terms(facts, "illness"),
        body_terms=_terms(facts, "body"),
    )


def _terms(facts: Iterable[Fact], kind: str) -> dict[str, str]:
    """Keys of the words that an article explains and says to be of this kind, each with its condition."""
    return {fact.key: fact.condition for fact in facts if fact.relation == "term" and fact.category == kind}
