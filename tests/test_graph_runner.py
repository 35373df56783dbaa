"""Our runner of the model's parts gives what Rasa's gives."""

from __future__ import annotations

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

from bot.graph_runner import PlainGraphRunner
from bot.turn import Turns

QUESTIONS = ("What is leukopenia?", "what causes it, and is it contagious?", "i have a fever and i'm on chemo", "/more")


@pytest.mark.parametrize("question", QUESTIONS)
async def test_messages_are_understood_as_with_rasas_runner(turns: Turns, question: str) -> None:
    assert turns.agent is not None
    processor = turns.agent.processor
    runner = processor.graph_runner
    assert type(runner) is PlainGraphRunner
    given = {"__message__": [UserMessage(question)], "__tracker__": None}
    targets = [processor.model_metadata.nlu_target]
    ours = runner.run(inputs=given, targets=targets)
    theirs = DaskGraphRunner.run(runner, inputs=given, targets=targets)
    assert list(ours) == targets
    outputs = [
        [message.as_dict(only_output_properties=True) for message in found[targets[0]]] for found in (ours, theirs)
    ]
    assert outputs[0] == outputs[1]
    assert outputs[0][0]["intent"]["name"]


def test_a_part_without_its_input_is_named(turns: Turns) -> None:
    assert turns.agent is not None
    processor = turns.agent.processor
    with pytest.raises(GraphRunError, match="Missing input"):
        processor.graph_runner.run(inputs={}, targets=[processor.model_metadata.nlu_target])
