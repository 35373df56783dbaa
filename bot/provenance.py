"""Where every sentence comes from: a reply is said only if all of it is in the store or among the fixed texts.

The actions make replies of approved rows alone. This is the check that they did, right before a reply is said: the
promise "no invented sentence" then holds for an action that somebody adds tomorrow, too.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.content.clinic import Clinic
from bot.content.reply import AnswerBlock, DisclaimerText, Reply, SourceRef
from bot.content.store import ContentStore, StoreError

PLACEHOLDER = re.compile(r"\{(\w+)\}")
#: What may stand for a placeholder that is neither the clinic's nor a name of the store: a few plain words, as
#: `actions.compose.echo` lets through, a number, a date or a time.
VALUE = r"[^\n<>{}\[\]]{1,200}"
#: Releases of content remembered: a reply may have been made just before a new one came into place.
RELEASES = 3


@dataclass(frozen=True)
class Approved:
    """All that one release of the store lets us say."""

    texts: frozenset[str]
    sources: frozenset[SourceRef]
    disclaimers: frozenset[DisclaimerText]
    titles: frozenset[str]
    lines: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def strays(self, reply: Reply) -> list[str]:
        """The parts of `reply` that are not approved, by their names; never their words."""
        found = [name for name in ("urgent_line", "text", "closing") if not self._fixed(getattr(reply, name))]
        if reply.disclaimer is not None and reply.disclaimer not in self.disclaimers:
            found.append("disclaimer")
        found += [f"block {block.answer_id}" for block in reply.blocks if not self._block(block)]
        found += ["button" for button in reply.buttons if button.title not in self.titles]
        return found

    def _block(self, block: AnswerBlock) -> bool:
        return (
            block.text in self.texts
            and (not block.short_text or block.short_text in self.texts)
            and block.source in self.sources
            and self._fixed(block.notice)
        )

    def _fixed(self, text: str) -> bool:
        return all(
            line in self.lines or any(pattern.fullmatch(line) for pattern in self.patterns)
            for line in (raw.strip() for raw in text.splitlines())
            if line
        )


class Provenance:
    """Compares replies with the store at `path` and the fixed texts.

    Args:
        path: The content store; it may come, go and change while we run.
        texts: All fixed texts that need no store (`domain.yml`, `content/messages.yml`), not yet filled.
        clinic: Fills the clinic's placeholders.
    """

    def __init__(self, path: Path, texts: Iterable[str], clinic: Clinic) -> None:
        self._store = ContentStore(path)
        self._texts = tuple(texts)
        self._clinic = clinic.values()
        self._bare = _approved(self._texts, self._clinic)
        self._releases: OrderedDict[str, Approved] = OrderedDict()
        self._lock = threading.Lock()

    def strays(self, reply: Reply) -> list[str]:
        """The parts of `reply` that are neither in the store nor fixed texts; empty for a reply that may be said.

        Replies of a release that was replaced a moment ago pass, as long as we have seen that release.
        """
        if not self._bare.strays(reply):
            return []
        found: list[str] = []
        for approved in reversed(self._known()):
            strays = approved.strays(reply)
            if not strays:
                return []
            found = found or strays
        return found or ["no content store to compare with"]

    def _known(self) -> list[Approved]:
        with self._lock:
            try:
                version = self._store.version
                if version not in self._releases:
                    self._releases[version] = _of_store(self._store, self._texts, self._clinic)
            except StoreError:
                pass  # then what we have seen counts; the turn itself tells the operator
            while len(self._releases) > RELEASES:
                self._releases.popitem(last=False)
            return list(self._releases.values())


def _of_store(store: ContentStore, fixed: Iterable[str], clinic: Mapping[str, str]) -> Approved:
    answers = store.answers()
    facts = [fact for condition in store.conditions() for fact in store.facts(condition.id)]
    texts = {form for answer in answers for form in (answer.text, answer.short, answer.simpler, answer.more) if form}
    sources = {answer.source for answer in answers} | {fact.source for fact in facts}
    questions = {question for answer in answers for question in answer.questions}
    names = {condition.common_name for condition in store.conditions()}
    lines = {f"- {question}" for question in questions} | {source.line() for source in sources}
    values = {
        "condition": _one_of(names),
        "fact": _one_of(fact.name for fact in facts),
        "version": re.escape(store.version[:12]),
    }
    return _approved(
        (*fixed, *store.messages().values()),
        clinic,
        texts=texts | {fact.note for fact in facts},
        sources=sources,
        disclaimers=store.disclaimers(),
        titles=questions | names,
        lines=lines,
        values=values,
    )


def _approved(
    fixed: Iterable[str],
    clinic: Mapping[str, str],
    texts: Iterable[str] = (),
    sources: Iterable[SourceRef] = (),
    disclaimers: Iterable[DisclaimerText] = (),
    titles: Iterable[str] = (),
    lines: Iterable[str] = (),
    values: Mapping[str, str] | None = None,
) -> Approved:
    """Fixed texts line by line: those without placeholders as they are, the others as patterns."""
    whole, patterns = set(lines), {}
    for text in fixed:
        for line in (_filled(raw.strip(), clinic) for raw in text.splitlines()):
            if not PLACEHOLDER.search(line):
                whole.add(line)
            elif not PLACEHOLDER.fullmatch(line):  # a line that is all placeholder holds lines of the store
                patterns[line] = _pattern(line, values or {})
    return Approved(
        texts=frozenset(texts),
        sources=frozenset(sources),
        disclaimers=frozenset(disclaimers),
        titles=frozenset(titles) | frozenset(whole),
        lines=frozenset(whole),
        patterns=tuple(patterns.values()),
    )


def _filled(text: str, clinic: Mapping[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: clinic.get(found[1], found[0]), text)


def _pattern(line: str, values: Mapping[str, str]) -> re.Pattern[str]:
    parts = PLACEHOLDER.split(line)
    return re.compile(
        "".join(re.escape(part) if index % 2 == 0 else values.get(part, VALUE) for index, part in enumerate(parts))
    )


def _one_of(names: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted({re.escape(name) for name in names}, key=len, reverse=True)) + ")"
