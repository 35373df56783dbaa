"""May this installation talk to patients? Not with the demo clinic's numbers."""

from __future__ import annotations

import re

from bot.content.clinic import Clinic

#: Numbers that are kept for stories and films, so that nobody is called by them (North America and Britain).
FICTIONAL = re.compile(r"555\D?01\d\d$|1632\D?960\d{3}$|7700\D?900\d{3}$")


class NotForPatients(Exception):
    """The settings would show patients a number that nobody answers. The text says what to change."""


def require_real_clinic(clinic: Clinic) -> None:
    """Passes when `clinic` can be shown to patients.

    Raises:
        NotForPatients: the clinic is marked as a demo, or a number is missing or one that is kept for fiction.
    """
    problems = []
    if clinic.demo:
        problems.append("`demo: true` marks it as the demo clinic: put in your clinic and set `demo: false`")
    numbers = {
        "phone": clinic.phone,
        "emergency_number": clinic.emergency_number,
        "crisis_line.number": clinic.crisis_line.number,
    }
    problems += [f"`{field}: {number}` {why}" for field, number in numbers.items() if (why := _why_not(number))]
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise NotForPatients(
            f"content/clinic.yml is not ready for patients, so the server does not start:\n{listed}\n"
            "To look at the bot with the demo clinic, run `bot serve --demo`."
        )


def _why_not(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if len(digits) < 2:
        return "is no number that can be called"
    if FICTIONAL.search(digits):
        return "is a number kept for fiction; nobody answers it"
    return ""
