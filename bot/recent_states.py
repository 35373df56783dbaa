"""What policies look at: the last states of a conversation, worked out once for all policies.

Rasa replays the whole conversation for each policy, twice a turn, though rules and memorised stories look at a few
states alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rasa.core.policies.memoization import MemoizationPolicy
from rasa.core.policies.policy import Policy
from rasa.core.policies.rule_policy import RULES, RULES_FOR_LOOP_UNHAPPY_PATH, RulePolicy
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain, State
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    Event,
    Restarted,
    SessionStarted,
    UserUtteranceReverted,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.safety import SafetyPolicy

#: Nothing before these counts.
BEGINNINGS = frozenset({Restarted, SessionStarted})
#: With these, what was before can count in other ways than by the last states.
INTRICATE = frozenset({ActionReverted, UserUtteranceReverted, ActiveLoop})


def states_looked_at(policies: Iterable[Policy]) -> int | None:
    """How many of a conversation's last states decide what the policies predict; None when all of them may."""
    most = 1
    for policy in policies:
        if isinstance(policy, SafetyPolicy):
            continue  # it reads messages, not states
        if isinstance(policy, RulePolicy):
            lookups = (policy.lookup.get(name, {}) for name in (RULES, RULES_FOR_LOOP_UNHAPPY_PATH))
            most = max([most, *(len(json.loads(key)) for lookup in lookups for key in lookup)])
        elif isinstance(policy, MemoizationPolicy) and policy.featurizer.max_history:
            most = max(most, policy.featurizer.max_history)
        else:
            return None
    return most


class RecentStates(DialogueStateTracker):
    """A tracker with all that it holds, whose past states are the last ones alone.

    It is for one prediction: it shares everything with the tracker that it is made of.
    """

    _at_least: int
    _known: dict[str, list[State]]

    @classmethod
    def of(cls, tracker: DialogueStateTracker, at_least: int) -> RecentStates:
        """The tracker with the last `at_least` states or some more."""
        made = cls.__new__(cls)
        made.__dict__.update(tracker.__dict__)
        made._at_least = at_least
        made._known = {}
        return made

    def past_states(
        self,
        domain: Domain,
        omit_unset_slots: bool = False,
        ignore_rule_only_turns: bool = False,
        rule_only_data: dict[str, Any] | None = None,
    ) -> list[State]:
        """As Rasa's; a state before those that are looked at can be missing or less than it was."""
        key = repr((omit_unset_slots, ignore_rule_only_turns, ignore_rule_only_turns and rule_only_data))
        if key not in self._known:
            self._known[key] = super().past_states(domain, omit_unset_slots, ignore_rule_only_turns, rule_only_data)
        # Policies take away from states what they don't need.
        return [{kind: dict(part) for kind, part in state.items()} for state in self._known[key]]

    def applied_events(self) -> list[Event]:
        """As Rasa's, but only what the last states come from."""
        if self.active_loop or any(slot.influence_conversation for slot in self.slots.values()):
            return super().applied_events()
        recent: list[Event] = []
        shown = 0
        for event in reversed(self.events):
            kind = type(event)
            if kind in INTRICATE:
                return super().applied_events()
            if kind in BEGINNINGS:
                break
            recent.append(event)
            if isinstance(event, ActionExecuted):
                shown += not event.hide_rule_turn
                # Before the wait for a message there is one state more, which is taken for the conversation's first.
                if shown > self._at_least and event.action_name == ACTION_LISTEN_NAME:
                    break
        return recent[::-1]
