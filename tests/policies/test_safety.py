"""The safety policy beside Rasa's own policies and its own ensemble."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import PolicyPrediction, confidence_scores_for
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.safety import SafetyPolicy
from bot.safety import Detector
from bot.safety.pieces import HEARD, MESSAGES, WINDOW
from bot.settings import Settings

DOMAIN = Domain.from_yaml(
    """
version: "3.1"
intents: [ask_causes, emergency, call_today, crisis]
slots:
  name: {type: text, mappings: [{type: from_text}]}
forms:
  name_form: {required_slots: [name]}
actions: [action_answer]
responses:
  utter_emergency: [{text: "e"}]
  utter_call_today: [{text: "c"}]
  utter_crisis: [{text: "x"}]
  utter_ask_name: [{text: "n"}]
"""
)
DETECTOR = Detector.from_files(Settings.read().content)
NOW = 1_700_000_000.0


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[SafetyPolicy, RulePolicy]:
    """Our policy and Rasa's RulePolicy, made as Rasa makes them."""
    storage = LocalModelStorage.create(Path(tmp_path_factory.mktemp("storage")))
    context = ExecutionContext(GraphSchema({}))

    def make(kind: Any) -> Any:
        return kind.create(kind.get_default_config(), storage, Resource(kind.__name__), context)

    rules = make(RulePolicy)
    rules.lookup = {
        "rules": {},
        "rules_for_loop_unhappy_path": {},
        "rule_only_slots": [],
        "rule_only_loops": [],
        "rules_not_in_stories": [],
    }  # trained on none
    return make(SafetyPolicy), rules


def said(text: str, at: float = NOW, intent: str = "ask_causes", heard: Any = None) -> UserUttered:
    finding = DETECTOR.check(text)
    parse_data = {"intent": {"name": finding.level or intent, "confidence": 1.0}, "entities": [], "text": text}
    metadata = {HEARD: heard} if heard else {}
    data = {**parse_data, "safety": finding.to_dict()}
    return UserUttered(text, parse_data["intent"], [], data, timestamp=at, metadata=metadata)


def tracker(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("someone", list(events), slots=DOMAIN.slots)


def talk(*texts: str, apart: float = 60.0) -> DialogueStateTracker:
    """A talk in which the bot answered everything but the last message."""
    events: list[Event] = [ActionExecuted("action_listen")]
    for number, text in enumerate(texts):
        events.append(said(text, NOW + number * apart))
        if number < len(texts) - 1:
            events += [ActionExecuted("action_answer"), ActionExecuted("action_listen")]
    return tracker(*events)


def chosen(prediction: PolicyPrediction) -> str | None:
    if prediction.max_confidence == 0:
        return None
    return DOMAIN.action_names_or_texts[prediction.max_confidence_index]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("i can't breathe", "utter_emergency"),
        ("i have a fever", "utter_call_today"),
        ("i want to die", "utter_crisis"),
        ("what causes it?", None),
        ("what temperature is a fever?", None),
    ],
)
def test_danger_is_answered_by_its_fixed_text(
    parts: tuple[SafetyPolicy, RulePolicy], text: str, action: str | None
) -> None:
    assert chosen(parts[0].predict_action_probabilities(talk(text), DOMAIN)) == action


