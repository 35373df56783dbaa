"""Reads `content/red_flags.yml`: the words patients use, what combines with what, and the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.content.files import read_text
from bot.content.problems import ContentError, Problem
from bot.content.yaml_lines import line_of, load_yaml
from bot.safety.model import LEVELS, Concept, Level, Rule, most_urgent
from bot.safety.pattern import Elements, PatternError, parse
from bot.safety.words import plain_text

FILE_NAME = "red_flags.yml"
LANGUAGES = ("es", "fr", "de", "pt")
READINGS = ("fever", "low_temperature", "low_count")
CONCEPT_FLAGS = ("context", "happens", "lasting_counts")
#: Phrases by language → the list that they belong to.
FOREIGN = {"languages": "mentions", "says_in": "says"}
PHRASE_LISTS = ("mentions", "names", "says", "elsewhere")
CONCEPT_FIELDS = ("label", "reading", *PHRASE_LISTS, *FOREIGN, *CONCEPT_FLAGS)
RULE_FIELDS = ("id", "level", "signs", "together_with", "sources", "why")


class RedFlagsError(ContentError):
    """`red_flags.yml` can't be used; all problems are named at once with file, line and field."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One sequence of words and what it stands for.

    Attributes:
        kind: `mentions`, `names`, `says` or `elsewhere`, as in the file.
        foreign: Of another language than English; typing mistakes are not corrected towards it.
    """

    sequence: Elements
    concept: str
    kind: str = "mentions"
    foreign: bool = False


@dataclass(frozen=True, eq=False)
class RuleBook:
    """All that `red_flags.yml` says.

    Attributes:
        concepts: By id.
        rules: In the order of the file.
        sources: Id → title, for docs and reviewers.
        phrases: Every sequence of words, ready for the matcher.
        readings: Kind of number (`fever`, `low_temperature`, `low_count`) → concept.
        spellings: A way of writing a word → the word.
    """

    concepts: Mapping[str, Concept]
    rules: tuple[Rule, ...]
    sources: Mapping[str, str]
    phrases: tuple[Phrase, ...]
    readings: Mapping[str, str]
    spellings: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path, file: str = FILE_NAME) -> RuleBook:
        """The rules in the file at `path`; it is named `file` in problems.

        Raises:
            RedFlagsError: the file is missing or something in it can't be used.
        """
        try:
            text = read_text(path, file)
        except ContentError as error:
            raise RedFlagsError(error.problems) from None
        return cls.parse(text, file)

    @classmethod
    @lru_cache(maxsize=2)
    def parse(cls, text: str, file: str = FILE_NAME) -> RuleBook:
        """The rules in `text`; `file` is named in problems. The same text gives the same book, read once.

        Raises:
            RedFlagsError: something in it can't be used.
        """
        try:
            data = yaml.load(text, Loader=_Loader)
        except (yaml.YAMLError, ValueError, RecursionError):
            data = None
        reader = _Reader(data, text, file)
        book = reader.read() if isinstance(data, dict) else None
        if book is None or reader.problems:
            raise RedFlagsError(reader.located())
        return book

    def fired(self, present: frozenset[str]) -> tuple[Rule, ...]:
        """The rules that `present` concepts make fire, the most urgent first."""
        found = [rule for rule in self.rules if rule.fires(present)]
        return tuple(sorted(found, key=lambda rule: LEVELS.index(rule.level)))

    def level(self, present: frozenset[str]) -> Level | None:
        """The most urgent level that `present` concepts come to."""
        return most_urgent(rule.level for rule in self.fired(present))


class _Loader(yaml.CSafeLoader):
    """PyYAML's quick loader, which would take the last of two equal keys: the words of the first would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As in PyYAML. Raises: ConstructorError for a key that stands twice."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


