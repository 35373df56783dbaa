"""The clinic's settings: names, numbers, limits. Read from `content/clinic.yml`, without any database."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content.hours import StaffHours, read_staff_hours
from bot.content.problems import ContentError, Problem
from bot.content.yaml_lines import line_of, load_map, plain

PHONE = re.compile(r"\+?[\d][\d ()./-]{1,20}\d")
#: Fever thresholds that guidance uses lie between 37.5 °C (The Christie, NHS) and 38.3 °C (IDSA).
FEVER_RANGE_C = (37.0, 39.0)
DAYS = ("keep_days", "review_grace_days", "review_warn_days")
#: How long the bot may be silent for a person, in minutes. Rasa starts a conversation afresh after 240 minutes
#: without a message (domain.yml), and nothing is silent then.
SILENCE_MINUTES = (5, 240)
TEXTS = ("name", "phone", "hours", "emergency_number", "country")
NUMBERS = ("phone", "emergency_number")
REQUIRED = ("name", "phone", "hours", "emergency_number", "crisis_line", "country", "fever_c")


class ClinicError(ContentError, ValueError):
    """`clinic.yml` is missing, broken or incomplete; the text names the field and what to do."""


@dataclass(frozen=True)
class CrisisLine:
    """A line for people in a mental-health crisis, of the clinic's country."""

    name: str
    number: str
    text: str = ""


@dataclass(frozen=True)
class Clinic:
    """One clinic.

    Attributes:
        fever_c: Temperature in °C from which the bot calls it a fever; `fever_f` is the same in °F.
        keep_days: Days that a conversation is kept.
        review_grace_days: Days after an article's review date in which it is still answered, with a notice.
        review_warn_days: Days ahead of the review date in which `bot content check` warns.
        staff_hours: When a person takes over conversations; None where nobody does.
        staff_silence_minutes: For so long the bot stays silent after a person was called or has written.
    """

    name: str
    phone: str
    hours: str
    emergency_number: str
    crisis_line: CrisisLine
    country: str
    fever_c: float
    demo: bool = False
    keep_days: int = 30
    review_grace_days: int = 30
    review_warn_days: int = 60
    staff_hours: StaffHours | None = None
    staff_silence_minutes: int = 60

    @property
    def fever_f(self) -> float:
        """The fever threshold in °F, to one decimal."""
        return round(self.fever_c * 9 / 5 + 32, 1)

    def values(self) -> dict[str, str]:
        """The `{placeholders}` that fixed texts may use."""
        return {
            "clinic_name": self.name,
            "clinic_phone": self.phone,
            "clinic_hours": self.hours,
            "emergency_number": self.emergency_number,
            "crisis_line_name": self.crisis_line.name,
            "crisis_line_number": self.crisis_line.number,
            "crisis_line_text": self.crisis_line.text,
            "country": self.country,
            "fever_c": f"{self.fever_c:.1f}",
            "fever_f": f"{self.fever_f:.1f}",
            "keep_days": str(self.keep_days),
        }


#: Names of all placeholders that the clinic fills.
CLINIC_PLACEHOLDERS = frozenset(Clinic("", "", "", "", CrisisLine("", ""), "", 38.0).values())


def load_clinic(path: Path) -> Clinic:
    """The clinic's settings.

    Raises:
        ClinicError: the file is missing or a field is missing or malformed; all problems are named at once.
    """
    file = path.name
    try:
        node = load_map(path, file)
    except ContentError as error:
        raise ClinicError(error.problems) from None
    problems = _problems(node, file)
    if problems:
        raise ClinicError(problems)
    data = plain(node)
    crisis = CrisisLine(**{key: value.strip() for key, value in data["crisis_line"].items() if value})
    defaults = Clinic.__dataclass_fields__
    days = {key: int(data.get(key, defaults[key].default)) for key in DAYS}
    texts = {key: data[key].strip() for key in TEXTS}
    return Clinic(
        name=texts["name"],
        phone=texts["phone"],
        hours=texts["hours"],
        emergency_number=texts["emergency_number"],
        crisis_line=crisis,
        country=texts["country"],
        fever_c=float(data["fever_c"]),
        demo=data.get("demo", False),
        keep_days=days["keep_days"],
        review_grace_days=days["review_grace_days"],
        review_warn_days=days["review_warn_days"],
        staff_hours=read_staff_hours(data["staff_hours"]) if data.get("staff_hours") else None,
        staff_silence_minutes=int(data.get("staff_silence_minutes", defaults["staff_silence_minutes"].default)),
    )


