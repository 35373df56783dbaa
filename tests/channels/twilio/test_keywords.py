"""STOP, START and HELP, as carriers require them, and without losing a cry for help."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.channels.twilio.keywords import HELP, START, TWILIO_STOP, WHATSAPP_STOP, keyword
from bot.safety import Detector
from bot.settings import Settings
from tests.channels.twilio.client import Phone, texts

STOPS = ["STOP", "stop", "Stop!", " stop. ", "«STOP»", "'stop'", "STOP ALL", "stop-all", "unsubscribe", "Cancel", "end",
         "QUIT", "revoke", "opt out", "Opt-Out", "ＳＴＯＰ", "stop 🛑", "stop\n"]  # fmt: skip
NO_STOPS = ["please stop", "stop it", "does it stop", "when does it end", "can I stop the pills", "s", "st", "stopp",
            "quit smoking", "stop?? what", "", "the end", "stop " * 20]  # fmt: skip


@pytest.mark.parametrize("text", STOPS)
def test_words_that_stop(text: str) -> None:
    assert keyword(text, "sms", stopped=False) == "stop"


@pytest.mark.parametrize("text", NO_STOPS)
def test_words_that_do_not_stop(text: str) -> None:
    assert keyword(text, "sms", stopped=False) is None
    assert keyword(text, "whatsapp", stopped=True) is None


def test_start_and_yes_take_up_again_only_what_was_stopped() -> None:
    assert [keyword(word, "sms", stopped=True) for word in ("Start", "YES", "unstop!")] == ["start"] * 3
    assert [keyword(word, "sms", stopped=False) for word in ("start", "yes", "unstop")] == [None] * 3
    assert keyword("start", "whatsapp", stopped=True) == "start"
    assert keyword("yes", "whatsapp", stopped=True) is None


def test_help_is_a_word_by_itself() -> None:
    assert keyword("Help!", "sms", stopped=False) == keyword("INFO", "sms", stopped=True) == "help"
    assert keyword("help i can't breathe", "sms", stopped=False) is None
    assert keyword("help", "whatsapp", stopped=False) is None


def test_words_of_a_talk_stay_words_on_whatsapp() -> None:
    assert [keyword(word, "whatsapp", stopped=False) for word in ("cancel", "end", "quit")] == [None] * 3
    assert keyword("STOP", "whatsapp", stopped=False) == "stop"


def test_no_keyword_is_a_sign_of_danger(settings: Settings) -> None:
    """Else a keyword would be answered with the urgent reply: keywords yield to danger."""
    detector = Detector.from_files(settings.content)
    words = TWILIO_STOP | WHATSAPP_STOP | START | HELP
    assert [word for word in words if detector.check(word.lower()).level] == []


# --- at the real server ---


def test_stop_and_start_on_sms(phone: Phone) -> None:
    assert phone.sends("hi")
    assert phone.sends("STOP") == []  # Twilio itself confirms it
    assert phone.sends("hi") == phone.sends("what is leukopenia") == phone.sends("", NumMedia="1") == []
    assert phone.sends("help")[0].startswith("Demo Clinic: a computer program")
    again = phone.sends("start")
    assert len(again) == 1 and again[0].startswith("You will get answers from Demo Clinic again.")
    assert phone.sends("hi")


def test_a_stop_that_twilio_does_not_know_is_confirmed(phone: Phone) -> None:
    assert phone.sends("opt out")[0].startswith("You will get no more messages from Demo Clinic here.")
    assert phone.sends("hi") == []


def test_stop_on_whatsapp_is_confirmed_because_nobody_else_does(new_phone: Callable[..., Phone]) -> None:
    phone = new_phone(whatsapp=True)
    assert phone.sends("stop")[0].startswith("You will get no more messages from Demo Clinic here.")
    assert phone.sends("is it contagious") == []
    assert phone.sends("START")[0].startswith("You will get answers")
    assert phone.sends("hi")


def test_advanced_opt_out_has_answered_already(phone: Phone) -> None:
    assert phone.sends("ARRET", OptOutType="STOP") == []
    assert phone.sends("hi") == []
    assert phone.sends("DEBUT", OptOutType="START") == []
    assert phone.sends("hi")
    assert phone.sends("AIDE", OptOutType="HELP") == []
    assert "911 now" in phone.sends("help i can't breathe", OptOutType="HELP")[0]
    assert phone.sends("hi", OptOutType="OTHER")


def test_danger_is_never_swallowed(phone: Phone) -> None:
    assert "911 now" in phone.sends("help i can't breathe")[0]
    phone.sends("STOP")
    assert "911 now" in phone.sends("i have chest pain and can't breathe")[0]
    assert "988" in phone.sends("i want to kill myself")[0]
    assert phone.sends("is it contagious") == []


def test_stop_on_one_phone_does_not_stop_another(new_phone: Callable[..., Phone]) -> None:
    one, other = new_phone(), new_phone()
    one.sends("stop")
    assert other.sends("hi")


def test_a_recorded_stop_or_start_has_no_effect_again(phone: Phone) -> None:
    stop = phone.fields("opt out")
    first = phone.post(stop)
    start = phone.fields("start")
    phone.post(start)
    assert phone.post(stop).text == first.text
    assert phone.sends("hi"), "the old STOP stopped again"
    phone.sends("stop")
    assert texts(phone.post(start))
    assert phone.sends("hi") == [], "the old START took up again"
