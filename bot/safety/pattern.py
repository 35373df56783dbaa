"""The small language of `content/red_flags.yml` and the matcher that finds its phrases in a sentence.

    burning up               these words, one after the other
    (short|out) of breath    one of the choices
    [really] bad             may be left out
    <hurts>                  one of a list of words that the file names
    bleed*                   any ending
    chest .. pain            up to three other words between, but no comma
    chest & pain             both near each other (up to five words), in either order
    oxygen {60-91}           a number from 60 to 91

Words like "the", "my" and "really" may stand between any two words of a phrase. Nothing is skipped over a "not".
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.safety.words import Token, plain_text, word_set, words_of

#: Words between two words of a phrase that do not change what it says.
FILLERS = word_set(
    "a an the my his her our their your s this that these really very so too super extremely pretty quite"
    " just like literally totally kinda sorta bit fucking fuckin fking freaking frigging effing damn goddamn"
    " bloody shit fuck hell um uh uhm er erm hmm oh omg god please ok okay well actually basically honestly"
    " suddenly also even constantly always still absolutely completely now lol help"
)
MAX_FILLERS = 3
#: Nothing is skipped over these.
STOPS = word_set("no not without never nor but if neither")
SHORT_GAP = 3
NEAR_GAP = 5
MAX_SEQUENCES = 30_000

_PIECE = re.compile(r"\(|\)|\[|\]|\||&|\.\.|<\w+>|\{\d+-\d+\}|[^\s()\[\]|&<>{}]+")
_Payload = TypeVar("_Payload")


class PatternError(ValueError):
    """A phrase that can't be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Element:
    """One step of a sequence: a word, a word's beginning, a gap, or a number in a range."""

    kind: str  # word, prefix, gap, number
    value: str = ""
    low: int = 0
    high: int = 0


Elements = tuple[Element, ...]


def parse(pattern: str, lists: Mapping[str, Sequence[str]]) -> list[Elements]:
    """All sequences that `pattern` stands for.

    Args:
        pattern: A phrase of the language above.
        lists: What `<name>` stands for.

    Raises:
        PatternError: an unknown list, a bracket that is not closed, or more sequences than can be held.
    """
    pieces = _PIECE.findall(pattern)
    found, rest = _choices(pieces, lists, None)
    if rest:
        raise PatternError(f"`{rest[0]}` stands alone in {pattern!r}")
    kept = [sequence for sequence in found if any(item.kind != "gap" for item in sequence)]
    if not kept:
        raise PatternError(f"{pattern!r} holds no word")
    return kept


def _choices(
    pieces: list[str], lists: Mapping[str, Sequence[str]], close: str | None
) -> tuple[list[Elements], list[str]]:
    """Alternatives parted by `|` up to `close`."""
    made: list[Elements] = []
    near: list[list[Elements]] = []
    current: list[Elements] = [()]
    while pieces and pieces[0] != close:
        piece, pieces = pieces[0], pieces[1:]
        if piece == "|" and close:
            made += _both_orders([*near, current])
            near, current = [], [()]
        elif piece == "&":
            near, current = [*near, current], [()]
        elif piece in "([":
            inner, pieces = _choices(pieces, lists, ")" if piece == "(" else "]")
            if not pieces:
                raise PatternError(f"`{piece}` is not closed")
            pieces = pieces[1:]
            current = _join(current, inner if piece == "(" else [(), *inner])
        elif piece in ")]|":
            return made, [piece, *pieces]
        else:
            current = _join(current, _element(piece, lists))
    return made + _both_orders([*near, current]), pieces


def _element(piece: str, lists: Mapping[str, Sequence[str]]) -> list[Elements]:
    if piece == "..":
        return [(Element("gap", high=SHORT_GAP),)]
    if piece.startswith("{"):
        low, _, high = piece.strip("{}").partition("-")
        return [(Element("number", low=int(low), high=int(high)),)]
    if piece.startswith("<"):
        name = piece.strip("<>")
        if name not in lists:
            raise PatternError(f"there is no list of words named <{name}>; one of {', '.join(sorted(lists))}")
        return [item for entry in lists[name] for item in parse(entry, {})]
    if piece.endswith("*"):
        return [(Element("prefix", plain_text(piece[:-1])),)]
    words = words_of(piece)
    if not words or not any(char.isalnum() for char in piece):
        raise PatternError(f"{piece!r} is no word; write [this] for what may be left out")
    return [tuple(Element("word", word) for word in words)]


def _join(left: list[Elements], right: list[Elements]) -> list[Elements]:
    if len(left) * len(right) > MAX_SEQUENCES:
        raise PatternError(f"this phrase stands for more than {MAX_SEQUENCES} others; split it")
    return [(*head, *tail) for head in left for tail in right]


def _both_orders(parts: list[list[Elements]]) -> list[Elements]:
    if len(parts) == 1:
        return parts[0]
    gap: list[Elements] = [(Element("gap", high=NEAR_GAP),)]
    made: list[Elements] = []
    for order in itertools.permutations(parts):
        joined = order[0]
        for part in order[1:]:
            joined = _join(_join(joined, gap), part)
        made += joined
    return made


