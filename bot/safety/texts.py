"""The clinic's numbers in fixed texts, and the replies that urgent texts become. No database, no Rasa."""

from __future__ import annotations

import re

from bot.content.clinic import Clinic
from bot.content.fixed import phones
from bot.content.reply import Kind, Phone, Reply, Urgency

#: response in domain.yml → (kind, urgency) of the reply it becomes.
URGENT_RESPONSES: dict[str, tuple[Kind, Urgency]] = {
    "utter_emergency": ("red_flag", "emergency"),
    "utter_call_today": ("red_flag", "call_today"),
    "utter_crisis": ("crisis", "crisis"),
}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def fill(text: str, clinic: Clinic) -> str:
    """`text` with the clinic's values in it.

    Raises:
        ValueError: a placeholder that no clinic setting fills; the text names it.
    """
    values = clinic.values()
    unknown = sorted(set(PLACEHOLDER.findall(text)) - set(values))
    if unknown:
        known = ", ".join(sorted(values))
        raise ValueError(f"nothing fills {{{unknown[0]}}} in a fixed text; the clinic's settings fill: {known}")
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)


def phones_for(urgency: Urgency, clinic: Clinic) -> tuple[Phone, ...]:
    """The numbers to show as buttons that call, the one to call first standing first."""
    emergency, at_clinic = phones(clinic)
    if urgency == "crisis":
        return (Phone(clinic.crisis_line.name, clinic.crisis_line.number), emergency)
    if urgency == "call_today":
        return (at_clinic, emergency)
    return (emergency, at_clinic)


def urgent_reply(name: str, text: str, clinic: Clinic) -> Reply | None:
    """The reply of the urgent response `name`, filled, with its numbers; None when `name` is not urgent.

    Args:
        name: Name of the response in domain.yml.
        text: Its text, with or without placeholders.
        clinic: Whose numbers it shows.
    """
    if name not in URGENT_RESPONSES:
        return None
    kind, urgency = URGENT_RESPONSES[name]
    return Reply(kind=kind, text=fill(text, clinic), urgency=urgency, phones=phones_for(urgency, clinic))
