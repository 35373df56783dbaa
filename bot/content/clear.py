"""Items of CDC's Clear Communication Index that a program can check. The others need a person: see the report.

The index: https://www.cdc.gov/ccindex/. Numbers in the names of items are its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.content.readability import BULLET, measure, sentences

MAIN_MESSAGE_WORDS = 20
MAX_CALLS = 3
#: From so many things in a row on, a list is easier to read than a sentence.
LIST_ITEMS = 6
YES_NO = re.compile(r"(?:yes|no)\b|in some cases", re.I)
CALL = re.compile(r"(?:please\s+)?(?:ask|call|talk|tell|see|go|get help|contact|don't|do not|never)\b", re.I)
CALL_INSIDE = re.compile(
    r"\b(?:ask|call|talk (?:to|with)|tell) (?:your|them|a) ?(?:doctor|nurse|care team|pharmacist)?", re.I
)
NUMBER = re.compile(r"(?<![A-Za-z\d])\d+(?:[.,]\d+)*")
UNIT = re.compile(
    r"\d[\d.,]*\s*(?:%|°|degrees?|days?|weeks?|months?|years?|hours?|minutes?|in|out of|of|people|cells?|times?)\b|\d[\d.,]*\s*[%°]"
)
NAMED_NUMBER = re.compile(r"\b(?:call|dial|number|at)\s+\d", re.I)
#: To do something with a medicine is the doctor's decision; a text may say "don't", or say what a doctor may do.
MEDICINE_ORDER = re.compile(
    r"\b(?:(?:stop|start|quit|skip|double|increase|reduce|lower|change|pause)\s+(?:using|your|the|this|that|any|all|a)|take (?:more|less|fewer|extra))\b"
    r"[^.]{0,40}\b(?:medicines?|medications?|drugs?|pills?|tablets?|doses?|shots?|antibiotics?)\b"
    r"|\b(?:stop|start|quit|pause) taking\b",
    re.I,
)
#: What may stand before it in the sentence: then it is no order.
NOT_AN_ORDER = re.compile(r"\b(?:don't|do not|never|not|before you|doctors?|nurses?|care team)\b", re.I)


@dataclass(frozen=True)
class Item:
    """One item: whether the text meets it, and what to do when not."""

    name: str
    ok: bool
    advice: str


def clear_items(text: str, names: Iterable[str]) -> list[Item]:
    """The items for one answer; `names` are the condition's."""
    parts = sentences(text)
    first = parts[0] if parts else ""
    named = any(name.lower() in first.lower() for name in names) or bool(
        re.search(r"\bwhite (?:blood )?cells?\b", first, re.I)
    )
    measured = measure(text)
    calls = [part for part in parts if is_call(part)]
    loose = [part for part in _prose(text) if part.count(",") + 1 >= LIST_ITEMS]
    bare = NUMBER.sub("", UNIT.sub("", NAMED_NUMBER.sub("", text))) != UNIT.sub("", NAMED_NUMBER.sub("", text))
    return [
        Item("1-2 main message first", len(first.split()) <= MAIN_MESSAGE_WORDS and (named or bool(YES_NO.match(first))), "say the main thing in a short first sentence, with the condition's name or yes or no"),
        Item("3 one call to action", len(calls) <= MAX_CALLS, f"{len(calls)} sentences tell the reader what to do; keep the one that matters"),
        Item("5 active voice", measured.passive * 3 <= max(measured.sentences, 6), f"{measured.passive} passive phrases; say who does what"),
        Item("7 lists", not loose, "a sentence names many things; make it a list with `- `"),
        Item("14-15 numbers explained", not bare, "a number without a unit; say what it counts and means"),
    ]  # fmt: skip


def _prose(text: str) -> list[str]:
    return sentences("\n".join(line for line in text.splitlines() if not BULLET.match(line)))


def is_call(sentence: str) -> bool:
    """Whether a sentence tells the reader to do something."""
    return bool(CALL.match(sentence) or CALL_INSIDE.search(sentence))


def medicine_orders(text: str) -> list[str]:
    """Sentences that tell the reader to start, stop or change a medicine. No text of ours may."""
    return [part for part in sentences(text) if _is_order(part)]


def _is_order(sentence: str) -> bool:
    return any(not NOT_AN_ORDER.search(sentence[: found.start()]) for found in MEDICINE_ORDER.finditer(sentence))
