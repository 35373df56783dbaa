"""Reload, two tabs, two patients, lost connections, a server that dies and comes back."""

from __future__ import annotations

import time
from collections.abc import Callable

import jwt
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.conftest import NewWidget
from tests.browser.widget import SECONDS, Widget
from tests.channels.web.client import WebClient
from tests.serving import Server

NewContext = Callable[..., BrowserContext]


def test_history_survives_a_reload_and_is_gone_with_the_tab(new_context: NewContext, server: Server) -> None:
    context = new_context()
    widget = Widget(context.new_page(), server.web + "demo/")
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.ask("what causes it?")
    before = widget.messages.all_inner_texts()
    widget.page.reload()
    widget.panel.wait_for()
    expect(widget.messages).to_have_count(len(before))
    assert widget.messages.all_inner_texts() == before
    widget.page.close()

    again = Widget(context.new_page(), server.web + "demo/").open()
    expect(again.panel.get_by_role("heading", name="Before you start")).to_be_visible()
    assert context.cookies() == []


def test_closed_stays_closed_after_a_reload(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.button("Close the chat").click()
    widget.page.reload()
    expect(widget.launcher).to_be_visible()
    assert widget.panel.count() == 0
    widget.launcher.click()
    expect(widget.messages).to_have_count(3)


def test_two_tabs_are_two_conversations(new_context: NewContext, server: Server) -> None:
    context = new_context()
    tabs = [Widget(context.new_page(), server.web + "demo/").begin() for _ in range(2)]
    tabs[0].ask("What is leukopenia?")
    tabs[1].ask("How is leukopenia treated?")
    for tab, question in zip(tabs, ("What is leukopenia?", "How is leukopenia treated?"), strict=True):
        tab.page.reload()
        tab.replies.nth(1).wait_for()
        assert tab.said == [question]


def test_two_patients_never_see_each_others_words(new_widget: NewWidget) -> None:
    patients = [new_widget().begin() for _ in range(2)]
    for number in range(3):
        for name, patient in zip(("anchor", "balloon"), patients, strict=True):
            patient.ask(f"what is leukopenia {name} {number}")
    for name, patient in zip(("anchor", "balloon"), patients, strict=True):
        patient.page.reload()
        patient.replies.nth(3).wait_for()
        assert patient.said == [f"what is leukopenia {name} {number}" for number in range(3)]


def test_nothing_is_lost_or_doubled_while_the_server_is_killed_and_comes_back(
    new_widget: NewWidget, own_server: Server
) -> None:
    widget = new_widget(own_server.start().web + "demo/")
    widget.begin()
    widget.ask("What is leukopenia?")
    own_server.kill()
    widget.field.fill("what causes it?")
    widget.field.press("Enter")
    banner = widget.panel.locator(".banner")
    expect(banner).to_contain_text("call 911")
    expect(banner).to_contain_text("555-0100")
    expect(widget.panel.locator(".state")).to_contain_text(["", "Not sent yet"])
    expect(widget.field).to_be_focused()
    own_server.start()
    # Clicked where it still stands: the page asks again by itself, too, and may be the quicker one.
    widget.button("Try again").evaluate_all("(buttons) => buttons.forEach((button) => button.click())")
    expect(widget.replies).to_have_count(3, timeout=60 * SECONDS)
    expect(banner).to_be_hidden()
    assert widget.said == ["What is leukopenia?", "what causes it?"]
    widget.page.reload()
    expect(widget.messages).to_have_count(5)
    assert widget.said == ["What is leukopenia?", "what causes it?"]


def test_an_answer_lost_on_the_way_is_fetched_again_and_not_doubled(widget: Widget) -> None:
    widget.begin()
    lost = []

    def lose_the_first(route: object) -> None:
        if not lost:
            lost.append(route.fetch().status)  # type: ignore[attr-defined]  # the server has worked on it
            route.abort("connectionreset")  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    widget.page.route("**/web/messages", lose_the_first)
    widget.ask("What is leukopenia?")
    assert lost == [200]
    widget.page.reload()
    expect(widget.messages).to_have_count(3)


def test_a_message_that_was_not_sent_survives_a_reload(widget: Widget) -> None:
    widget.begin()
    blocked = True
    widget.page.route("**/web/messages", lambda route: route.abort() if blocked else route.continue_())
    widget.field.fill("What is leukopenia?")
    widget.field.press("Enter")
    expect(widget.panel.locator(".state")).to_contain_text("Not sent yet")
    blocked = False
    widget.page.reload()
    expect(widget.messages).to_have_count(3)
    assert widget.said == ["What is leukopenia?"]


def test_offline_is_said_and_the_message_goes_out_when_back(widget: Widget) -> None:
    widget.begin()
    widget.page.context.set_offline(True)
    expect(widget.panel.locator(".banner")).to_contain_text("You are offline")
    widget.field.fill("What is leukopenia?")
    widget.field.press("Enter")
    expect(widget.button("Remove it")).to_be_visible()
    widget.page.context.set_offline(False)
    expect(widget.replies).to_have_count(2)
    assert widget.said == ["What is leukopenia?"]


def test_a_message_can_be_taken_back_while_it_is_not_sent(widget: Widget) -> None:
    widget.begin()
    widget.page.route("**/web/messages", lambda route: route.abort())
    widget.field.fill("never mind")
    widget.field.press("Enter")
    widget.button("Remove it").click()
    expect(widget.panel.locator(".banner")).to_be_hidden()
    assert widget.said == []
    expect(widget.field).to_be_focused()
    widget.page.unroute("**/web/messages")
    widget.ask("What is leukopenia?")


def test_two_messages_in_a_row_are_answered_in_order(widget: Widget) -> None:
    widget.begin()
    for text in ("What is leukopenia?", "How is leukopenia treated?"):
        widget.field.fill(text)
        widget.field.press("Enter")
    expect(widget.replies).to_have_count(3)
    headings = widget.replies.locator("h3").all_inner_texts()
    assert headings == ["What is a low white blood cell count?", "How is a low white blood cell count treated?"]


def test_slowness_is_said(widget: Widget) -> None:
    widget.begin()
    widget.record_announcements()
    held: list[Route] = []
    widget.page.route("**/web/messages", lambda route: held.append(route))
    widget.field.fill("What is leukopenia?")
    widget.field.press("Enter")
    expect(widget.panel.locator("li.typing")).to_be_visible()
    widget.wait_until_announced("polite", "Looking for the answer …")
    held[0].continue_()
    widget.wait_for_reply(1)


def test_a_session_that_ended_is_said_and_what_was_typed_is_kept(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    key = widget.page.evaluate("Object.keys(sessionStorage).find((key) => key.includes('session'))")
    claims = {"aud": "web", "sub": "web-someone-else", "beg": int(time.time()), "exp": int(time.time()) + 999}
    forged = jwt.encode(claims, "not the server's secret, but a long one", "HS256")
    widget.page.evaluate("([key, value]) => sessionStorage.setItem(key, value)", [key, forged])
    widget.page.reload()
    expect(widget.panel.get_by_role("heading", name="This chat has ended")).to_be_visible()
    assert widget.said == [] and widget.axe() == []
    widget.button("OK, I understand").click()
    widget.ask("What is leukopenia?")
    # And in the midst of a talk: the server forgets the secret.
    widget.page.route(
        "**/web/messages",
        lambda route: route.fulfill(status=401, json={"error": {"code": "session_ended", "message": ""}}),
    )
    widget.field.fill("what causes it?")
    widget.field.press("Enter")
    expect(widget.panel.get_by_role("heading", name="This chat has ended")).to_be_visible()
    widget.page.unroute("**/web/messages")
    widget.button("OK, I understand").click()
    expect(widget.field).to_have_value("what causes it?")


DANGER = "I have chest pain and can't breathe"


def test_danger_typed_into_a_chat_that_has_ended_is_answered(widget: Widget, server: Server) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    key = "Object.keys(sessionStorage).find((key) => key.includes('session'))"
    elsewhere = WebClient(server.web, begin=False)
    elsewhere.token = widget.page.evaluate(f"sessionStorage.getItem({key})")
    assert elsewhere.erase().status_code == 200
    widget.record_announcements()
    widget.field.fill(DANGER)
    widget.field.press("Enter")
    expect(widget.panel.get_by_role("heading", name="This chat has ended")).to_be_visible()
    urgent = widget.panel.locator(".page .card.emergency")
    expect(urgent).to_contain_text("Emergency: call 911")
    expect(urgent.locator(".calls a").first).to_have_attribute("href", "tel:911")
    assert any(kind == "assertive" and "911" in words for kind, words in widget.announced())
    assert widget.axe() == [] and widget.overflowing() == []
    widget.button("OK, I understand").click()
    expect(widget.field).to_have_value(DANGER)
    assert widget.ask(DANGER).locator(".card.emergency").is_visible()


def test_danger_that_comes_too_fast_is_answered_and_then_taken(widget: Widget, server: Server) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    refusal = {"error": {"code": "too_many", "message": ""}, "replies": [WebClient(server.web).says(DANGER)]}
    refused = True
    widget.page.route(
        "**/web/messages",
        lambda route: (
            route.fulfill(status=429, json=refusal, headers={"Retry-After": "600"}) if refused else route.continue_()
        ),
    )
    widget.record_announcements()
    widget.field.fill(DANGER)
    widget.field.press("Enter")
    urgent = widget.panel.locator(".card.emergency")
    expect(urgent).to_contain_text("Emergency: call 911")
    expect(widget.panel.locator(".state")).to_contain_text(["", "Not sent yet"])
    assert any(kind == "assertive" and "911" in words for kind, words in widget.announced())
    widget.button("Try again").click()
    expect(widget.panel.locator(".state")).to_contain_text(["", "Not sent yet"])
    expect(urgent).to_have_count(1)
    refused = False
    widget.button("Try again").click()
    expect(widget.panel.locator(".state").last).to_be_empty()
    expect(urgent).to_have_count(1)
    assert widget.said == ["What is leukopenia?", DANGER]


def test_too_many_messages_are_refused_kindly(widget: Widget) -> None:
    widget.begin()
    refusal = {
        "error": {"code": "too_many", "message": ""},
        "replies": widget.page.evaluate("fetch('../messages', {method: 'POST'}).then((answer) => answer.json())").get(
            "replies", []
        ),
    }
    tries: list[str] = []

    def refuse_once(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fulfill(status=429, json=refusal, headers={"Retry-After": "2"})
        else:
            route.continue_()

    widget.page.route("**/web/messages", refuse_once)
    count_tries = "() => { const real = fetch; window.tries = 0; window.fetch = (...how) => { tries += 1; return real(...how); }; }"
    widget.page.evaluate(count_tries)
    widget.page.clock.install()
    widget.page.clock.pause_at(time.time() + 3600)
    widget.field.fill("What is leukopenia?")
    widget.field.press("Enter")
    expect(widget.panel.locator(".banner")).to_be_visible()
    widget.page.clock.run_for(1_999)
    assert widget.page.evaluate("tries") == 1, "it waits as long as it is told to"
    widget.page.clock.run_for(1)
    widget.wait_for_reply(1)
    assert len(tries) == 2


def test_a_server_that_is_away_at_the_start_is_said(widget: Widget) -> None:
    widget.go()
    widget.page.route("**/web/config", lambda route: route.abort())
    widget.launcher.click()
    expect(widget.panel).to_contain_text("I can't reach the clinic's computer")
    assert widget.axe() == []
    widget.page.unroute("**/web/config")
    widget.button("Try again").click()
    expect(widget.button("OK, I understand")).to_be_visible()


def test_a_chat_that_cannot_be_loaded_is_said(widget: Widget) -> None:
    widget.go()
    widget.page.route("**/assets/chat.js", lambda route: route.abort())
    widget.launcher.click()
    expect(widget.page.locator(".launcher-note")).to_contain_text("could not be opened")
    assert widget.axe() == []
    expect(widget.launcher).to_be_visible()
