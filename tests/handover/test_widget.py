"""A person takes over in the web widget: what they write comes by itself, and is told apart from the bot."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import browser, new_context
from tests.browser.widget import SECONDS, Widget
from tests.handover.staff import StaffSystem, call_bot
from tests.serving import Server

__all__ = ["browser", "new_context"]


def test_a_person_writes_into_the_chat(
    new_context: Callable[..., BrowserContext], staffed: Server, office: StaffSystem
) -> None:
    widget = Widget(new_context().new_page(), staffed.web + "demo/").begin()
    expect.set_options(timeout=60 * SECONDS)
    widget.ask("I want to talk to a person")
    expect(widget.replies.last.locator(".choice")).to_have_count(3)
    widget.tap("Yes, share messages")
    expect(widget.replies.last).to_contain_text("type BOT")
    case = office.calls[-1]["case"]

    widget.record_announcements()
    assert call_bot(staffed.url, "say", {"case": case, "text": "Hello, I am Ana <b>from</b> the clinic."}).is_success
    person = widget.page.locator("li.person")
    expect(person).to_have_count(1)
    expect(person.locator(".card")).to_contain_text("A person from Demo Clinic writes:")
    expect(person.locator(".card")).to_contain_text("Hello, I am Ana <b>from</b> the clinic.")
    expect(person.locator(".sr-only").first).to_have_text("Person from the clinic:")
    assert any("Ana" in words for _, words in widget.announced())
    assert widget.axe() == []

    widget.page.reload()
    expect(widget.page.locator("li.person")).to_have_count(1)
    assert call_bot(staffed.url, "say", {"case": case, "text": "Are you still there?"}).is_success
    expect(widget.page.locator("li.person")).to_have_count(2)
    assert call_bot(staffed.url, "resume", {"case": case}).is_success
    expect(widget.replies.last).to_contain_text("the computer program, again")
    reply = widget.ask("what is leukopenia?")
    expect(reply.locator(".disclaimer").first).to_be_visible()
    expect(widget.page.locator("li.person")).to_have_count(2)
    assert widget.problems == []
