"""The actions of `actions/`, run inside this process: the same rasa_sdk classes, no second server, no HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import jsonschema
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.lock_store import LockStore
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelMetadata
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

from bot.channels.collector import ReplyCollector
from bot.conversations.erasing import erase_conversation, says_erased
from bot.conversations.keeping import KeepingStore
from bot.delivery import MESSAGE_ID, AlreadyAnswered, replies_to, was_said
from bot.graph_runner import PlainGraphRunner
from bot.handover.processor import HandoverProcessor
from bot.recent_states import RecentStates, states_looked_at
from bot.rule_index import index_rules

logger = logging.getLogger(__name__)

ACTIONS_PACKAGE = "actions"
# Rasa walks through all its classes for each event of an action.
Event.resolve_by_type = staticmethod(lru_cache(maxsize=64)(Event.resolve_by_type))  # type: ignore[method-assign, assignment]


class EmbeddedActions(EndpointConfig):
    """An action endpoint that calls rasa_sdk's executor instead of a server.

    It takes and gives the same JSON-ready values as the action server does, so that both ways of running
    give the same replies.
    """

    def __init__(self, package: str = ACTIONS_PACKAGE) -> None:
        super().__init__(url="embedded://actions", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package(package)

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Runs the action that `kwargs["json"]` names and returns its events and responses."""
        return await self.executor.run(kwargs["json"])


class EmbeddedAction(RemoteAction):
    """A custom action whose result is checked once, and at little cost.

    Rasa's own check recompiles and re-checks the schema at each call, which costs about 19 ms. What comes over HTTP is
    checked by a validator that was compiled once; what rasa_sdk made in this process has its shape already.
    """

    _validator = jsonschema.Draft7Validator(RemoteAction.action_response_format_spec())

    async def run(self, output_channel: OutputChannel, *args: Any, **kwargs: Any) -> list[Event]:
        """As Rasa's, noting for the operator why an action could not be run: Rasa only logs it and goes on."""
        try:
            return await super().run(output_channel, *args, **kwargs)
        except Exception as error:
            if isinstance(output_channel, ReplyCollector):
                output_channel.failed = type(_reason(error)).__name__
            raise

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        made_here = isinstance(self.action_endpoint, EmbeddedActions)
        if not (made_here and isinstance(result, dict) and {"events", "responses"} <= result.keys()):
            self._validator.validate(result)
        return True


def _reason(error: BaseException) -> BaseException:
    """What went wrong: Rasa hides it behind an error of its own."""
    return (error.__cause__ or error.__context__ or error) if isinstance(error, RasaException) else error


