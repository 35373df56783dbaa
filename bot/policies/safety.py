"""Danger has the last word in the dialogue too, whatever a form, a story or a rule would do next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.safety import RuleBook
from bot.safety.model import LEVELS
from bot.safety.pieces import HEARD, WINDOW, together
from bot.safety.rulebook import FILE_NAME
from bot.settings import Settings

#: Above every policy of Rasa's (RulePolicy has 6).
PRIORITY = 100
RESPONSES: dict[str, str] = {level: f"utter_{level}" for level in LEVELS}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class SafetyPolicy(Policy):
    """Answers danger with the fixed urgent text and then listens.

    It reads what the red-flag detector wrote into the message. Danger that is said in pieces over the last
    messages ("i have a fever" … "i'm on chemo") is put together here. It looks at nothing else and learns nothing.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        book: RuleBook | None = None,
        **_: Any,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context)
        self._book = book or RuleBook.load(Settings.read().content / FILE_NAME)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Its priority; nothing else can be set."""
        return {"priority": PRIORITY}

    @staticmethod
    def supported_data() -> SupportedData:
        """It reads rules and stories alike: none."""
        return SupportedData.ML_AND_RULE_DATA

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Learns nothing."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The urgent text right after a message of danger, then `action_listen`; otherwise no opinion.

        The prediction counts as one that needs no user input, which in Rasa stands above forms and above rules
        that read the text.
        """
        action = self._action(tracker)
        if action is None or action not in domain.action_names_or_texts:
            return self._prediction(self._default_predictions(domain))
        probabilities = self._default_predictions(domain)
        probabilities[domain.index_for_action(action)] = 1.0
        return self._prediction(probabilities, is_no_user_prediction=True)

    def _action(self, tracker: DialogueStateTracker) -> str | None:
        level = self.level(tracker)
        if level is None:
            return None
        if tracker.latest_action_name == ACTION_LISTEN_NAME:
            return RESPONSES[level]
        return ACTION_LISTEN_NAME if tracker.latest_action_name in RESPONSES.values() else None

    def level(self, tracker: DialogueStateTracker) -> str | None:
        """The level of the latest message: its own, or what it comes to together with those before it."""
        said = _recent(tracker)
        latest = next(said, {})
        earlier = (safety.get("concepts") or () for safety in said)
        return together(self._book, latest.get("level"), latest.get("concepts") or (), earlier)


def _recent(tracker: DialogueStateTracker) -> Iterator[dict[str, Any]]:
    """What the detector wrote into the patient's latest messages, newest first. Button taps are left out.

    Messages that are not kept stand where the guard says that it heard them, before the next one that is.
    """
    newest: float | None = None
    for event in reversed(tracker.events):
        if not isinstance(event, UserUttered):
            continue
        safety = (event.parse_data or {}).get("safety")
        if newest is None:
            newest = float(event.timestamp)
        elif (event.text or "").startswith("/"):
            continue
        if newest - float(event.timestamp) > WINDOW:
            return
        yield safety if isinstance(safety, dict) else {}
        yield from ({"concepts": concepts} for concepts in (event.metadata or {}).get(HEARD) or ())
