"""May this installation talk to patients? Not with the demo clinic's numbers, nor with articles no clinician has read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bot.content.clinic import Clinic

#: Numbers that are kept for stories and films, so that nobody is called by them (North America and Britain).
FICTIONAL = re.compile(r"555\D?01\d\d$|1632\D?960\d{3}$|7700\D?900\d{3}$")
#: Who reviewed the project's own articles: nobody who may vouch for them.
DEMO_REVIEWER = "Demo content team"
REVIEWED_BY = re.compile(r"reviewed_by:\s*(?P<name>.*)")


class NotForPatients(Exception):
    """The settings or the content are the demo's. The text says which file and what to change."""


def require_for_patients(clinic: Clinic, content: Path) -> None:
    """Passes when `clinic` and the articles of the folder `content` can be shown to patients. Raises: NotForPatients."""
    require_real_clinic(clinic)
    require_real_reviewers(content)


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


def require_real_reviewers(content: Path) -> None:
    """Passes when no article of the folder `content` names the demo's team as its reviewer.

    Raises:
        NotForPatients: one does; all of them are listed, with file and line.
    """
    found = [place for path in sorted((content / "articles").glob("*.md")) for place in _demo_reviews(path)]
    if found:
        listed = "\n".join(f"  - {place}" for place in found)
        raise NotForPatients(
            f"Articles are not ready for patients, so the server does not start:\n{listed}\n"
            "Let a clinician read each, put their name and the date there, and run `bot content build`; or take the file "
            "out. To look at the bot with the demo's articles, run `bot serve --demo`."
        )


def _demo_reviews(path: Path) -> Iterator[str]:
    """Where the head of an article names the demo's team."""
    with path.open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            if number > 1 and line.strip() == "---":
                return
            reviewed = REVIEWED_BY.match(line)
            if reviewed and DEMO_REVIEWER.lower() in reviewed["name"].lower():
                yield f'content/articles/{path.name}:{number}: `reviewed_by` is still "{DEMO_REVIEWER}"'


def _why_not(number: str) -> str:
    digits = re.sub(r"\D", "", number)
    if len(digits) < 2:
        return "is no number that can be called"
    if FICTIONAL.search(digits):
        return "is a number kept for fiction; nobody answers it"
    return ""
