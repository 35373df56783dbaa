"""axe-core finds nothing on any state: light, dark, on a small phone, at 200 % zoom, right to left."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewWidget
from tests.browser.site import Site, embedding
from tests.serving import Server

VIEWS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "phone": {"viewport": {"width": 320, "height": 568}, "has_touch": True},
    # 1280 × 720 at 200 % zoom: half the room, twice the pixels.
    "zoomed": {"viewport": {"width": 640, "height": 360}, "device_scale_factor": 2},
    "still": {"reduced_motion": "reduce", "forced_colors": "active"},
}


@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_on_any_state(new_widget: NewWidget, view: str) -> None:
    widget = new_widget(**VIEWS[view])
    wrong: dict[str, list[str]] = {}

    def check(state: str) -> None:
        found = widget.axe() + [f"sticks out: {node}" for node in widget.overflowing()]
        if found:
            wrong[state] = found

    widget.go()
    wrong.update({"closed": found} if (found := widget.axe()) else {})
    widget.open()
    check("notice")
    widget.button("OK, I understand").click()
    widget.field.wait_for()
    check("start")
    reply = widget.ask("What are the symptoms of leukopenia?")
    check("answer")
    reply.locator("summary").click()
    reply.get_by_role("button", name="No, this did not help").click()
    expect(reply.locator(".reasons")).to_be_visible()
    check("feedback")
    reply.get_by_role("button", name="Something else").click()
    expect(reply.locator(".feedback-status")).to_be_visible()
    check("feedback given")
    for text in ("I have a fever and I'm on chemo", "I have chest pain and can't breathe", "I want to kill myself"):
        widget.ask(text)
        check(text)
    widget.ask("what temperature is a fever?")
    check("look-alike")
    widget.ask("how do I grow tomatoes?")
    check("unknown")
    widget.button("More choices").click()
    check("menu")
    widget.button("Delete my data").click()
    check("delete?")
    widget.button("No, keep it").click()
    widget.page.context.set_offline(True)
    widget.field.fill("are you there?")
    widget.field.press("Enter")
    expect(widget.panel.locator(".banner")).to_be_visible()
    expect(widget.button("Try again")).to_be_visible()
    check("offline")
    widget.page.context.set_offline(False)
    expect(widget.panel.locator(".banner")).to_be_hidden()
    widget.button("More choices").click()
    widget.button("Delete my data").click()
    widget.button("Yes, delete it").click()
    expect(widget.panel.get_by_role("heading", name="Your data is deleted")).to_be_visible()
    check("deleted")
    assert wrong == {}


@pytest.mark.parametrize("page", ["", "embed.html"])
def test_the_demo_pages_are_accessible(new_widget: NewWidget, server: Server, page: str) -> None:
    for options in VIEWS.values():
        widget = new_widget(server.web + "demo/" + page, **options).go()
        assert widget.axe() == []
        assert widget.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_right_to_left(new_widget: NewWidget, server: Server, site: Site) -> None:
    widget = new_widget(site.add(embedding(server.web, html='dir="rtl"')))
    widget.begin()
    widget.ask("What is leukopenia?")
    assert widget.axe() == [] and widget.overflowing() == []
    panel, screen = widget.panel.bounding_box(), widget.page.viewport_size
    assert panel and screen and panel["x"] < screen["width"] / 2, "it stands where a line ends: on the left"
    close, title = widget.button("Close the chat").bounding_box(), widget.panel.locator("h2").bounding_box()
    assert close and title and close["x"] < title["x"]


def test_targets_are_large_enough(new_widget: NewWidget) -> None:
    widget = new_widget(viewport={"width": 320, "height": 568})
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.button("No, this did not help").click()
    widget.button("More choices").click()
    small = widget.page.evaluate(
        """() => [...document.querySelector("patient-chat").shadowRoot.querySelectorAll("button, summary, textarea")]
            .filter((node) => node.checkVisibility()).map((node) => [node.className, node.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )
    assert small == []


@pytest.mark.parametrize(
    "color", ["#ffd800", "#ffffff", "#000", "rebeccapurple", "rgb(0 200 120)", "nonsense", "red;}"]
)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stay_readable_in_any_colour(
    new_widget: NewWidget, server: Server, site: Site, color: str, theme: str
) -> None:
    widget = new_widget(site.add(embedding(server.web, f'data-color="{color}" data-theme="{theme}"')))
    widget.begin()
    widget.ask("What is leukopenia?")
    assert [line for line in widget.axe() if "contrast" in line] == []


def test_focus_is_not_stolen_on_reload_and_history_is_not_read_out(new_widget: NewWidget) -> None:
    widget = new_widget()
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.page.reload()
    widget.replies.nth(1).wait_for()
    assert widget.focused() == "body"
    assert widget.page.locator("[aria-live] p").count() == 0


def test_nothing_moves_for_who_wants_no_motion(new_widget: NewWidget) -> None:
    widget = new_widget(reduced_motion="reduce")
    widget.begin()
    widget.ask("What is leukopenia?")
    assert widget.replies.last.evaluate("(node) => getComputedStyle(node).animationName") == "none"


def test_the_conversation_can_be_printed(new_widget: NewWidget) -> None:
    widget = new_widget()
    widget.begin()
    widget.ask("What are the symptoms of leukopenia?")
    widget.ask("How is leukopenia treated?")
    widget.page.emulate_media(media="print")
    assert not widget.field.is_visible() and not widget.launcher.is_visible()
    log = widget.panel.locator(".log")
    assert log.evaluate("(node) => node.scrollHeight <= node.clientHeight + 1"), "nothing is cut off"
    assert widget.replies.last.locator(".source").is_visible()