def test_it_listens_after_the_urgent_text_and_then_has_no_opinion(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    policy = parts[0]
    after = talk("i can't breathe")
    after.update(ActionExecuted("utter_emergency"))
    assert chosen(policy.predict_action_probabilities(after, DOMAIN)) == "action_listen"
    after.update(ActionExecuted("action_listen"))
    after.update(said("what causes leukopenia?", NOW + 5))
    assert chosen(policy.predict_action_probabilities(after, DOMAIN)) is None


def test_it_overrules_an_active_form(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    policy, rules = parts
    in_form = tracker(
        ActionExecuted("action_listen"),
        said("hello"),
        ActionExecuted("name_form"),
        ActiveLoop("name_form"),
        ActionExecuted("action_listen"),
        said("i can't breathe", NOW + 9),
    )
    predictions = [
        rules.predict_action_probabilities(in_form, DOMAIN),
        policy.predict_action_probabilities(in_form, DOMAIN),
    ]
    assert chosen(predictions[0]) == "name_form"
    assert (
        chosen(DefaultPolicyPredictionEnsemble().combine_predictions(predictions, in_form, DOMAIN)) == "utter_emergency"
    )


def test_it_overrules_rules_that_read_the_text_and_any_confidence(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    state = talk("i want to die")
    from_text = PolicyPrediction(
        confidence_scores_for("action_answer", 1.0, DOMAIN), "Other", 50, is_end_to_end_prediction=True
    )
    ours = parts[0].predict_action_probabilities(state, DOMAIN)
    assert (
        chosen(DefaultPolicyPredictionEnsemble().combine_predictions([from_text, ours], state, DOMAIN))
        == "utter_crisis"
    )


def test_without_danger_the_other_policies_decide(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    state = talk("what causes it?")
    other = PolicyPrediction(confidence_scores_for("action_answer", 0.3, DOMAIN), "Other", 1)
    ours = parts[0].predict_action_probabilities(state, DOMAIN)
    assert (
        chosen(DefaultPolicyPredictionEnsemble().combine_predictions([ours, other], state, DOMAIN)) == "action_answer"
    )


@pytest.mark.parametrize(
    ("texts", "level"),
    [
        (("i have a fever", "i'm on chemo"), "emergency"),
        (("i'm on chemo", "i have a fever"), "emergency"),
        (("i have chills", "what is leukopenia", "my neutrophils are 0.3"), "emergency"),
        (("i take methimazole", "i feel really ill"), "call_today"),
        (("had neulasta yesterday", "what is a spleen", "my left side under the ribs hurts"), "emergency"),
        (("my anc is 0.2", "38.6"), "emergency"),
        # said and answered: it is not said again when the talk goes on
        (("i have a fever and i'm on chemo", "what is neutropenia?"), None),
        (("i have a fever", "i'm on chemo", "ok thank you"), None),
        # topics do not combine
        (("what does chemo do?", "i have a fever"), "call_today"),
        (("what is a fever", "i'm on chemo"), None),
        # too long ago in messages
        (("i have a fever", "hello", "what causes it", "i'm on chemo"), None),
    ],
)
def test_danger_said_in_pieces_is_put_together(
    parts: tuple[SafetyPolicy, RulePolicy], texts: tuple[str, ...], level: str | None
) -> None:
    assert parts[0].level(talk(*texts)) == level


def test_pieces_older_than_the_window_are_not_put_together(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    assert MESSAGES == 3
    assert parts[0].level(talk("i have a fever", "i'm on chemo", apart=WINDOW - 1)) == "emergency"
    assert parts[0].level(talk("i have a fever", "i'm on chemo", apart=WINDOW + 1)) is None


def test_a_piece_that_was_heard_while_something_failed_counts_where_it_was_said(
    parts: tuple[SafetyPolicy, RulePolicy],
) -> None:
    heard = [list(DETECTOR.check("i'm on chemo").concepts)]
    assert parts[0].level(tracker(said("i have a fever", heard=heard))) == "emergency"
    after = tracker(said("hello", heard=heard), said("i have a fever", NOW + 9))
    assert parts[0].level(after) == "emergency"
    after.update(said("thanks", NOW + 10))
    after.update(said("i have chills", NOW + 11))  # by now it is too many messages ago
    assert parts[0].level(after) == "call_today"


def test_button_taps_do_not_count_as_messages(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    taps = ['/ask_causes{"condition":"leukopenia"}'] * 3
    assert parts[0].level(talk("i have a fever", *taps, "i'm on chemo")) == "emergency"


@pytest.mark.parametrize("safety", [None, {}, "broken", {"level": "unheard of"}, {"concepts": None}])
def test_messages_without_safety_data_are_no_danger(parts: tuple[SafetyPolicy, RulePolicy], safety: Any) -> None:
    event = UserUttered("hi", {"name": "ask_causes"}, [], {"safety": safety} if safety is not None else None)
    state = tracker(ActionExecuted("action_listen"), event)
    assert parts[0].predict_action_probabilities(state, DOMAIN).max_confidence == 0


def test_an_empty_tracker_is_no_danger(parts: tuple[SafetyPolicy, RulePolicy]) -> None:
    assert parts[0].predict_action_probabilities(tracker(), DOMAIN).max_confidence == 0
