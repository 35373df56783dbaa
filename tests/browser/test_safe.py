"""Hostile words stay words; the page asks nobody but the clinic's server; a strict policy is enough; light weight."""

from __future__ import annotations

import gzip
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Route, expect

from bot.channels.web.pages import PAGE_POLICY, WIDGET
from tests.browser.conftest import NewWidget
from tests.browser.site import Site, embedding
from tests.browser.widget import Widget
from tests.serving import Server

HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><a href="javascript:window.hacked=1">x</a>'
)


def hacked(widget: Widget) -> bool:
    widget.page.wait_for_timeout(200)
    return bool(widget.page.evaluate("Boolean(window.hacked)"))


def test_markup_in_a_message_is_shown_as_typed(widget: Widget) -> None:
    widget.begin()
    widget.ask(HOSTILE)
    widget.ask("[x](javascript:alert(1)) javascript:alert(1)")
    widget.page.reload()
    expect(widget.messages).to_have_count(5)
    assert "onerror=" in widget.said[0]
    assert not hacked(widget)
    assert widget.panel.locator("a[href^='javascript']").count() == 0


def test_markup_in_the_page_s_settings_is_shown_as_written(new_widget: NewWidget, server: Server, site: Site) -> None:
    escaped = HOSTILE.replace("&", "&amp;").replace('"', "&quot;")
    attributes = f'data-title="{escaped}" data-launcher="{escaped}" data-color="{escaped}" data-lang="{escaped}" data-dir="{escaped}"'
    widget = new_widget(site.add(embedding(server.web, attributes))).open()
    expect(widget.panel.locator("h2")).to_have_text(HOSTILE)
    assert not hacked(widget)


