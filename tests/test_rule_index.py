"""Rules that are found by what was said last are those that Rasa finds by trying each."""

from __future__ import annotations

import pytest
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.shared.core.constants import SHOULD_NOT_BE_SET
from rasa.shared.core.domain import State

from bot.graph_runner import PlainGraphRunner
from bot.rule_index import RuleIndex
from bot.turn import Turns


@pytest.fixture
def policy(turns: Turns) -> RulePolicy:
    assert turns.agent is not None
    runner = turns.agent.processor.graph_runner
    assert isinstance(runner, PlainGraphRunner)
    return next(item for item in runner.components if isinstance(item, RulePolicy))


def test_the_bot_uses_it(policy: RulePolicy) -> None:
    assert isinstance(policy._get_possible_keys, RuleIndex)


def test_the_same_rules_are_found(turns: Turns, policy: RulePolicy) -> None:
    assert turns.agent is not None and turns.agent.domain is not None
    lookup = policy.lookup[RULES]
    domain = turns.agent.domain
    found = 0
    for intent in (*domain.intents, None):
        user = {"intent": intent, "entities": ("condition",)} if intent else {"text": "what is it?"}
        for action in ("action_listen", "action_answer", "utter_emergency", "action_unknown", None):
            states: list[State] = [{}, {"prev_action": {"action_name": "action_listen"}, "user": user}]
            if action != "action_listen":
                states.append({"user": user, **({"prev_action": {"action_name": action}} if action else {})})
            expected = RulePolicy._get_possible_keys(policy, lookup, states)
            assert policy._get_possible_keys(lookup, states) == expected
            found += bool(expected)
    assert found > len(lookup) / 2


@pytest.mark.parametrize("states", [[], [{}], [{"user": {"intent": "greet"}}]])
def test_odd_states_give_what_rasa_gives(policy: RulePolicy, states: list[State]) -> None:
    lookup = policy.lookup[RULES]
    assert policy._get_possible_keys(lookup, states) == RulePolicy._get_possible_keys(policy, lookup, states)


def test_rules_that_want_no_intent_no_action_or_none_at_all_are_found(policy: RulePolicy) -> None:
    other = object.__new__(RulePolicy)
    lookup = {
        '[{"prev_action": {"action_name": "action_listen"}}]': "one",
        '[{"user": {"intent": "greet"}}]': "two",
        f'[{{"prev_action": {{"action_name": "action_listen"}}, "user": {{"intent": "{SHOULD_NOT_BE_SET}"}}}}]': "three",
        "[{}]": "four",
    }
    other.lookup = {RULES: lookup}
    index = RuleIndex(other)
    listening = {"prev_action": {"action_name": "action_listen"}}
    for state in ({}, listening, {**listening, "user": {"intent": "greet"}}, {"user": {"intent": "greet"}}):
        assert index(lookup, [state]) == RulePolicy._get_possible_keys(other, lookup, [state])
    assert index(lookup, [listening]) == set(lookup) - {'[{"user": {"intent": "greet"}}]', "[{}]"}
