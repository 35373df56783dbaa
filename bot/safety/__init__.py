"""The safety core: what danger looks like in a patient's words. It needs no model and nothing of Rasa."""

from bot.safety.detector import Detector
from bot.safety.model import Finding
from bot.safety.rulebook import RedFlagsError, RuleBook

__all__ = ["Detector", "Finding", "RedFlagsError", "RuleBook"]
