"""Numbers in words and figures: which of them is a body temperature, and which a blood count.

Ranges: a body temperature lies between 33 and 43 °C. Below 36 °C is low (The Christie: call when unwell). Counts
below 4,000 white cells or 1,500 neutrophils per microlitre are low for adults (see docs/safety.md for sources).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.safety.words import Token, word_set

COLDEST_C, HOTTEST_C = 33.0, 43.0
LOW_C = 36.0
LOW_WHITE_CELLS = 4.0  # thousand per microlitre
LOW_NEUTROPHILS = 1.5  # thousand per microlitre

ONES = {
    "zero": 0, "oh": 0, "o": 0, "nought": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13,
}  # fmt: skip
TENS = {"thirty": 30, "forty": 40, "ninety": 90}
#: What a number may count instead of degrees, standing right after it.
OTHER_UNITS = word_set(
    "% mg ml mcg ug kg kilo kilos lb lbs pound pounds stone year years yr yrs yo y week weeks wk wks day days hour hours"
    " hr hrs month months minute minutes min mins second seconds time times cm mm km mile miles k x thousand million"
    " billion cells cell per g gm gram grams fl pg st th nd rd am pm people patients bpm beats mmhg percent mmol units"
    " iu dollars pounds euros l dl cycles rounds tablets pills tabs capsules old m"
)
BEFORE_OTHER = word_set("aged age ages room bed ward page chapter stage grade cycle day week # phone call route")
WARMTH = word_set(
    "temperature fever fevers feverish febrile thermometer degrees degree deg fever's fiebre fievre fieber febre"
    " temperatura temperatur celsius celcius fahrenheit farenheit tympanic armpit forehead spiking spiked ° c f"
)
LAB = word_set(
    "wbc anc white neutrophil neutrophils neuts lymphocyte lymphocytes monocytes leukocytes platelet platelets plt"
    " hemoglobin haemoglobin hgb hb hct hematocrit haematocrit mcv mch mchc rdw rbc count counts ferritin iron esr crp"
    " creatinine glucose sugar a1c tsh t4 t3 b12 vitamin folate weight weigh weighs bmi height bp pulse pregnant"
    " gestation dose range ranges level levels result results test cost price percent cholesterol sodium potassium"
    " albumin bilirubin alt ast psa inr"
)
ELSEWHERE = word_set("outside weather room water oven fridge summer store stored storage freezer heater ac bath")
ALONE_WITH = word_set("it its is at now the about over says reads reading still and up this on s today around he she")
DEGREES = word_set("° degrees degree deg grados grad degres graus")
CELSIUS = word_set("c celsius celcius centigrade")
FAHRENHEIT = word_set("f fahrenheit farenheit fahrenheight")
#: What stands right before a temperature that is not called one.
LEADS_TO = word_set(
    "have has got its is at now hit hits reached reads says read and with also , today tonight about around"
)
MOVED_TO = word_set("to now")
NEUTROPHILS = word_set("anc neutrophil neutrophils neuts neut granulocytes")
WHITE_CELLS = word_set("wbc leukocytes leucocytes leukocyte white")
#: Tokens between a number and a word for temperature that it belongs to.
NEAR_WARMTH = 12
COUNT_REACH = 6


@dataclass(frozen=True)
class Reading:
    """A number that means something: `kind` is fever, low_temperature or low_count; tokens `start` to `end`."""

    kind: str
    start: int
    end: int


def with_figures(tokens: Sequence[Token]) -> list[Token]:
    """The same tokens, where numbers in words that can be a body temperature are figures."""
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        value, after = _spoken(tokens, place)
        if value is not None and (93 <= value <= 110 or 33 <= value <= 43):
            made.append(Token(f"{value:g}", "number"))
            place = after
        else:
            made.append(tokens[place])
            place += 1
    return made


def _spoken(tokens: Sequence[Token], place: int) -> tuple[float | None, int]:
    """A number in words that starts at `place`: "one oh one point five", "a hundred and two", "thirty eight"."""
    words = [token.text for token in tokens[place : place + 9]]
    whole, used = (int(words[0]), 1) if words[0].isdigit() and words[1:2] == ["point"] else _whole(words)
    if whole is None:
        return None, place
    rest = words[used:]
    if rest[:1] == ["point"] and len(rest) > 1 and (rest[1] in ONES or rest[1].isdigit()):
        digit = ONES.get(rest[1], int(rest[1]) if rest[1].isdigit() else 0)
        return whole + digit / 10, place + used + 2
    if rest[:3] == ["and", "a", "half"]:
        return whole + 0.5, place + used + 3
    return float(whole), place + used


def _whole(words: list[str]) -> tuple[int | None, int]:
    start = 1 if words[:1] in (["a"], ["one"]) else 0
    if words[start : start + 1] == ["hundred"]:
        used = start + 1
        used += words[used : used + 1] == ["and"]
        used += words[used : used + 1] in (["oh"], ["o"], ["zero"])
        if words[used : used + 1] and ONES.get(words[used], 99) < 11:
            return 100 + ONES[words[used]], used + 1
        return 100, start + 1
    if words[:1] == ["one"] and words[1:2] in (["oh"], ["o"], ["zero"]) and ONES.get("".join(words[2:3]), 99) < 10:
        return 100 + ONES[words[2]], 3
    if words[:1] and words[0] in TENS:
        ones = ONES.get("".join(words[1:2]), 0)
        return (TENS[words[0]] + ones, 2) if 0 < ones < 10 else (TENS[words[0]], 1)
    return None, 0


class Numbers:
    """Reads temperatures and counts in one sentence.

    Args:
        fever_c: The clinic's fever threshold in °C; reached counts as fever.
        fever_f: The same threshold in °F.
    """

    def __init__(self, fever_c: float, fever_f: float) -> None:
        self._fever_c = fever_c
        self._fever_f = fever_f

    def read(self, tokens: Sequence[Token], whole_message: bool = False) -> list[Reading]:
        """Fevers, low temperatures and low counts in `tokens`; a fever that has come down is none.

        Args:
            tokens: One sentence.
            whole_message: Whether the sentence is all that was said, so that a bare "101" is a temperature.
        """
        texts = [token.text for token in tokens]
        if not any(token.is_number for token in tokens):
            return []
        degrees = list(self._degrees(tokens, texts, whole_message))
        if len(degrees) > 1 and _came_to(texts, degrees[-1][1]):
            degrees = degrees[-1:]
        found = [self._judged(value, scale, start, end) for value, start, end, scale in degrees]
        return [reading for reading in found if reading] + list(_low_counts(tokens, texts))

    def _judged(self, value: float, scale: str, start: int, end: int) -> Reading | None:
        celsius = value if scale == "c" else (value - 32) * 5 / 9
        if not COLDEST_C <= celsius <= HOTTEST_C + 0.05:
            return None
        if value >= (self._fever_c if scale == "c" else self._fever_f) - 1e-9:
            return Reading("fever", start, end)
        return Reading("low_temperature", start, end) if celsius < LOW_C - 1e-9 else None

    def _degrees(
        self, tokens: Sequence[Token], texts: list[str], whole_message: bool
    ) -> Iterator[tuple[float, int, int, str]]:
        """Value, first token, end and scale of each number that is a body temperature."""
        if ELSEWHERE.intersection(texts):
            return
        words = frozenset(texts)
        cue = not WARMTH.isdisjoint(words)
        for place, token in enumerate(tokens):
            if not token.is_number or not _may_be_degrees(tokens, place):
                continue
            value = float(token.text)
            unit, end = _unit(texts, place + 1)
            scale = unit if unit in ("c", "f") else _scale(value)
            near = cue and _near_warmth(texts, place)
            if scale and (unit or near or _stands_alone(texts, words, place, whole_message)):
                yield value, place, end, scale


def _may_be_degrees(tokens: Sequence[Token], place: int) -> bool:
    following = tokens[place + 1].text if place + 1 < len(tokens) else ""
    before = tokens[place - 1].text if place else ""
    joined = "-" in (following, before) and len(tokens[place].text) > 5
    return following not in OTHER_UNITS and before not in BEFORE_OTHER and not joined


def _unit(texts: list[str], place: int) -> tuple[str, int]:
    """`c`, `f`, `°` or nothing, and the token after it."""
    unit = ""
    while place < len(texts) and (texts[place] in DEGREES or texts[place] in CELSIUS or texts[place] in FAHRENHEIT):
        unit = "c" if texts[place] in CELSIUS else "f" if texts[place] in FAHRENHEIT else "°"
        place += 1
    return unit, place


def _scale(value: float) -> str:
    """The only scale in which `value` is a body temperature, or nothing."""
    if COLDEST_C <= value <= HOTTEST_C:
        return "c"
    return "f" if 92 <= value <= 109.4 else ""


def _near_warmth(texts: list[str], place: int) -> bool:
    """A word for temperature is near, and nearer than a word for a laboratory value before the number."""
    reach = range(max(0, place - NEAR_WARMTH), min(len(texts), place + NEAR_WARMTH + 1))
    warm = min((abs(at - place) for at in reach if texts[at] in WARMTH), default=None)
    return warm is not None and LAB.isdisjoint(texts[max(0, place - warm + 1) : place])


def _stands_alone(texts: list[str], words: frozenset[str], place: int, whole_message: bool) -> bool:
    """A number without unit and without the word temperature: "101.2", "i'm at 101.8 and …", "it's 102 now".

    `words` are all words of `texts`: with hundreds of numbers in a text, none may look through all of it.
    """
    after = texts[place + 1 : place + 4]
    parted = next((at for at, text in enumerate(after) if text in ("and", ",", "with")), len(after))
    if LAB.intersection([*texts[max(0, place - 7) : place], *after[:parted]]):
        return False
    if "." in texts[place]:
        before = texts[place - 1] if place else ""
        return not before or before in LEADS_TO or (len(texts) <= 10 and LAB.isdisjoint(words))
    value = float(texts[place])
    if value < 92 and not words.isdisjoint(("he", "she")):
        return False  # an age
    said_of_now = value >= 100 and not words.isdisjoint(("it", "its", "at", "now"))
    few = len(texts) <= 5 and all(text in ALONE_WITH for at, text in enumerate(texts) if at != place)
    return (whole_message or said_of_now) and few and _scale(value) != ""


def _came_to(texts: list[str], place: int) -> bool:
    """The number at `place` is where the temperature is now: "down from 103 to 98.6"."""
    return bool(MOVED_TO.intersection(texts[max(0, place - 3) : place]))


def _low_counts(tokens: Sequence[Token], texts: list[str]) -> Iterator[Reading]:
    for place, text in enumerate(texts):
        low = LOW_NEUTROPHILS if text in NEUTROPHILS else LOW_WHITE_CELLS if text in WHITE_CELLS else None
        if low is None:
            continue
        for at in [place - 1, *range(place + 1, min(place + 1 + COUNT_REACH, len(tokens)))]:
            if at >= 0 and tokens[at].is_number:
                if _is_low(tokens, texts, at, low):
                    yield Reading("low_count", min(place, at), max(place, at) + 1)
                break


def _is_low(tokens: Sequence[Token], texts: list[str], at: int, low: float) -> bool:
    """Whether the number at `at` is a count below `low` thousand; a share in % is no count."""
    value = float(tokens[at].text)
    following = texts[at + 1] if at + 1 < len(texts) else ""
    if following in ("%", "percent", "°", "c", "f", "year", "years", "months", "weeks", "days"):
        return False
    if following in ("k", "thousand") or value < 30:
        return value < low
    return 20 <= value < low * 1000