class _Node(Generic[_Payload]):
    """A place in the tree. Most places have one way on, so the other tables are made only when needed."""

    __slots__ = ("gaps", "numbers", "payloads", "prefixes", "words")

    def __init__(self) -> None:
        self.words: dict[str, _Node[_Payload]] | None = None
        self.prefixes: dict[str, _Node[_Payload]] | None = None
        self.gaps: dict[int, _Node[_Payload]] | None = None
        self.numbers: dict[tuple[int, int], _Node[_Payload]] | None = None
        self.payloads: tuple[_Payload, ...] = ()

    def following(self, item: Element) -> _Node[_Payload]:
        """The place after `item`, made when it is new."""
        if item.kind == "word":
            self.words = self.words if self.words is not None else {}
            return self.words.get(item.value) or self.words.setdefault(item.value, _Node())
        if item.kind == "prefix":
            self.prefixes = self.prefixes if self.prefixes is not None else {}
            return self.prefixes.get(item.value) or self.prefixes.setdefault(item.value, _Node())
        if item.kind == "gap":
            self.gaps = self.gaps if self.gaps is not None else {}
            return self.gaps.get(item.high) or self.gaps.setdefault(item.high, _Node())
        self.numbers = self.numbers if self.numbers is not None else {}
        return self.numbers.get((item.low, item.high)) or self.numbers.setdefault((item.low, item.high), _Node())


class Matcher(Generic[_Payload]):
    """Finds all phrases at once: a tree of words that is walked from each word of a sentence."""

    def __init__(self) -> None:
        self._root: _Node[_Payload] = _Node()
        #: The sequence added last and the places along it: the next one most often begins alike.
        self._last: tuple[Elements, list[_Node[_Payload]]] = ((), [self._root])

    def add(self, sequence: Elements, payload: _Payload) -> None:
        """Adds one sequence; `payload` comes back with each place where it stands."""
        before, nodes = self._last
        alike = 0
        for old, new in zip(before, sequence, strict=False):
            if old is not new:
                break
            alike += 1
        nodes = nodes[: alike + 1]
        for item in sequence[alike:]:
            nodes.append(nodes[-1].following(item))
        self._last = (sequence, nodes)
        node = nodes[-1]
        if payload not in node.payloads:
            node.payloads = (*node.payloads, payload)

    def find(self, sentence: Sequence[Token]) -> Iterator[tuple[_Payload, int, int]]:
        """Payload, first token and end (exclusive) of each phrase in `sentence`, in order of the first token."""
        for start in range(len(sentence)):
            seen: dict[tuple[int, int], None] = {}
            found: list[tuple[_Payload, int, int]] = []
            self._walk(self._root, sentence, start, start, found, seen)
            yield from found

    def _walk(
        self,
        node: _Node[_Payload],
        sentence: Sequence[Token],
        start: int,
        place: int,
        found: list[tuple[_Payload, int, int]],
        seen: dict[tuple[int, int], None],
    ) -> None:
        if (id(node), place) in seen:
            return
        seen[(id(node), place)] = None
        found.extend((payload, start, place) for payload in node.payloads)
        skips = MAX_FILLERS if place > start else 0
        for at in range(place, min(place + skips + 1, len(sentence))):
            token = sentence[at]
            for following in self._steps(node, token):
                self._walk(following, sentence, start, at + 1, found, seen)
            if token.text not in FILLERS:
                break
        for width, following in (node.gaps or {}).items():
            self._skip(following, width, sentence, start, place, found, seen)

    def _skip(
        self,
        node: _Node[_Payload],
        width: int,
        sentence: Sequence[Token],
        start: int,
        place: int,
        found: list[tuple[_Payload, int, int]],
        seen: dict[tuple[int, int], None],
    ) -> None:
        """Walks on after up to `width` words; fillers do not count."""
        counted = 0
        for at in range(place, min(place + width + MAX_FILLERS, len(sentence)) + 1):
            self._walk(node, sentence, start, at, found, seen)
            if at == len(sentence) or sentence[at].text in STOPS or (width == SHORT_GAP and sentence[at].text in ",("):
                return
            counted += sentence[at].text not in FILLERS
            if counted > width:
                return

    @staticmethod
    def _steps(node: _Node[_Payload], token: Token) -> Iterator[_Node[_Payload]]:
        if token.is_number and node.numbers:
            value = float(token.text)
            yield from (following for (low, high), following in node.numbers.items() if low <= value <= high)
        for text in (token.text, *token.others):
            yield from _by_word(node, text)


def _by_word(node: _Node[_Payload], text: str) -> Iterator[_Node[_Payload]]:
    if node.words:
        following = node.words.get(text)
        if following:
            yield following
    if node.prefixes:
        for end in range(2, len(text) + 1):
            beginning = node.prefixes.get(text[:end])
            if beginning:
                yield beginning