def test_markup_in_a_reply_stays_text(widget: Widget) -> None:
    """A server that was taken over: every string of its reply is hostile."""
    widget.begin()

    def poison(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: poison(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [poison(item, key) for item in value]
        if isinstance(value, str):
            return {"href": "javascript:window.hacked=1", "type": value, "kind": value}.get(key, HOSTILE)
        return value

    def poisoned(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for reply in body.get("replies", []):
            reply["phones"] = [{"label": "", "number": "", "href": ""}]
            reply["text"] = [{"type": "paragraph", "runs": [{"text": "", "href": ""}]}]
        route.fulfill(json={**body, "replies": poison(body["replies"])})

    widget.page.route("**/web/messages", poisoned)
    reply = widget.ask("What is leukopenia?")
    assert HOSTILE in reply.inner_text()
    assert reply.locator("img, script, a[href^='javascript']").count() == 0
    for link in reply.locator(".card a, .card span.call").all():
        link.click()
    assert not hacked(widget)


def test_no_request_to_any_other_host(new_widget: NewWidget, server: Server) -> None:
    widget = new_widget()
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.ask("I have chest pain and can't breathe")
    widget.page.reload()
    widget.replies.nth(1).wait_for()
    hosts = {urlsplit(address).netloc for address in widget.requested}
    assert hosts == {f"127.0.0.1:{server.port}"}
    assert widget.problems == []


def test_our_pages_work_under_the_strict_policy_that_we_send(widget: Widget) -> None:
    answer = widget.page.goto(widget.url)
    assert answer and answer.headers["content-security-policy"] == PAGE_POLICY
    assert "unsafe" not in PAGE_POLICY
    widget.begin()
    widget.ask("What is leukopenia?")
    assert widget.problems == [], "the policy refused nothing"


def test_a_site_with_a_strict_policy_needs_the_two_documented_lines(new_widget: NewWidget, server: Server) -> None:
    origin = server.url.rstrip("/")
    policy = f"default-src 'none'; img-src data:; script-src {origin}; connect-src {origin}; require-trusted-types-for 'script'"
    site = Site(server.site_port, policy)
    try:
        widget = new_widget(site.add(embedding(server.web)))
        widget.begin()
        widget.ask("What is leukopenia?")
        widget.button("Copy this answer").click()
        widget.button("Print this answer").click()
        assert widget.problems == []
    finally:
        site.close()


def test_another_origin_may_not_use_the_chat(new_widget: NewWidget, server: Server) -> None:
    site = Site()
    try:
        widget = new_widget(site.add(embedding(server.web))).open()
        expect(widget.panel).to_contain_text("I can't reach the clinic's computer")
        assert widget.button("OK, I understand").count() == 0
    finally:
        site.close()


def test_a_site_s_own_style_does_not_break_it(new_widget: NewWidget, server: Server, site: Site) -> None:
    style = """<style>body * { color: lime !important; font-size: 40px !important; display: inline !important; }
        patient-chat, button, div, p { position: absolute !important; transform: rotate(45deg) !important; } html { font-size: 62.5% }</style>"""
    widget = new_widget(site.add(embedding(server.web, body=style)))
    widget.begin()
    reply = widget.ask("What is leukopenia?")
    assert reply.locator("p").first.evaluate("(node) => getComputedStyle(node).color") != "rgb(0, 255, 0)"
    assert reply.locator("p").first.evaluate("(node) => getComputedStyle(node).fontSize") == "16px"
    assert widget.overflowing() == []


@pytest.mark.parametrize("where", ["#here", ""])
def test_it_can_stand_inside_the_page(new_widget: NewWidget, server: Server, site: Site, where: str) -> None:
    page = embedding(server.web, f'data-inline="{where}"', body='<div id="here"></div><p id="after">After.</p>')
    widget = new_widget(site.add(page))
    widget.go()
    expect(widget.panel).to_be_visible()
    assert not widget.launcher.is_visible()
    widget.button("OK, I understand").click()
    widget.ask("What is leukopenia?")
    assert widget.panel.get_attribute("role") == "region"
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_visible()
    assert widget.axe() == []


def test_position_and_title_are_set_by_the_page(new_widget: NewWidget, server: Server, site: Site) -> None:
    widget = new_widget(
        site.add(embedding(server.web, 'data-position="bottom-left" data-title="Ask Ward 3" data-launcher="Ask"'))
    )
    widget.go()
    expect(widget.launcher).to_have_text("Ask")
    box = widget.launcher.bounding_box()
    assert box and box["x"] == 20
    widget.open()
    expect(widget.panel.locator("h2")).to_have_text("Ask Ward 3")
    panel = widget.panel.bounding_box()
    assert panel and panel["x"] == 20


def test_the_launcher_is_there_before_the_chat_is_loaded(widget: Widget) -> None:
    widget.go()
    expect(widget.launcher).to_be_visible()
    loaded = {
        urlsplit(address).path.rsplit("/", 1)[1]
        for address in widget.requested
        if "/web/" in address and "/demo/" not in address
    }
    assert loaded == {"widget.js", "en.json"}


def test_the_whole_embed_weighs_less_than_150_kb_zipped(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    files = {
        urlsplit(address).path for address in widget.requested if "/assets/" in address or address.endswith("widget.js")
    }
    names = [path.split("/web/")[1].removeprefix("assets/") for path in files]
    assert "chat.js" in names and "chat.css" in names
    weight = sum(len(gzip.compress((WIDGET / name).read_bytes())) for name in names)
    assert weight <= 40_000, f"{weight} bytes; the promise is 150 kB, and 40 kB is what it has"


def test_the_line_twice_on_a_page_makes_one_launcher(new_widget: NewWidget, server: Server, site: Site) -> None:
    page = embedding(server.web)
    line = page[page.index("<script") : page.index("</body>")]
    widget = new_widget(site.add(page.replace(line, line + line))).go()
    widget.page.wait_for_timeout(500)
    assert widget.launcher.count() == 1


def test_a_browser_without_script_made_style_sheets_gets_a_style_element(widget: Widget) -> None:
    widget.page.route(
        "**/demo/", lambda route: route.fulfill(body=route.fetch().body(), headers={"content-type": "text/html"})
    )
    widget.page.add_init_script("delete window.CSSStyleSheet")
    widget.begin()
    widget.ask("What is leukopenia?")
    assert widget.panel.locator("xpath=../style").count() == 2
    assert widget.panel.evaluate("(node) => getComputedStyle(node).position") == "fixed"
