"""Runs the parts of a trained model one after the other."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


class PlainGraphRunner(DaskGraphRunner):
    """Rasa's runner without dask, which plans the same few nodes anew for each message and runs them in order, too.

    Args:
        loaded: Rasa's runner, whose nodes it takes over.
    """

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._graph_schema = loaded._graph_schema
        self._instantiated_nodes = loaded._instantiated_nodes
        self._execution_context = loaded._execution_context

    @property
    def components(self) -> list[Any]:
        """The loaded parts of the model."""
        return [node._component for node in self._instantiated_nodes.values() if node._component is not None]

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """What each of `targets` gives for `inputs`. Raises: GraphRunError when a node can't be run."""
        found = {name: (name, value) for name, value in (inputs or {}).items()}
        try:
            return dict(self._result(name, found) for name in targets or self._graph_schema.target_names)
        except RuntimeError as error:
            raise GraphRunError("Error running runner.") from error

    def _result(self, name: str, found: dict[str, Any]) -> Any:
        """The node's name and what it gives; its name alone when nothing has this name, as Rasa's nodes expect."""
        if name not in found:
            node = self._graph_schema.nodes.get(name)
            if node is None:
                return name
            found[name] = self._instantiated_nodes[name](*(self._result(need, found) for need in node.needs.values()))
        return found[name]
