"""Fills the fixed texts of domain.yml with the clinic's numbers. Select it in endpoints.yml:

nlg:
  type: bot.nlg.ClinicNLG
"""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig

from bot.content.clinic import Clinic, load_clinic
from bot.safety.texts import urgent_reply
from bot.settings import Settings


class ClinicNLG(TemplatedNaturalLanguageGenerator):
    """Rasa's template generator with the clinic's settings, which nothing else can overrule.

    The settings are read once, when it is made. It needs no database and no action server. Urgent texts carry
    their `Reply` as `custom`, so that rich surfaces can show numbers to tap.

    Raises:
        Exception: content/clinic.yml is missing or malformed (as `load_clinic` says).
    """

    def __init__(
        self,
        endpoint_config: EndpointConfig | None = None,
        domain: Domain | None = None,
        clinic: Clinic | None = None,
    ) -> None:
        super().__init__(domain.responses if domain else {})
        self._clinic = clinic or load_clinic(Settings.read().content / "clinic.yml")
        self._values = self._clinic.values()

    def generate_from_slots(
        self, utter_action: str, filled_slots: dict[str, Any], output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """As Rasa's, with the clinic's values standing above slots and arguments of the same name."""
        response: dict[str, Any] | None = super().generate_from_slots(
            utter_action, filled_slots | self._values, output_channel, **kwargs | self._values
        )
        if response is None:
            return None
        reply = urgent_reply(utter_action, str(response.get("text") or ""), self._clinic)
        if reply:
            response["custom"] = reply.to_dict()
        return response
