"""When a person answers: the clinic's `staff_hours`, in its own time zone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any

from dateutil import tz

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ZONE = re.compile(r"[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){1,2}|UTC")
SPAN = re.compile(r"(?P<from>([01]?\d|2[0-3]):[0-5]\d)\s*-\s*(?P<to>([01]?\d|2[0-3]):[0-5]\d|24:00)")
#: How far ahead the next opening is looked for.
LOOK_AHEAD = 60
MIDNIGHT = 24 * 60

#: From and to in minutes after midnight, on the clinic's clock.
Span = tuple[int, int]


@dataclass(frozen=True)
class StaffHours:
    """The hours of each day of the week.

    Attributes:
        zone: Name of the time zone, such as `America/New_York`.
        week: Seven days from Monday, each with its spans in order; none on a day when nobody answers.
        closed_on: Days on which nobody answers whatever the week says.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    closed_on: frozenset[date] = field(default_factory=frozenset)

    def closes(self, now: float) -> float | None:
        """When the span that `now` lies in ends (both in seconds since 1970); None when nobody answers now."""
        for start, end in self._spans(datetime.fromtimestamp(now, self._zone).date()):
            if start <= now < end:
                return self._joined(end)
        return None

    def opens(self, now: float) -> float | None:
        """When somebody answers next after `now`, in seconds since 1970; None when not within two months."""
        first = datetime.fromtimestamp(now, self._zone).date()
        days = (first + timedelta(days=number) for number in range(LOOK_AHEAD))
        return next((start for day in days for start, _ in self._spans(day) if start > now), None)

    def say(self, moment: float) -> str:
        """A moment in words, on the clinic's clock: "Monday, March 2, 8:00 am"."""
        local = datetime.fromtimestamp(moment, self._zone)
        clock = f"{local.hour % 12 or 12}:{local.minute:02d} {'am' if local.hour < 12 else 'pm'}"
        return f"{local:%A}, {local:%B} {local.day}, {clock}"

    @property
    def _zone(self) -> tzinfo:
        found = tz.gettz(self.zone)
        assert found is not None  # checked when it was read
        return found

    def _spans(self, day: date) -> Iterator[tuple[float, float]]:
        """The spans of a day in seconds since 1970."""
        for start, end in self.week[day.weekday()] if day not in self.closed_on else ():
            yield self._at(day, start), self._at(day, end)

    def _at(self, day: date, minutes: int) -> float:
        if minutes == MIDNIGHT:
            day, minutes = day + timedelta(days=1), 0
        return datetime.combine(day, time(minutes // 60, minutes % 60), self._zone).timestamp()

    def _joined(self, end: float) -> float:
        """The end of a span that may go on in the next one, at midnight for instance."""
        for _ in range(len(DAY_NAMES)):
            day = datetime.fromtimestamp(end, self._zone).date()
            following = next((later for start, later in self._spans(day) if start == end), None)
            if following is None:
                return end
            end = following
        return end


def read_staff_hours(data: Mapping[str, Any]) -> StaffHours:
    """The hours in `clinic.yml`'s `staff_hours`, as plain data.

    Raises:
        ValueError: a field is missing or malformed; the text names it and says what to write.
    """
    unknown = [str(key) for key in data if key not in ("zone", "closed_on", *DAY_NAMES)]
    if unknown:
        raise ValueError(
            f"`staff_hours` has no field `{unknown[0]}`; it has zone, closed_on and {', '.join(DAY_NAMES)}"
        )
    zone = str(data.get("zone") or "")
    if not ZONE.fullmatch(zone) or tz.gettz(zone) is None:
        raise ValueError(
            f"`staff_hours` needs a time zone: {zone!r} is none; write one such as `zone: America/New_York`"
        )
    week = tuple(_day(name, data.get(name)) for name in DAY_NAMES)
    if not any(week):
        raise ValueError('`staff_hours` names no hours; write a day such as `monday: "08:00-17:00"`')
    return StaffHours(zone, week, frozenset(_dates(data.get("closed_on") or [])))


def _day(name: str, value: Any) -> tuple[Span, ...]:
    if value is None or value == "":
        return ()
    spans: list[Span] = []
    for part in str(value).split(","):
        found = SPAN.fullmatch(part.strip())
        span = (_minutes(found["from"]), _minutes(found["to"])) if found else (0, 0)
        if span[0] >= span[1] or (spans and span[0] < spans[-1][1]):
            raise ValueError(
                f'`staff_hours`, {name}: {value!r} is no time of day; write "08:00-17:00", or '
                '"08:00-12:00, 13:00-17:00" with the earlier one first, and "24:00" for the end of the day'
            )
        spans.append(span)
    return tuple(spans)


def _minutes(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _dates(value: Any) -> Iterator[date]:
    for item in value if isinstance(value, list) else [value]:
        try:
            yield date.fromisoformat(str(item))
        except ValueError:
            raise ValueError(
                f"`staff_hours`, closed_on: {item!r} is no date; write days such as [2026-12-25]"
            ) from None
