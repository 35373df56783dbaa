"""Replies that can't go into the webhook's answer: late ones, and WhatsApp's buttons. Never silent, never twice."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.channels.twilio.answer import Answerer
from bot.channels.twilio.memory import Memory
from bot.channels.twilio.rest import Rest
from bot.channels.twilio.settings import TwilioSettings
from bot.turn import Turns
from tests.channels.twilio.client import CLINIC, SENDER_KEY, TOKEN, sid
from tests.channels.twilio.line import EMPTY, Line
from tests.channels.twilio.rest_api import ACCOUNT, HANG_UP, RestApi

QUESTION = "is leukopenia contagious"
TEMPLATES = {"buttons2": "HX" + "2" * 32, "list3": "HX" + "3" * 32}


@pytest.fixture
def line(turns: Turns, api: RestApi, tmp_path: Path) -> Callable[..., Line]:
    """Makes lines of new patients with settings of their own."""

    def make(surface: str = "sms", **settings: Any) -> Line:
        settings = {"account_sid": ACCOUNT, "api_url": api.url, **settings}
        twilio = TwilioSettings(TOKEN, SENDER_KEY, **settings)
        answerer = Answerer(turns, Memory(tmp_path / "twilio.db"), twilio)
        if answerer.rest is not None:
            answerer.rest = Rest(twilio, waits=(0.0, 0.0))
        return Line(answerer, surface)

    return make


async def late(line: Line, body: str) -> None:
    """Sends a message whose reply is late, and waits until it was sent."""
    assert await line.sends(body) == EMPTY
    await line.answerer.finish(60)


async def test_a_late_reply_follows_whole_and_once(
    line: Callable[..., Line], api: RestApi, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    slow, message = line(deadline=0.0), sid()
    assert [await slow.sends(QUESTION, message) for _ in range(3)] == [EMPTY] * 3
    await slow.answerer.finish(60)
    assert await slow.sends(QUESTION, message) == EMPTY
    notice, answer = api.sent
    assert notice["Body"].startswith("Hello. I'm a computer program from Demo Clinic.")
    assert answer["Body"].startswith("No,") and "not medical advice" in answer["Body"] and "1. " in answer["Body"]
    assert {(sent["To"], sent["From"]) for sent in api.sent} == {(slow.address, CLINIC)}
    # The choices of a late reply are valid like any other's.
    await late(slow, "1")
    assert api.sent[2]["Body"] != answer["Body"] and 'From "Low white' in api.sent[2]["Body"]
    assert "urllib3.connectionpool" in caplog.text and "twilio.http_client" not in caplog.text
    assert not any(word in caplog.text for word in (slow.address, slow.address[1:], "contagious", TOKEN))


async def test_a_reply_in_time_needs_no_network(line: Callable[..., Line], api: RestApi) -> None:
    assert "<Message>No," in await line(deadline=14.0).sends(QUESTION)
    assert api.tried == 0


async def test_without_an_account_a_late_reply_becomes_a_fixed_text(line: Callable[..., Line], api: RestApi) -> None:
    slow, message = line(deadline=0.0, account_sid=""), sid()
    said = await slow.sends(QUESTION, message)
    assert "something went wrong on my side" in said and "555-0100" in said
    assert await slow.sends(QUESTION, message) == said
    assert "911 now" in await slow.sends("i have chest pain and can't breathe")
    assert api.tried == 0
    # What was given up is not in the conversation: "1" picks nothing of it.
    in_time = line(deadline=14.0)
    in_time.address = slow.address
    assert "<Message>Hello. I'm a computer program" in await in_time.sends("hi")


@pytest.mark.parametrize("refusals", [[(503, 20500)], [(429, 20429), (500, 0)], [HANG_UP, HANG_UP]])
async def test_a_busy_twilio_is_asked_again(
    line: Callable[..., Line], api: RestApi, refusals: list[tuple[int, int]]
) -> None:
    slow = line(deadline=0.0)
    await late(slow, "hi")
    api.sent.clear()
    api.refusals[:] = refusals
    tried = api.tried
    await late(slow, QUESTION)
    assert [sent["Body"][:3] for sent in api.sent] == ["No,"]
    assert api.tried == tried + len(refusals) + 1


@pytest.mark.parametrize(("status", "code", "tries"), [(400, 21610, 1), (400, 21211, 1), (503, 20500, 3)])
async def test_what_twilio_does_not_take_is_counted_and_logged_without_words(
    line: Callable[..., Line], api: RestApi, caplog: pytest.LogCaptureFixture, status: int, code: int, tries: int
) -> None:
    slow = line(deadline=0.0)
    await late(slow, "hi")
    api.refusals[:] = [(status, code)] * 9
    tried = api.tried
    await late(slow, QUESTION)
    assert api.tried == tried + tries
    lines = [record.getMessage() for record in caplog.records if "could not be sent" in record.getMessage()]
    assert lines == [f"a late reply on channel sms could not be sent: status {status}, code {code}"]


async def test_a_twilio_that_is_not_there(
    line: Callable[..., Line], api: RestApi, caplog: pytest.LogCaptureFixture
) -> None:
    slow = line(deadline=0.0)
    api.close()
    await late(slow, QUESTION)
    assert "could not be sent: ConnectionError" in caplog.text
    assert slow.address not in caplog.text


async def test_many_late_replies_reach_their_own_patients(line: Callable[..., Line], api: RestApi) -> None:
    first = line(deadline=0.0)
    phones = [Line(first.answerer, "sms") for _ in range(10)]
    asked = ["is leukopenia contagious", "what causes leukopenia"] * 5
    assert set(await asyncio.gather(*(phone.sends(text) for phone, text in zip(phones, asked, strict=True)))) == {EMPTY}
    await first.answerer.finish(60)
    heard = {phone.address: [sent["Body"] for sent in api.sent if sent["To"] == phone.address] for phone in phones}
    assert [(len(said), said[-1][:3]) for said in heard.values()] == [(2, "No,"), (2, "Man")] * 5


# --- WhatsApp's buttons and lists ---


async def test_a_list_is_sent_and_its_item_is_obeyed(line: Callable[..., Line], api: RestApi) -> None:
    phone, message = line("whatsapp", templates=TEMPLATES, deadline=14.0), sid()
    assert await phone.sends(QUESTION, message) == EMPTY
    assert await phone.sends(QUESTION, message) == EMPTY  # a second delivery sends nothing again
    notice, answer = api.sent
    assert notice["Body"].startswith("Hello.") and "ContentSid" not in notice
    assert (answer["ContentSid"], answer["From"]) == (TEMPLATES["list3"], "whatsapp:" + CLINIC)
    variables = json.loads(answer["ContentVariables"])
    assert list(variables) == [str(position) for position in range(1, 11)]
    assert variables["1"].startswith("No,") and "Source:" in variables["1"] and "not medical advice" in variables["1"]
    assert [variables["2"], variables["5"], variables["8"]] == ["1.", "2.", "3."]
    assert all("/" not in value or value == variables["1"] for value in variables.values()), "a payload is shown"
    assert await phone.sends("2.", ListId=variables["6"], ListTitle="2.") == EMPTY
    follow_up = json.loads(api.sent[2]["ContentVariables"])
    assert follow_up["1"] != variables["1"]
    # The number of an item works as well as the item.
    await phone.sends("the second one")
    assert api.sent[3]["ContentVariables"] != api.sent[2]["ContentVariables"]


async def test_buttons_are_sent_and_obeyed(line: Callable[..., Line], api: RestApi) -> None:
    phone = line("whatsapp", templates=TEMPLATES, deadline=14.0)
    await phone.sends("hi")
    assert await phone.sends("delete my data") == EMPTY
    sent = api.sent[-1]
    assert sent["ContentSid"] == TEMPLATES["buttons2"]
    variables = json.loads(sent["ContentVariables"])
    assert (variables["2"], variables["4"]) == ("Yes, delete it", "No, keep it")
    assert "Done. What you wrote here is deleted." in await phone.sends(
        "Yes, delete it", ButtonPayload=variables["3"], ButtonText="Yes, delete it"
    )


async def test_only_buttons_of_this_conversation_are_obeyed(line: Callable[..., Line], api: RestApi) -> None:
    one = line("whatsapp", templates=TEMPLATES, deadline=14.0)
    await one.sends("hi")
    await one.sends("delete my data")
    button = json.loads(api.sent[-1]["ContentVariables"])["3"]
    other = Line(one.answerer, "whatsapp")
    for payload in (button, "/delete_data", '/delete_data{"confirmed": "yes"}', "/restart", "x" * 300):
        said = await other.sends("what is this", ButtonPayload=payload, ButtonText="what is this")
        assert "deleted" not in said + api.sent[-1].get("Body", "") + api.sent[-1].get("ContentVariables", "")


async def test_buttons_that_twilio_does_not_take_become_numbers(line: Callable[..., Line], api: RestApi) -> None:
    phone = line("whatsapp", templates=TEMPLATES, deadline=14.0)
    api.refusals[:] = [(400, 63016)]
    said = await phone.sends(QUESTION)
    assert "<Message>No," in said and "1. " in said
    assert api.sent == []


async def test_what_was_sent_is_not_said_again_when_the_rest_fails(line: Callable[..., Line], api: RestApi) -> None:
    for deadline, said in ((14.0, 1), (0.0, 0)):
        phone = line("whatsapp", templates=TEMPLATES, deadline=deadline)
        sent = len(api.sent)
        # The opening notice is taken, the answer with its list is not.
        api.refuse_templates = True
        assert (await phone.sends(QUESTION)).count("<Message>") == said
        await phone.answerer.finish(60)
        assert [message["Body"][:3] for message in api.sent[sent:]] == ["Hel", "No,"][: 2 - said]


async def test_no_template_of_the_right_size_means_numbers(line: Callable[..., Line], api: RestApi) -> None:
    phone = line("whatsapp", templates={"list2": "HX" + "2" * 32}, deadline=14.0)
    assert "1. " in await phone.sends(QUESTION)
    sms = line("sms", templates=TEMPLATES, deadline=14.0)
    assert "1. " in await sms.sends(QUESTION)
    assert api.tried == 0


async def test_a_late_reply_has_buttons_too(line: Callable[..., Line], api: RestApi) -> None:
    phone = line("whatsapp", templates=TEMPLATES, deadline=0.0)
    await late(phone, QUESTION)
    assert [sent.get("ContentSid") for sent in api.sent] == [None, TEMPLATES["list3"]]
    api.refusals[:] = [(400, 63016)]
    await late(phone, "what causes it")
    assert len(api.sent) == 3 and api.sent[-1]["Body"].startswith("Many things") and "1. " in api.sent[-1]["Body"]
