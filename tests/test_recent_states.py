"""Policies that look at the last states alone predict what they predict from the whole conversation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from rasa.core.policies.policy import Policy
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUtteranceReverted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.graph_runner import PlainGraphRunner
from bot.recent_states import RecentStates, states_looked_at
from bot.turn import Turns
from tests.kit import Patient

#: Topics, talk, danger, taps on buttons, and a way through the stories, so that turns of rules alone are hidden.
TALK = (
    "hello",
    "What is leukopenia?",
    "what causes it, and is it contagious?",
    "tell me more",
    "where is this from?",
    "thank you",
    "how is gout treated?",
    "yes",
    "no",
    "i have a fever and i'm on chemo",
    "what are the symptoms?",
    "explain it more simply",
    "go back",
    "my count is 2.1, is that bad?",
    "can i talk to a nurse",
    "how are you",
    "can zinc help?",
    "bye",
)


@pytest.fixture(scope="module")
async def talk(turns: Turns) -> DialogueStateTracker:
    """A long talk with the real bot."""
    assert turns.agent is not None
    patient = Patient(turns)
    for text in TALK:
        await turns.turn(patient.sender_id, text, with_notice=False)
    tracker = await turns.agent.tracker_store.retrieve(patient.sender_id)
    assert tracker is not None
    return tracker


def _moments(turns: Turns, events: list[Event]) -> Iterator[DialogueStateTracker]:
    """The tracker as it was before each action."""
    assert turns.agent is not None
    for number, event in enumerate(events):
        if isinstance(event, ActionExecuted):
            slots = turns.agent.domain.slots if turns.agent.domain else []
            yield DialogueStateTracker.from_events("test-recent", events[:number], slots)


def _policies(turns: Turns) -> list[Policy]:
    assert turns.agent is not None
    runner = turns.agent.processor.graph_runner
    assert isinstance(runner, PlainGraphRunner)
    return [item for item in runner.components if isinstance(item, Policy)]


def test_predictions_are_the_same(turns: Turns, talk: DialogueStateTracker) -> None:
    assert turns.agent is not None
    processor = turns.agent.processor
    target = processor.model_metadata.core_target
    at_least = states_looked_at(_policies(turns))
    assert at_least is not None

    def predicted(tracker: DialogueStateTracker) -> tuple[object, ...]:
        found = processor.graph_runner.run(inputs={"__tracker__": tracker}, targets=[target])[target]
        return found.probabilities, found.policy_name, found.events, found.hide_rule_turn, found.is_no_user_prediction

    shorter = 0
    for tracker in _moments(turns, list(talk.events)):
        recent = RecentStates.of(tracker, at_least)
        assert predicted(recent) == predicted(tracker)
        shorter += len(recent.applied_events()) < len(tracker.applied_events())
    assert shorter > len(TALK)


def test_the_last_states_are_rasas(turns: Turns, talk: DialogueStateTracker) -> None:
    assert turns.agent is not None
    domain = turns.agent.processor.domain
    for tracker in _moments(turns, list(talk.events)):
        for hidden in (False, True):
            ours = RecentStates.of(tracker, 4).past_states(domain, ignore_rule_only_turns=hidden)
            assert ours[-4:] == tracker.past_states(domain, ignore_rule_only_turns=hidden)[-4:]


def test_states_that_a_policy_changes_are_whole_for_the_next_one(turns: Turns, talk: DialogueStateTracker) -> None:
    assert turns.agent is not None
    domain = turns.agent.processor.domain
    recent = RecentStates.of(talk, 4)
    first = recent.past_states(domain)
    before = repr(first)
    first[-1].clear()
    first[0]["user"] = {}
    assert repr(recent.past_states(domain)) == before


@pytest.mark.parametrize(
    "make", [lambda: ActiveLoop("a_form"), UserUtteranceReverted], ids=["a form", "a message taken back"]
)
def test_what_is_not_plain_is_left_to_rasa(turns: Turns, talk: DialogueStateTracker, make: Callable[[], Event]) -> None:
    assert turns.agent is not None
    last = max(number for number, event in enumerate(talk.events) if isinstance(event, UserUttered))
    events = [*list(talk.events)[: last + 1], make()]
    tracker = DialogueStateTracker.from_events("test-recent", events, turns.agent.processor.domain.slots)
    assert RecentStates.of(tracker, 1).applied_events() == tracker.applied_events()


def test_a_policy_that_looks_at_everything_is_known(turns: Turns) -> None:
    policies = _policies(turns)
    assert states_looked_at(policies) == 4  # max_history of MemoizationPolicy in config.yml
    memoization = next(item for item in policies if type(item).__name__ == "MemoizationPolicy")
    featurizer = memoization.featurizer
    before, featurizer.max_history = featurizer.max_history, None
    try:
        assert states_looked_at(policies) is None
    finally:
        featurizer.max_history = before