class _Reader:
    """Gathers all problems of a file. Lines are looked up only when there is one, because that is slow."""

    def __init__(self, data: Any, text: str, file: str) -> None:
        self.data = data
        self._text = text
        self._file = file
        self.problems: list[tuple[tuple[Any, ...], str]] = []

    def located(self) -> list[Problem]:
        """The problems with their lines. Raises: RedFlagsError when the text is no YAML at all."""
        try:
            node = load_yaml(self._text, self._file)
        except ContentError as error:
            raise RedFlagsError(error.problems) from None
        if not isinstance(node, dict):
            return [Problem(self._file, 1, "expected `concepts:`, `rules:` and `sources:`")]
        found = [Problem(self._file, _line(node, place), why) for place, why in self.problems]
        return found or [Problem(self._file, 1, "this is no valid YAML")]

    def problem(self, place: tuple[Any, ...], why: str) -> None:
        self.problems.append((place, why))

    def read(self) -> RuleBook | None:
        for key in self.data:
            if key not in ("spellings", "lists", "concepts", "rules", "sources"):
                self.problem(
                    (key,), f"unknown field `{key}`; the file has spellings, lists, concepts, rules and sources"
                )
        spellings = {
            plain_text(str(wrong)): plain_text(str(right))
            for right, wrongs in self._map("spellings", required=False).items()
            for wrong in self._texts(wrongs, ("spellings", right))
        }
        lists = {
            str(name): self._texts(words, ("lists", name)) for name, words in self._map("lists", required=False).items()
        }
        sources = {str(name): str(title) for name, title in self._map("sources").items()}
        concepts: dict[str, Concept] = {}
        phrases: list[Phrase] = []
        readings: dict[str, str] = {}
        for name, item in self._map("concepts").items():
            concept = self._concept(str(name), item, readings)
            if concept:
                concepts[concept.id] = concept
                phrases += self._phrases(concept.id, item, lists)
        rules = tuple(self._rules(concepts, sources))
        return RuleBook(concepts, rules, sources, tuple(phrases), readings, spellings)

    def _map(self, key: str, required: bool = True) -> dict[Any, Any]:
        value = self.data.get(key)
        if isinstance(value, dict) and value:
            return value
        if required or value is not None:
            self.problem((key,), f"`{key}` must be a list of names with what they stand for")
        return {}

    def _texts(self, value: Any, place: tuple[Any, ...]) -> list[str]:
        if isinstance(value, list) and value and all(_is_word(item) for item in value):
            return [str(item) for item in value]
        self.problem(place, f"`{place[-1]}` must be a list of words; put yes, no, on, off, true and false in quotes")
        return []

    def _concept(self, name: str, item: Any, readings: dict[str, str]) -> Concept | None:
        place = ("concepts", name)
        if not isinstance(item, dict):
            self.problem(place, f"concept `{name}` needs a `label` and `mentions` or `says`")
            return None
        for key in item:
            if key not in CONCEPT_FIELDS:
                self.problem(
                    (*place, key), f"unknown field `{key}` of concept `{name}`; one of {', '.join(CONCEPT_FIELDS)}"
                )
        if not isinstance(item.get("label"), str):
            self.problem(place, f"concept `{name}` needs a `label`: what it is, in a few words")
        if not any(item.get(key) for key in PHRASE_LISTS[:-1]):
            self.problem(place, f"concept `{name}` has no words: give `mentions`, `names` or `says`")
        flags = {}
        for key in CONCEPT_FLAGS:
            if not isinstance(item.get(key, False), bool):
                self.problem((*place, key), f"`{key}` of concept `{name}` must be true or false")
            flags[key] = bool(item.get(key, False))
        self._reading(name, item, place, readings)
        return Concept(name, str(item.get("label", name)), **flags)

    def _reading(self, name: str, item: Mapping[str, Any], place: tuple[Any, ...], readings: dict[str, str]) -> None:
        reading = item.get("reading")
        if reading is None:
            return
        if reading not in READINGS:
            self.problem((*place, "reading"), f"`reading: {reading}` is unknown; one of {', '.join(READINGS)}")
        elif reading in readings:
            self.problem((*place, "reading"), f"`reading: {reading}` already belongs to `{readings[reading]}`")
        else:
            readings[reading] = name

    def _phrases(self, name: str, item: Mapping[str, Any], lists: Mapping[str, list[str]]) -> Iterator[Phrase]:
        for key in PHRASE_LISTS:
            if item.get(key) is not None:
                place: tuple[Any, ...] = ("concepts", name, key)
                yield from self._parsed(name, self._texts(item[key], place), key, place, lists)
        for key, kind in FOREIGN.items():
            by_language = item.get(key) or {}
            if not isinstance(by_language, dict):
                self.problem(("concepts", name, key), f"`{key}` must name languages: {', '.join(LANGUAGES)}")
                continue
            for language, words in by_language.items():
                place = ("concepts", name, key, language)
                if language not in LANGUAGES:
                    self.problem(place, f"unknown language `{language}`; one of {', '.join(LANGUAGES)}")
                yield from self._parsed(name, self._texts(words, place), kind, place, lists)

    def _parsed(
        self, name: str, patterns: list[str], key: str, place: tuple[Any, ...], lists: Mapping[str, list[str]]
    ) -> Iterator[Phrase]:
        for at, pattern in enumerate(patterns):
            try:
                sequences = parse(pattern, lists)
            except PatternError as error:
                self.problem((*place, at), f"concept `{name}`, {key}: {error}")
                continue
            foreign = bool(FOREIGN.keys() & set(place))
            yield from (Phrase(sequence, name, key, foreign) for sequence in sequences)

    def _rules(self, concepts: Mapping[str, Concept], sources: Mapping[str, str]) -> Iterator[Rule]:
        items = self.data.get("rules")
        if not isinstance(items, list) or not items:
            self.problem(("rules",), "`rules` must be a list of rules")
            return
        seen: set[str] = set()
        for at, item in enumerate(items):
            place = ("rules", at)
            rule = self._rule(item, place) if isinstance(item, dict) else None
            if rule is None:
                self.problem(place, "a rule needs `id`, `level`, `signs`, `sources` and `why`")
                continue
            if rule.id in seen:
                self.problem(place, f"there are two rules `{rule.id}`")
            seen.add(rule.id)
            for unknown in sorted(rule.concepts - set(concepts)):
                self.problem(place, f"rule `{rule.id}` names the concept `{unknown}`, which the file does not have")
            for unknown in sorted(set(rule.sources) - set(sources)):
                self.problem(place, f"rule `{rule.id}` names the source `{unknown}`, which `sources` does not have")
            yield rule

    def _rule(self, item: Mapping[str, Any], place: tuple[Any, ...]) -> Rule | None:
        for key in item:
            if key not in RULE_FIELDS:
                self.problem((*place, key), f"unknown field `{key}` of a rule; one of {', '.join(RULE_FIELDS)}")
        if any(not item.get(key) for key in RULE_FIELDS if key != "together_with"):
            return None
        level = item["level"]
        if level not in LEVELS:
            self.problem((*place, "level"), f"`level: {level}` is unknown; one of {', '.join(LEVELS)}")
            return None
        groups = item.get("together_with") or []
        if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
            self.problem((*place, "together_with"), "`together_with` must be a list of lists of concepts")
            return None
        return Rule(
            id=str(item["id"]),
            level=level,
            signs=frozenset(self._texts(item["signs"], (*place, "signs"))),
            together_with=tuple(frozenset(self._texts(group, (*place, "together_with"))) for group in groups),
            sources=tuple(self._texts(item["sources"], (*place, "sources"))),
            why=" ".join(str(item["why"]).split()),
        )


def _is_word(item: Any) -> bool:
    return isinstance(item, (str, int)) and not isinstance(item, bool)


def _line(node: Any, place: tuple[Any, ...]) -> int:
    line = 1
    for key in place:
        if not isinstance(node, (dict, list)) or (isinstance(node, dict) and key not in node):
            break
        line = line_of(node, key)
        node = node[key]
    return line
