"""STOP, START and HELP: the words with which carriers let people stop, start and ask about messages."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Keyword = Literal["stop", "start", "help"]
#: On these Twilio itself stops sending and confirms it, when they are the whole message.
TWILIO_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"})
#: WhatsApp has no such rule and Twilio does nothing there; words that people use in a talk (end, cancel, quit) stay
#: words.
WHATSAPP_STOP = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "OPTOUT"})
START = frozenset({"START", "UNSTOP"})
#: Takes messages up again, but only for who has stopped them: it is an answer to a question otherwise.
YES = "YES"
HELP = frozenset({"HELP", "INFO"})


def keyword(text: str, surface: str, stopped: bool) -> Keyword | None:
    """The keyword that is the whole of `text`: letters large or small, marks around it and a space in it ("stop all",
    "opt-out", "Stop!") do not matter. "please stop" is no keyword.

    Args:
        text: What was typed.
        surface: `sms` or `whatsapp`.
        stopped: Whether this patient has stopped messages.
    """
    word = _word(text)
    if word in (TWILIO_STOP if surface == "sms" else WHATSAPP_STOP):
        return "stop"
    if stopped and (word in START or (word == YES and surface == "sms")):
        return "start"
    if surface == "sms" and word in HELP:
        return "help"
    return None


def confirmed_by_twilio(text: str, surface: str) -> bool:
    """Whether Twilio confirms this STOP itself: on SMS, for a word of its list with nothing around it."""
    return surface == "sms" and text.strip().upper() in TWILIO_STOP


def _word(text: str) -> str:
    letters = "".join(
        char for char in unicodedata.normalize("NFKC", text) if char.isalnum() or char.isspace() or char == "-"
    )
    return re.sub(r"[\s-]+", "", letters).upper() if len(text) <= 40 else ""
