"""Who may call: requests that Twilio signed for this address, and no others. Nothing is processed before that."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import httpx
import pytest

from bot.channels.twilio.signature import NotSigned, Signatures
from tests.channels.twilio.client import FORM, TOKEN, Phone, sign, texts

URL = "https://bot.clinic.example/twilio/webhook"
PATH = "/twilio/webhook"
#: The example of Twilio's own documentation and of the tests of its helper libraries.
TWILIO_EXAMPLE = {
    "url": "https://mycompany.com/myapp.php?foo=1&bar=2",
    "token": "12345",
    "fields": "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309",
    "signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
}


def check(
    body: str, signature: str | None, base: str = "https://bot.clinic.example", **more: str
) -> dict[str, list[str]]:
    """The fields of a request to `URL`."""
    request = {"own_url": "http://10.0.0.7:5005", "path": PATH, "query": "", "content_type": FORM, **more}
    fields = Signatures(TOKEN, base).check(body=body.encode(), signature=signature, **request)
    return {name: fields.getall(name) for name in fields}


def test_the_example_of_twilios_documentation() -> None:
    fields = Signatures("12345", "https://mycompany.com").check(
        own_url="", path="/myapp.php", query="foo=1&bar=2", content_type=FORM,
        body=TWILIO_EXAMPLE["fields"].encode(), signature=TWILIO_EXAMPLE["signature"],
    )  # fmt: skip
    assert fields["From"] == "+14158675309"


def test_an_empty_field_is_part_of_the_signature() -> None:
    fields = check("Body=&NumMedia=1", sign(URL, [("Body", ""), ("NumMedia", "1")]))
    assert fields == {"Body": [""], "NumMedia": ["1"]}


def test_a_field_that_is_there_twice_is_signed_with_both_values() -> None:
    pairs = [("Body", "hi"), ("Tag", "b"), ("Tag", "a")]
    assert check("Body=hi&Tag=b&Tag=a", sign(URL, pairs)) == {"Body": ["hi"], "Tag": ["b", "a"]}
    with pytest.raises(NotSigned):
        check("Body=hi&Tag=b&Tag=c", sign(URL, pairs))


def test_letters_of_all_languages_and_signs() -> None:
    text = "Ist das schlimm? 🩸 a+b=c & 100 %\n¿qué es?"
    body = str(httpx.QueryParams({"Body": text}))
    assert check(body, sign(URL, [("Body", text)])) == {"Body": [text]}


@pytest.mark.parametrize("called", [URL, URL.replace("example/", "example:443/")])
def test_the_port_may_or_may_not_be_in_what_twilio_signed(called: str) -> None:
    assert check("Body=hi", sign(called, [("Body", "hi")])) == {"Body": ["hi"]}


@pytest.mark.parametrize("base", ["https://bot.clinic.example:8443", "https://bot.clinic.example:8443/"])
def test_an_unusual_port_is_signed_with_and_without_it(base: str) -> None:
    for called in (URL.replace("example/", "example:8443/"), URL):
        assert check("Body=hi", sign(called, [("Body", "hi")]), base=base) == {"Body": ["hi"]}


def test_the_query_is_part_of_the_address() -> None:
    signature = sign(URL + "?clinic=north&x=%20", [("Body", "hi")])
    assert check("Body=hi", signature, query="clinic=north&x=%20") == {"Body": ["hi"]}
    with pytest.raises(NotSigned):
        check("Body=hi", signature, query="clinic=south&x=%20")


def test_a_proxy_that_takes_a_path_of_ours_away() -> None:
    called = "https://clinic.example/bot/twilio/webhook"
    assert check("Body=hi", sign(called, [("Body", "hi")]), base="https://clinic.example/bot") == {"Body": ["hi"]}


def test_without_a_public_address_the_requests_own_counts() -> None:
    called = "http://10.0.0.7:5005/twilio/webhook"
    assert check("Body=hi", sign(called, [("Body", "hi")]), base="") == {"Body": ["hi"]}


def test_a_json_body_is_signed_by_its_hash_in_the_address() -> None:
    body = json.dumps({"Body": "hi", "NumMedia": 0})
    query = "bodySHA256=" + hashlib.sha256(body.encode()).hexdigest()
    signature = sign(f"{URL}?{query}")
    assert check(body, signature, query=query, content_type="application/json") == {"Body": ["hi"], "NumMedia": ["0"]}
    for other in (body.replace("hi", "ho"), "[1]", "{", "[" * 100_000):
        with pytest.raises(NotSigned):
            check(other, signature, query=query, content_type="application/json")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8"])
def test_a_json_body_without_its_hash_is_refused(kind: str) -> None:
    with pytest.raises(NotSigned):
        check('{"Body": "hi"}', sign(URL), content_type=kind)


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_another_kind_of_body_is_refused_however_it_is_signed(kind: str) -> None:
    for signature in (sign(URL), sign(URL, [("Body", "hi")])):
        with pytest.raises(NotSigned):
            check("Body=hi", signature, content_type=kind)


@pytest.mark.parametrize(
    "signature", [None, "", "x", "é", sign(URL), sign(URL, [("Body", "ho")]), sign(URL, [("Body", "hi")], "f" * 32)]
)
def test_wrong_signatures(signature: str | None) -> None:
    with pytest.raises(NotSigned):
        check("Body=hi", signature)


@pytest.mark.parametrize("host", ["http://bot:99999", "http://bot:x", "http://[::1", "http://", "nothing"])
def test_a_host_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(NotSigned):
        check("Body=hi", sign(host + PATH, [("Body", "hi")]), base="", own_url=host)


def test_a_form_that_can_not_be_read_is_refused() -> None:
    for body in ("a=1&" * 1000, "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")):
        with pytest.raises(NotSigned):
            check(body, sign(URL))


# --- at the real server ---


def test_a_signed_message_is_answered(phone: Phone) -> None:
    assert phone.sends("is leukopenia contagious")[-1].startswith("No,")


@pytest.mark.parametrize("wrong", ["", "wrong", "other token", "other words", "other query"])
def test_nothing_is_processed_without_the_signature(phone: Phone, wrong: str) -> None:
    fields = phone.fields("STOP")
    signature = {
        "other token": sign(phone.called, fields.items(), "f" * 32),
        "other words": sign(phone.called, {**fields, "Body": "hello"}.items()),
        "other query": sign(phone.called + "?a=1", fields.items()),
    }.get(wrong, wrong)
    refused = phone.post(fields, signature=signature)
    assert (refused.status_code, refused.text) == (403, "the signature is missing or wrong")
    # The same message with its signature is new: nothing of it was remembered. And STOP had no effect.
    assert texts(phone.post({**fields, "Body": "hi"}))


def test_a_recorded_request_with_other_words_is_refused(phone: Phone) -> None:
    fields = phone.fields("hello")
    signature = sign(phone.called, fields.items())
    assert phone.post(fields, signature=signature).status_code == 200
    for name, value in (("Body", "what is leukopenia"), ("From", "+15559999999"), ("MessageSid", "SM" + "f" * 32)):
        assert phone.post({**fields, name: value}, signature=signature).status_code == 403


def test_names_and_values_that_were_moved_into_each_other(phone: Phone) -> None:
    """A signature does not say where a name ends: "Body" with "hello" and "Bod" with "yhello" are signed alike."""
    fields = phone.fields("hello", NumMedia="0", SmsMessageSid="SM" + "0" * 32)
    signature = sign(phone.called, fields.items())
    told = {name: value for name, value in fields.items() if name not in ("NumMedia", "NumSegments")}
    longer_id = {**told, "MessageSid": fields["MessageSid"] + "NumMedia0NumSegments1"}
    assert sign(phone.called, longer_id.items()) == signature
    assert phone.post(longer_id, signature=signature).status_code == 400
    assert phone.post(fields, signature=signature).status_code == 200
    without_body = {name: value for name, value in fields.items() if name != "Body"} | {"Bodyh": "ello"}
    assert sign(phone.called, without_body.items()) == signature
    assert phone.post(without_body, signature=signature).status_code == 409


def test_danger_under_an_id_that_was_used_before_is_answered(phone: Phone) -> None:
    fields = phone.fields("hello")
    assert texts(phone.post(fields))
    assert phone.post({**fields, "Body": "what is leukopenia"}).status_code == 409
    assert "911 now" in texts(phone.post({**fields, "Body": "I have chest pain and can't breathe"}))[0]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_refused(phone: Phone, method: str) -> None:
    assert phone.http.request(method, phone.url).status_code == 405


def test_bodies_that_are_too_long_are_cut_off(phone: Phone) -> None:
    assert phone.post(phone.fields("x" * 300_000)).status_code == 413


def test_a_query_and_a_json_body_at_the_real_server(new_phone: Callable[..., Phone]) -> None:
    phone = new_phone()
    assert phone.post(phone.fields("hi"), query="clinic=north").status_code == 200
    body = json.dumps(phone.fields("hi")).encode()
    query = "bodySHA256=" + hashlib.sha256(body).hexdigest()
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": sign(f"{phone.called}?{query}")}
    answered = phone.http.post(f"{phone.url}?{query}", content=body, headers=headers)
    assert texts(answered)[-1].startswith("Hello.")
    assert phone.http.post(f"{phone.url}?{query}", content=body + b" ", headers=headers).status_code == 403


def test_bytes_that_are_no_text_are_refused(phone: Phone) -> None:
    for body in (b"Body=%ff%fe", b"\xff\xfe", b"Body=\xc3\x28", b"\x00" * 50):
        headers = {"Content-Type": FORM, "X-Twilio-Signature": sign(phone.called)}
        assert phone.http.post(phone.url, content=body, headers=headers).status_code == 403
