"""Finds Rasa's rules by what was said last, instead of trying each rule at each prediction."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.shared.core.constants import PREVIOUS_ACTION, SHOULD_NOT_BE_SET, USER
from rasa.shared.core.domain import State
from rasa.shared.nlu.constants import ACTION_NAME, INTENT

#: The last action and the intent that a rule wants, None where it wants none.
Wanted = tuple[Any, Any]


def index_rules(policy: RulePolicy) -> None:
    """Makes a loaded policy look at the few rules that can hold; the rules that do are the same."""
    policy._get_possible_keys = RuleIndex(policy)  # type: ignore[method-assign]


class RuleIndex:
    """Takes the place of `RulePolicy._get_possible_keys`."""

    def __init__(self, policy: RulePolicy) -> None:
        self._policy = policy
        self._indexes = {id(lookup): _index(lookup) for lookup in policy.lookup.values() if isinstance(lookup, dict)}

    def __call__(self, lookup: Mapping[str, str], states: list[State]) -> set[str]:
        """The rules of `lookup` that hold for a conversation with these states."""
        index = self._indexes.get(id(lookup))
        if index is None or not states or not states[-1].get(PREVIOUS_ACTION):
            return RulePolicy._get_possible_keys(self._policy, dict(lookup), states)
        actions, intents = (None, _action(states[-1])), (None, _intent(states[-1]))
        possible: Iterable[str] = (
            key for action in set(actions) for intent in set(intents) for key in index.get((action, intent), ())
        )
        return {key for key in possible if self._holds(key, states)}

    def _holds(self, key: str, states: list[State]) -> bool:
        return all(self._policy._is_rule_applicable(key, turn, state) for turn, state in enumerate(reversed(states)))


def _index(lookup: Mapping[str, str]) -> dict[Wanted, list[str]]:
    index: dict[Wanted, list[str]] = defaultdict(list)
    for key in lookup:
        last: State = json.loads(key)[-1]
        index[_wanted(_action(last)), _wanted(_intent(last))].append(key)
    return dict(index)


def _wanted(value: Any) -> Any:
    return None if value == SHOULD_NOT_BE_SET else value or None


def _action(state: State) -> Any:
    return state.get(PREVIOUS_ACTION, {}).get(ACTION_NAME)


def _intent(state: State) -> Any:
    return state.get(USER, {}).get(INTENT)