def _problems(node: dict[str, Any], file: str) -> list[Problem]:
    found = [Problem(file, 1, f"the field `{key}` is missing") for key in REQUIRED if node.get(key) in (None, "")]
    known = set(Clinic.__dataclass_fields__)
    for key in node:
        if key not in known:
            found.append(Problem(file, line_of(node, key), f"unknown field `{key}`; one of {', '.join(sorted(known))}"))
    if found:
        return found
    return [
        *_bad_texts(node, file),
        *_bad_numbers(node, file),
        *_bad_crisis_line(node, file),
        *_bad_staff(node, file),
    ]


def _bad_text(name: str, value: Any) -> str:
    """What is wrong with a text; "" when nothing is. A number without quotes may have lost its zero or plus in front."""
    if not isinstance(value, str):
        return f'`{name}` must be a text; put it in quotes, such as "…"'
    return "" if value.strip() else f"`{name}` must not be empty"


def _bad_texts(node: dict[str, Any], file: str) -> Iterator[Problem]:
    for key in TEXTS:
        value = node[key]
        fault = _bad_text(key, value)
        if not fault and key in NUMBERS and not PHONE.fullmatch(value.strip()):
            fault = f"`{key}` is no phone number: {str(value)!r}; digits and +()-./ only"
        if fault:
            yield Problem(file, line_of(node, key), fault)
    if not isinstance(node.get("demo", False), bool):
        yield Problem(file, line_of(node, "demo"), "`demo` must be true or false")


def _bad_numbers(node: dict[str, Any], file: str) -> Iterator[Problem]:
    fever, (low, high) = node["fever_c"], FEVER_RANGE_C
    if isinstance(fever, bool) or not isinstance(fever, (int, float)) or not low <= fever <= high:
        text = f"`fever_c` must be a number of °C from {low} to {high}, such as 38.0"
        yield Problem(file, line_of(node, "fever_c"), text)
    for key in DAYS:
        value = node.get(key, 1)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3650:
            yield Problem(file, line_of(node, key), f"`{key}` must be a whole number of days")


def _bad_crisis_line(node: dict[str, Any], file: str) -> Iterator[Problem]:
    crisis = node["crisis_line"]
    line = line_of(node, "crisis_line")
    if not isinstance(crisis, dict) or not crisis.get("name") or not crisis.get("number"):
        yield Problem(file, line, "`crisis_line` needs `name` and `number`")
    elif set(crisis) - {"name", "number", "text"}:
        yield Problem(file, line, "`crisis_line` has name, number and text, nothing else")
    else:
        for key, value in crisis.items():
            fault = _bad_text(f"crisis_line.{key}", value) if value is not None else ""
            if fault:
                yield Problem(file, line_of(crisis, key), fault)


def _bad_staff(node: dict[str, Any], file: str) -> Iterator[Problem]:
    hours, line = node.get("staff_hours"), line_of(node, "staff_hours")
    if hours is not None and not isinstance(hours, dict):
        yield Problem(file, line, "`staff_hours` needs `zone` and days, each on a line of its own")
    elif hours:
        try:
            read_staff_hours(plain(hours))
        except ValueError as error:
            yield Problem(file, line, str(error))
    minutes, (low, high) = node.get("staff_silence_minutes", SILENCE_MINUTES[0]), SILENCE_MINUTES
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not low <= minutes <= high:
        text = f"`staff_silence_minutes` must be a whole number of minutes from {low} to {high}"
        yield Problem(file, line_of(node, "staff_silence_minutes"), text)