class BotProcessor(HandoverProcessor):
    """Rasa's message processor with the quick action, with a look at what was understood, and no message twice."""

    #: "Deleted" is said when it is so: such a turn erases its conversation where others are saved. Rasa's own does not.
    erases = True

    @staticmethod
    def _load_model(model_path: Path | str) -> tuple[str, ModelMetadata, GraphRunner]:
        """Rasa's, with our runner, and with rules that are found at once."""
        name, metadata, loaded = HandoverProcessor._load_model(model_path)
        runner = PlainGraphRunner(loaded)
        for component in runner.components:
            if isinstance(component, RulePolicy):
                index_rules(component)
        return name, metadata, runner

    def _get_action(self, action_name: str) -> Action | None:
        action = super()._get_action(action_name)
        return self._quick(action) if action else None

    def predict_next_with_tracker_if_should(self, tracker: DialogueStateTracker) -> tuple[Action, PolicyPrediction]:
        """As Rasa's, with the quick action: Rasa makes the predicted action without asking `_get_action`."""
        action, prediction = super().predict_next_with_tracker_if_should(tracker)
        return self._quick(action), prediction

    def _predict_next_with_tracker(self, tracker: DialogueStateTracker) -> PolicyPrediction:
        if self._states_looked_at is None or tracker.followup_action:
            return super()._predict_next_with_tracker(tracker)
        return super()._predict_next_with_tracker(RecentStates.of(tracker, self._states_looked_at))

    @cached_property
    def _states_looked_at(self) -> int | None:
        return states_looked_at(item for item in self._components if isinstance(item, Policy))

    def _parse_message_with_graph(
        self, message: UserMessage, tracker: DialogueStateTracker, only_output_properties: bool = True
    ) -> dict[str, Any]:
        """As Rasa's, which reads a tapped button as if it had been typed and then puts its payload in place of all that."""
        given = Message({TEXT: message.text or ""})
        for component in self._payload_readers if given.get(TEXT).startswith(INTENT_MESSAGE_PREFIX) else ():
            read = component.process([given], self.domain)[0]
            if read is not given:
                return dict(read.as_dict(only_output_properties=only_output_properties))
        return super()._parse_message_with_graph(message, tracker, only_output_properties)

    @cached_property
    def _payload_readers(self) -> list[RegexMessageHandler]:
        return [item for item in self._components if isinstance(item, RegexMessageHandler)]

    @property
    def _components(self) -> list[Any]:
        return self.graph_runner.components if isinstance(self.graph_runner, PlainGraphRunner) else []

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing: it warns developers of intents that the domain lacks, whom training tells, and costs each message."""

    def _quick(self, action: Action) -> Action:
        return EmbeddedAction(action.name(), self.action_endpoint) if type(action) is RemoteAction else action

    async def _handle_message_with_tracker(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        # Here the conversation is locked and its tracker is at hand, so that no other server can answer meanwhile.
        message_id = (message.metadata or {}).get(MESSAGE_ID)
        events = await self._events_with(tracker, message_id) if message_id else ()
        answered = replies_to(events, message_id)
        with_silence = tracker.is_paused() and message_id is not None and was_said(events, message_id)
        if answered or with_silence:
            if isinstance(message.output_channel, ReplyCollector):
                message.output_channel.understood(tracker)
            raise AlreadyAnswered(answered, tracker.is_paused())
        await super()._handle_message_with_tracker(message, tracker)
        if isinstance(message.output_channel, ReplyCollector):
            message.output_channel.understood(tracker)

    async def _events_with(self, tracker: DialogueStateTracker, message_id: str) -> Iterable[Event]:
        """The events of the conversation among which the message is, if it came before."""
        store = self.tracker_store
        if was_said(tracker.events, message_id) or not isinstance(store, KeepingStore):
            return tracker.events
        if not await store.may_hold_earlier(tracker, message_id):
            return tracker.events
        full = await store.retrieve_full_tracker(tracker.sender_id)
        return full.events if full else ()

    async def save_tracker(self, tracker: DialogueStateTracker) -> None:
        """Saves the tracker; erases the conversation when that is what the patient is told. Raises: the store's error."""
        if not says_erased(tracker.events):
            await super().save_tracker(tracker)
            return
        if self.handover is not None:
            await self.handover.forget(tracker.sender_id)
        await erase_conversation(self.tracker_store, tracker.sender_id)

    async def rehearse(self, message: UserMessage) -> None:
        """A whole turn in an empty conversation that nobody keeps: for the readiness check."""
        tracker = DialogueStateTracker(message.sender_id, self.domain.slots)
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME), self.domain)
        await super()._handle_message_with_tracker(message, tracker)
        await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)

    async def _run_prediction_loop(self, output_channel: OutputChannel, tracker: DialogueStateTracker) -> None:
        await super()._run_prediction_loop(output_channel, tracker)
        if isinstance(output_channel, ReplyCollector) and not output_channel.replies and output_channel.if_silent:
            # Said here, before the conversation is saved, so that it keeps what the patient reads.
            reply = output_channel.if_silent()
            await output_channel.send_response(tracker.sender_id, {"custom": reply.to_dict()})
            tracker.update(BotUttered(reply.plain(), {"custom": reply.to_dict()}), self.domain)
            output_channel.failed = output_channel.failed or "no reply"


class BotAgent(Agent):
    """Rasa's agent with our processor, and with the conversation store as it is given.

    Rasa wraps a store so that an error falls back to a memory that is never read; here an error is an error.
    """

    domain: Domain
    tracker_store: TrackerStore
    lock_store: LockStore
    processor: BotProcessor | None

    @staticmethod
    def _create_tracker_store(store: TrackerStore | None, domain: Domain | None) -> TrackerStore:
        return store if store is not None else InMemoryTrackerStore(domain)

    def load_model(self, model_path: Any, fingerprint: str | None = None) -> None:
        """Loads the model at `model_path`; see `rasa.core.agent.Agent.load_model`."""
        self.processor = BotProcessor(
            model_path=model_path,
            tracker_store=self.tracker_store,
            lock_store=self.lock_store,
            action_endpoint=self.action_endpoint,
            generator=self.nlg,
        )
        self.domain = self.processor.domain
        self._set_fingerprint(fingerprint)
        self.tracker_store.domain = self.domain
        if isinstance(self.nlg, TemplatedNaturalLanguageGenerator):
            self.nlg.responses = self.domain.responses

    def use(self, tracker_store: TrackerStore, lock_store: LockStore) -> None:
        """Keeps and locks conversations there from now on. The model is loaded; nobody talks yet."""
        tracker_store.domain = self.domain
        self.tracker_store, self.lock_store = tracker_store, lock_store
        assert self.processor is not None
        self.processor.tracker_store, self.processor.lock_store = tracker_store, lock_store
