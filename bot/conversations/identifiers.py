"""Identifiers with a shape: numbers, addresses, dates. Each is a pattern of a kind, tried in order.

The kinds follow the identifiers that the HIPAA Privacy Rule lists in 45 CFR 164.514(b)(2)(i), as far as they can be
typed into a chat. Counts, temperatures and doses are numbers, too, so a pattern asks for more than digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from bot.conversations.wordlists import is_unknown, plain

EMAIL, PHONE, SSN, CARD, RECORD = "EMAIL", "PHONE", "SSN", "CARD", "RECORD_NUMBER"
BIRTH, DATE, ADDRESS, PLACE, LINK, NAME = "DATE_OF_BIRTH", "DATE", "ADDRESS", "PLACE", "LINK", "NAME"


@dataclass(frozen=True)
class Finding:
    """A stretch of a text that identifies someone; `kind` is what it is replaced by, in angle brackets."""

    start: int
    end: int
    kind: str


# --- dates -----------------------------------------------------------------------------------------------------------
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_NUMBER = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_WHOLE = (
    rf"(?:{_YEAR}(?:-{_NUMBER}-|/{_NUMBER}/|\.{_NUMBER}\.){_NUMBER}"
    rf"|{_NUMBER}(?:-{_NUMBER}-|/{_NUMBER}/|\.{_NUMBER}\.)(?:{_YEAR}|\d\d)"
    rf"|{_MONTH}\s+{_DAY},?\s+{_YEAR}|{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}|{_DAY}-{_MONTH}-(?:{_YEAR}|\d\d))"
)
_PART = (
    rf"(?:{_MONTH}\s+{_DAY}(?:,?\s+'?\d\d)?|{_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+'?\d\d)?|{_MONTH}\s+{_YEAR}"
    rf"|\d{{1,2}}[-/. ]\d{{1,2}}[-/. ]\d{{2,4}}|{_YEAR})"
)
_BORN = r"(?:\bborn|\bd\.?\s?o\.?\s?b\b\.?|\bbirth\s*(?:day|date)?|\bb-?day|\bdate of birth)"
_BIRTHDAY_AFTER = r"\s*(?:\(|is|,)?\s*(?:is\s+)?(?:my|his|her|their)\s+(?:birth|b-?day|dob)"

# --- numbers ---------------------------------------------------------------------------------------------------------
_NUMBER_NAME = (
    r"(?:mrn|(?:medical|health|hospital|patient|case|file|chart|account|policy|member(?:ship)?|insurance|claim"
    r"|passport|reference|licen[cs]e|nhs|medicare|medicaid|record|appointment)"
    r"(?:\s+(?:record|card|insurance|id|policy))?\s*(?:number|num|no|nr|id|#)"
    r"|(?:patient|member|insurance|health|medicare|medicaid|nhs)\s+id|ref(?:erence)?\s*#)"
)
_DIGIT_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_CALL = (
    r"\b(?:call|phone|telephone|tel|cell|mobile|whatsapp|text|ring|reach|fax|number)"
    r"(?:\s+(?:me|us|him|her|is|at|on|no|number|back|my|:|-|=))*[\s:]*"
)

# --- addresses -------------------------------------------------------------------------------------------------------
_UNITS = r"(?:mg|ml|mcg|days?|weeks?|months?|years?|hours?|minutes?|times|miles|km|pills?|tablets?|cells|more|of)"
_STREET = (
    r"(?:street|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|terrace|crescent|highway|hwy|parkway|pkwy"
    r"|stra(?:ss|ß)e)"
)
# Frequent ends of street names (USPS Publication 28, appendix C1); they count after a capitalised word alone.
_SHORT_STREET = (
    r"(?:St|Ct|Dr|Pl|Way|Court|Place|Close|Sq|Cir|Mews|Row|Hill|Alley|Bend|Bluff|Branch|Bridge|Burg|Bypass|Camp"
    r"|Canyon|Cape|Causeway|Center|Circle|Cliff|Common|Corner|Course|Cove|Creek|Crest|Crossing|Crossroad|Dale|Divide"
    r"|Estate|Expressway|Extension|Fall|Ferry|Field|Ford|Forest|Forge|Fork|Fort|Freeway|Garden|Gateway|Glen|Green"
    r"|Grove|Harbor|Haven|Heights|Hollow|Inlet|Island|Isle|Junction|Key|Knoll|Lake|Landing|Loaf|Lock|Lodge|Loop|Mall"
    r"|Manor|Meadow|Mill|Mission|Motorway|Mount|Mountain|Orchard|Overpass|Park|Pass|Passage|Path|Pike|Pine|Plain|Plaza"
    r"|Point|Port|Prairie|Ramp|Ranch|Rapid|Ridge|River|Route|Run|Shoal|Shore|Skyway|Spring|Spur|Square|Station|Stream"
    r"|Summit|Throughway|Trace|Track|Trail|Tunnel|Turnpike|Underpass|Union|Valley|Viaduct|View|Villag|Ville|Vista|Walk"
    r"|Wall|Well)(?:e?s)?"
)
_FLAT = r"(?:apt|apartment|unit|flat|suite|ste|studio|room|#)\.?\s*#?\d{1,5}[a-z]?"
# What follows "I live at": from the first number to the end of the sentence, or to where the question goes on.
_LINE = (
    r"(?P<id>(?:(?:flat|apt|unit|studio|number|no)\.?\s*)?\d[^.?!;\n]{2,}?(?:\b[A-Za-z]{2}\.?\s\d[^.?!;\n]*?)?)"
    r"(?=[.?!;\n]|,?\s+(?:please|pls|where|what|how|why|when|can|could|do|does|is|are|and\s+(?:i|my|is|we)|but|thanks"
    r"|which|will)\b|\s*$)"
)
_TOWN = (
    r"(?P<id>(?!(?:the|a|an|my|fear|pain|constant|your|this|chemo|covid|what|me|it|work|home|hospital|health|icu)\b)"
    r"[^\W\d_]{3,}(?:\s[A-Z][a-z]+)?)"
)
_POSTCODE = r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d(?!ST|ND|RD|TH|DL|UL|NG|PG|HR|YR|DR)[ABD-HJLNP-UW-Z]{2}\b"

# Kind, whether capitals matter, pattern. Of a pattern with a group "id" that group alone is replaced.
_PATTERNS: tuple[tuple[str, bool, str], ...] = (
    (EMAIL, False, r"(?<![\w.+%-])[\w.+%-]{1,64}\s?@\s?[\w-]{1,64}(?:\.[\w-]{1,64})+"),
    (EMAIL, False, r"(?<![\w.-])[\w.-]{1,64}(?:\s+dot\s+[\w-]{1,64}){0,4}\s+(?:at|@)\s+[\w-]{1,64}\s*(?:dot|\.)\s*"
                   r"(?:com|org|net|edu|co\.uk|de)\b"),
    (LINK, False, r"\b(?:https?://|www\.)\S+"),
    (LINK, False, r"\b(?:\d{1,3}\.){3}\d{1,3}\b"),
    (NAME, False, r"(?<![\w@])@[a-z]\w{2,}"),
    (SSN, False, r"\b\d{3}-\d{2}-\d{4}\b"),
    (SSN, False, r"\b(?:ssn|social(?:\s+security)?(?:\s+(?:number|no|#))?)(?:\s+is)?[\s:#]*"
                 r"(?P<id>\d{3}[ -]?\d{2}[ -]?\d{4})\b"),
    (RECORD, False, _NUMBER_NAME + r"(?:\s+is)?[\s:#=.-]*"
                    r"(?P<id>(?=[\w-]{0,20}\d{2})[a-z]{0,4}[ -]?\d[\w-]{2,30}(?:[ -]\d[\w-]{0,20}){0,5})"),
    (RECORD, False, r"\b[a-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b"),
    (BIRTH, False, _BORN + r"(?:\s+(?:is|was|on|in|the|of|a))*[\s:=,]*" + rf"(?P<id>{_WHOLE}|{_PART})(?!\d)"),
    (BIRTH, False, rf"(?P<id>{_WHOLE}|{_PART}){_BIRTHDAY_AFTER}"),
    (DATE, False, rf"(?<![\d./-]){_WHOLE}(?![\d/])"),
    (PHONE, False, r"(?<![\w.])(?:\+?1[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}"
                   r"(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?!\w)"),
    (PHONE, False, r"(?<!\w)\+\d{1,3}(?:[ .()-]{0,2}\d){6,13}(?!\w)"),
    (PHONE, False, r"(?<![\w.])\(?0\d{1,4}\)?[ /.-]?\d{3,4}[ .-]?\d{3,4}(?:[ .-]?\d{1,4})?(?![\w.])"),
    (PHONE, False, r"\(0\d{2,5}\)\s?\d{3,8}(?!\w)"),
    (PHONE, False, r"(?<![\w.-])\d{3}-\d{4}(?![\w-])"),
    (PHONE, False, _CALL + r"(?P<id>\+?\(?\d(?:[ ()./-]{0,2}\d){6,14})(?!\d)"),
    (PHONE, False, rf"\b{_DIGIT_WORD}(?:[\s,-]+{_DIGIT_WORD}){{6,}}\b"),
    (CARD, False, r"(?<![\w.])\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}(?!\w)"),
    (ADDRESS, False, r"\b(?:my|our|his|her|home|mailing|the)\s+address(?:\s+is|:)?\s+" + _LINE),
    (ADDRESS, False, r"\b(?:live|lives|living|reside|stay|staying)\s+(?:at|on)\s+" + _LINE),
    (ADDRESS, False, r"\b(?:send|mail|post|deliver|ship)\b[^.?!\d]{0,20}\bto\s+" + _LINE),
    (ADDRESS, False, rf"\b\d{{1,6}}[a-z]?\s+(?:(?!{_UNITS}\b)[^\W\d_]+\.?\s+){{1,3}}{_STREET}\b\.?(?:,?\s*{_FLAT}\b)?"),
    (ADDRESS, True, rf"\b\d{{1,6}}[A-Za-z]?\s+(?:[A-Z][\w'-]+\.?\s+){{1,3}}{_SHORT_STREET}\b\.?"
                    rf"(?:,?\s*(?i:{_FLAT})\b)?"),
    (ADDRESS, False, rf"\b\d{{1,6}}\s+[^\W\d_]+(?:\s+[^\W\d_]+)?,?\s+{_FLAT}\b"),
    (ADDRESS, False, r"\bp\.?\s?o\.?\s*box\s+\d+"),
    (ADDRESS, True, r"\b(?i:apt|apartment|flat|suite|studio)\.?\s*#?\d{1,4}[a-z]?\b"
                    r"(?:,\s*[A-Z][\w'-]+\s+[A-Z]?[\w'-]+)?"),
    (ADDRESS, False, r"\b(?:zip|postal|post)\s*code(?:\s+is)?[\s:]*(?P<id>[a-z]{0,2}\d[\w]{1,4}(?:[ -]\d\w{2,3})?)"),
    (ADDRESS, True, r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b"),
    (ADDRESS, False, r"(?<![\w.-])\d{5}-\d{4}(?![\w-])"),
    (ADDRESS, True, _POSTCODE),
    (PLACE, False, r"\b(?:i|we|he|she|they)\s+(?:live|lives|grew up|work|works)\s+in\s+" + _TOWN),
    (PLACE, False, r"\b(?:i\s+am|i['’]?m|we\s+are|i\s+come)\s+from\s+" + _TOWN),
    (RECORD, False, r"(?<![\w.,-])[a-z]{0,3}\d{8,}[a-z]?(?![\w.,%])"),
    (RECORD, True, r"(?<![\w.,-])[A-Z]{1,4}-?\d{5,7}(?![\w.,%])"),
)  # fmt: skip
#: Without one of these no pattern can match; most questions have none.
_NEEDED = re.compile(
    rf"\d|@|www|http|\bdot\b|(?:{_DIGIT_WORD}[\s,-]+){{3}}|birth|\bborn\b|b-?day|\bd\.?o\.?b\b|\bin\s|\bfrom\s", re.I
)


@lru_cache(maxsize=1)
def _compiled() -> list[tuple[str, re.Pattern[str]]]:
    return [(kind, re.compile(pattern, 0 if cased else re.I)) for kind, cased, pattern in _PATTERNS]


def find_identifiers(text: str) -> Iterator[Finding]:
    """Every stretch of `text` that has the shape of an identifier. They may overlap."""
    if not _NEEDED.search(text):
        return
    for kind, pattern in _compiled():
        for match in pattern.finditer(text):
            start, end = match.span("id") if "id" in pattern.groupindex else match.span()
            if kind != PLACE or text[start].isupper() or is_unknown(plain(text[start:end])):
                yield Finding(start, end, kind)
