"""Identifiers with a shape: numbers, addresses, dates. Each is a pattern of a kind, tried in order.

The kinds follow the identifiers that the HIPAA Privacy Rule lists in 45 CFR 164.514(b)(2)(i), as far as they can be
typed into a chat. Counts, temperatures and doses are numbers, too, so a pattern asks for more than digits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

EMAIL, PHONE, SSN, CARD, RECORD = "EMAIL", "PHONE", "SSN", "CARD", "RECORD_NUMBER"
BIRTH, DATE, ADDRESS, PLACE, LINK, NAME = "DATE_OF_BIRTH", "DATE", "ADDRESS", "PLACE", "LINK", "NAME"


@dataclass(frozen=True)
class Finding:
    """A stretch of a text that identifies someone; `kind` is what it is replaced by, in angle brackets."""

    start: int
    end: int
    kind: str


_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_DAY = "(?:0?[1-9]|[12]\\d|3[01])(?:st|nd|rd|th)?"
_YEAR = "(?:19|20)\\d\\d"
_WHOLE_DATE = (
    f"(?:{_YEAR}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\\d|3[01])"
    f"|(?:0?[1-9]|[12]\\d|3[01])(?P<sep>[-/.])(?:0?[1-9]|[12]\\d|3[01])(?P=sep)(?:{_YEAR}|\\d\\d)"
    f"|{_MONTH}\\s+{_DAY},?\\s+{_YEAR}|{_DAY}(?:\\s+of)?\\s+{_MONTH},?\\s+{_YEAR}|{_DAY}-{_MONTH}-(?:{_YEAR}|\\d\\d))"
)
_PART_DATE = (
    f"(?:{_MONTH}\\s+{_DAY}(?:,?\\s+'?\\d\\d)?|{_DAY}(?:\\s+of)?\\s+{_MONTH}(?:,?\\s+'?\\d\\d)?|{_MONTH}\\s+{_YEAR}"
    f"|\\d{{1,2}}[-/. ]\\d{{1,2}}[-/. ]\\d{{2,4}}|{_YEAR})"
)
_BORN = "(?:\\bborn|\\bd\\.?\\s?o\\.?\\s?b\\b\\.?|\\bbirth\\s*(?:day|date)?|\\bb-?day|\\bdate of birth)"
_UNITS = "(?:mg|ml|mcg|days?|weeks?|months?|years?|hours?|minutes?|times|miles|km|pills?|tablets?|cells|more|of)"
_STREET = (
    "(?:street|avenue|ave|road|rd|lane|ln|boulevard|blvd|drive|terrace|crescent|highway|hwy|parkway|pkwy|stra(?:ss|ß)e)"
)
# Frequent ends of street names (USPS Publication 28, appendix C1); they count after a capitalised word alone.
_SHORT_STREET = (
    "(?:St|Ct|Dr|Pl|Way|Court|Place|Close|Sq|Cir|Mews|Row|Hill|Alley|Bend|Bluff|Branch|Bridge|Burg|Bypass|Camp"
    "|Canyon|Cape|Causeway|Center|Circle|Cliff|Common|Corner|Course|Cove|Creek|Crest|Crossing|Crossroad|Dale|Divide"
    "|Estate|Expressway|Extension|Fall|Ferry|Field|Ford|Forest|Forge|Fork|Fort|Freeway|Garden|Gateway|Glen|Green|Grove"
    "|Harbor|Haven|Heights|Hollow|Inlet|Island|Isle|Junction|Key|Knoll|Lake|Landing|Loaf|Lock|Lodge|Loop|Mall|Manor"
    "|Meadow|Mill|Mission|Motorway|Mount|Mountain|Orchard|Overpass|Park|Pass|Passage|Path|Pike|Pine|Plain|Plaza|Point"
    "|Port|Prairie|Ramp|Ranch|Rapid|Ridge|River|Route|Run|Shoal|Shore|Skyway|Spring|Spur|Square|Station|Stream|Summit"
    "|Throughway|Trace|Track|Trail|Tunnel|Turnpike|Underpass|Union|Valley|Viaduct|View|Villag|Ville|Vista|Walk|Wall|Well)"
    "(?:e?s)?"
)
_FLAT = r"(?:apt|apartment|unit|flat|suite|ste|studio|room|#)\.?\s*#?\d{1,5}[a-z]?"
_NUMBER_WORD = (
    "(?:mrn|(?:medical|health|hospital|patient|case|file|chart|account|policy|member(?:ship)?|insurance|claim|passport"
    "|reference|licen[cs]e|nhs|medicare|medicaid|record|appointment)(?:\\s+(?:record|card|insurance|id|policy))?"
    "\\s*(?:number|num|no|nr|id|#)|(?:patient|member|insurance|health|medicare|medicaid|nhs)\\s+id|ref(?:erence)?\\s*#)"
)
_DIGIT_WORD = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple)"
_CALL = (
    "(?:call|phone|telephone|tel|cell|mobile|whatsapp|text|ring|reach|fax|number)(?:\\s+(?:me|us|him|her|is|at|on|no"
    "|number|back|my|:|-|=))*"
)

# What follows "I live at": from the first number to the end of the sentence, or to where the question goes on.
_LINE = (
    r"(?:(?:flat|apt|unit|studio|number|no)\.?\s*)?\d[^.?!;\n]{2,}?(?:\b[A-Za-z]{2}\.?\s\d[^.?!;\n]*?)?)"
    r"(?=[.?!;\n]|,?\s+(?:please|pls|where|what|how|why|when|can|could|do|does|is|are|and\s+(?:i|my|is|we)|but|thanks|which|will)\b|\s*$)"
)
_TOWN = r"(?!(?:the|a|an|my|fear|pain|constant|your|this|chemo|covid|what|me|it|work|home|hospital|health|icu)\b)[^\W\d_]{3,}(?:\s[A-Z][a-z]+)?)"

# Patterns that take a group "id" replace that group alone; the others replace the whole match.
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, flags))
    for kind, pattern, flags in (
        (EMAIL, r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)+", re.I),
        (EMAIL, r"\b[\w.-]+(?:\s+dot\s+[\w-]+)*\s+(?:at|@)\s+[\w-]+\s*(?:dot|\.)\s*(?:com|org|net|edu|co\.uk|de|fr|es)\b", re.I),
        (LINK, r"\b(?:https?://|www\.)\S+", re.I),
        (LINK, r"\b(?:\d{1,3}\.){3}\d{1,3}\b", 0),
        (NAME, r"(?<![\w@])@[a-z]\w{2,}", re.I),
        (SSN, r"\b\d{3}-\d{2}-\d{4}\b", 0),
        (SSN, r"\b(?:ssn|social(?:\s+security)?(?:\s+(?:number|no|#))?)(?:\s+is)?[\s:#]*(?P<id>\d{3}[ -]?\d{2}[ -]?\d{4})\b", re.I),
        (RECORD, _NUMBER_WORD + r"(?:\s+is)?[\s:#=.-]*(?P<id>(?=[\w-]*\d{2})[a-z]{0,4}[ -]?\d[\w-]{2,}(?:[ -]\d[\w-]*)*)", re.I),
        (RECORD, r"\b[a-z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[a-d]\b", re.I),
        (BIRTH, _BORN + r"(?:\s+(?:is|was|on|in|the|of|a))*[\s:=,]*(?P<id>" + f"(?:{_WHOLE_DATE}|{_PART_DATE})" + r")(?!\d)", re.I),
        (BIRTH, r"(?P<id>" + f"(?:{_WHOLE_DATE}|{_PART_DATE})".replace("sep", "sep2") + r")\s*(?:\(|is|,)?\s*(?:is\s+)?(?:my|his|her|their)\s+(?:birth|b-?day|dob)", re.I),
        (DATE, r"(?<![\d./-])" + _WHOLE_DATE + r"(?![\d/])", re.I),
        (PHONE, r"(?<![\w.])(?:\+?1[ .-]?)?(?:\(\d{3}\)\s?|\d{3}[ .-])\d{3}[ .-]\d{4}(?:\s?(?:x|ext\.?)\s?\d{1,5})?(?!\w)", re.I),
        (PHONE, r"(?<!\w)\+\d{1,3}(?:[ .()-]{0,2}\d){6,13}(?!\w)", 0),
        (PHONE, r"(?<![\w.])\(?0\d{1,4}\)?[ /.-]?\d{3,4}[ .-]?\d{3,4}(?:[ .-]?\d{1,4})?(?![\w.])", 0),
        (PHONE, r"(?<![\w.-])\d{3}-\d{4}(?![\w-])", 0),
        (PHONE, r"\b" + _CALL + r"[\s:]*(?P<id>\+?\(?\d(?:[ ()./-]{0,2}\d){6,14})(?!\d)", re.I),
        (PHONE, rf"\b{_DIGIT_WORD}(?:[\s,-]+{_DIGIT_WORD}){{6,}}\b", re.I),
        (CARD, r"(?<![\w.])\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,7}(?!\w)", 0),
        (ADDRESS, r"\b(?:my|our|his|her|home|mailing|the)\s+address(?:\s+is|:)?\s+(?P<id>" + _LINE, re.I),
        (ADDRESS, r"\b(?:live|lives|living|reside|stay|staying)\s+(?:at|on)\s+(?P<id>" + _LINE, re.I),
        (ADDRESS, r"\b(?:send|mail|post|deliver|ship)\b[^.?!\d]{0,20}\bto\s+(?P<id>" + _LINE, re.I),
        (ADDRESS, rf"\b\d{{1,6}}[a-z]?\s+(?:(?!{_UNITS}\b)[^\W\d_]+\.?\s+){{1,3}}{_STREET}\b\.?(?:,?\s*{_FLAT}\b)?", re.I),
        (ADDRESS, rf"\b\d{{1,6}}[A-Za-z]?\s+(?:[A-Z][\w'-]+\.?\s+){{1,3}}{_SHORT_STREET}\b\.?(?:,?\s*(?i:{_FLAT})\b)?", 0),
        (ADDRESS, rf"\b\d{{1,6}}\s+[^\W\d_]+(?:\s+[^\W\d_]+)?,?\s+{_FLAT}\b", re.I),
        (ADDRESS, r"\bp\.?\s?o\.?\s*box\s+\d+", re.I),
        (ADDRESS, r"\b(?:apt|apartment|flat|suite|studio)\.?\s*#?\d{1,4}[a-z]?\b(?:,\s*[A-Z][\w'-]+\s+[A-Z]?[\w'-]+)?", re.I),
        (PLACE, r"\b(?:i|we|he|she|they)\s+(?:live|lives|grew up|work|works)\s+in\s+(?P<id>" + _TOWN, re.I),
        (PLACE, r"\b(?:i\s+am|i['’]?m|we\s+are|i\s+come)\s+from\s+(?P<id>" + _TOWN, re.I),
        (ADDRESS, r"\b(?:zip|postal|post)\s*code(?:\s+is)?[\s:]*(?P<id>[a-z]{0,2}\d[\w]{1,4}(?:[ -]\d\w{2,3})?)", re.I),
        (ADDRESS, r"\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b", 0),
        (ADDRESS, r"(?<![\w.-])\d{5}-\d{4}(?![\w-])", 0),
        (ADDRESS, r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d(?!ST|ND|RD|TH|DL|UL|NG|PG|HR|YR|DR)[ABD-HJLNP-UW-Z]{2}\b", 0),
        (RECORD, r"(?<![\w.,-])[A-Za-z]{0,3}\d{8,}[A-Za-z]?(?![\w.,%])", 0),
        (RECORD, r"(?<![\w.,-])[A-Z]{1,4}-?\d{5,7}(?![\w.,%])", 0),
    )
)  # fmt: skip
_HAS_SHAPE = re.compile(
    rf"\d\D{{0,3}}\d|@|www|\bdot\b|birth|\bborn\b|b-?day|d\.?o\.?b|(?:{_DIGIT_WORD}[\s,-]+){{3}}|\d+\w?\s+\w+", re.I
)


def find_identifiers(text: str) -> Iterator[Finding]:
    """Every stretch of `text` that has the shape of an identifier. They may overlap."""
    if not _HAS_SHAPE.search(text):
        return
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span("id") if "id" in pattern.groupindex else match.span()
            yield Finding(start, end, kind)
