"""Errors that are told to who runs a command: their texts say what is wrong and what to do, and hold no patient's words."""

from __future__ import annotations

import sys

#: "module:class". Of any other error only the type and the places are told (`bot.logs`).
TOLD = (
    "bot.action_server:ActionServerError",
    "bot.backends:BackendsError",
    "bot.channels.matrix.registration:RegistrationError",
    "bot.content.importer.source:ImportProblem",
    "bot.content.problems:ContentError",
    "bot.content.store:StoreError",
    "bot.conversations.connection:ConversationStoreError",
    "bot.evaluation.questions:BadCsv",
    "bot.runtime:NotReady",
    "bot.safety.evaluation:BadFile",
    "bot.safety.readiness:NotForPatients",
)


def is_told(error: Exception) -> bool:
    """Whether the text of `error` may be shown as it is.

    A module that was not imported can't have raised it, so none is imported for this: some take seconds.
    """
    return any(isinstance(error, _kind(*name.split(":"))) for name in TOLD)


def _kind(module: str, name: str) -> type[Exception] | tuple[()]:
    return getattr(sys.modules.get(module), name, ())
