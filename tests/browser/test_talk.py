"""Whole conversations with the widget: by mouse, by keyboard alone, on a small phone, in Spanish."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewWidget
from tests.browser.site import Site, embedding
from tests.browser.widget import Widget
from tests.serving import Server


def test_a_whole_conversation_by_mouse(widget: Widget) -> None:
    widget.go()
    assert widget.panel.count() == 0
    widget.launcher.click()
    expect(widget.panel.get_by_role("heading", name="Before you start")).to_be_visible()
    expect(widget.panel.locator(".notice")).to_contain_text("computer program")
    widget.button("OK, I understand").click()

    reply = widget.tap("What causes a low white blood cell count?")
    expect(reply.locator("h3")).to_have_text("What causes a low white blood cell count?")
    expect(reply.locator(".source")).to_contain_text("Low white blood cell count (leukopenia)")
    expect(reply.locator(".source")).to_contain_text("Reviewed November 21, 2026")
    expect(reply.locator(".disclaimer > div > p")).to_contain_text("general information")
    whole = reply.locator("details p").first
    expect(whole).to_be_hidden()
    reply.locator("summary").click()
    expect(whole).to_be_visible()

    widget.ask("how is it treated?")
    assert widget.said == ["What causes a low white blood cell count?", "how is it treated?"]
    following = widget.replies.last.locator(".choice").first.inner_text()
    widget.tap(following)
    expect(widget.replies.last.locator("h3").first).to_have_text(following)

    widget.button("Yes, this helped").last.click()
    expect(widget.replies.last.locator(".feedback-status").first).to_have_text("Thank you for telling us.")

    widget.button("Close the chat").click()
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    assert widget.problems == []


def test_a_whole_conversation_by_keyboard(widget: Widget) -> None:
    widget.go()
    page = widget.page
    for _ in range(30):
        page.keyboard.press("Tab")
        if "launcher" in widget.focused():
            break
    page.keyboard.press("Enter")
    expect(widget.panel.locator("h3")).to_be_focused()
    page.keyboard.press("Tab")
    assert widget.focused().endswith("|911")  # the number in the notice
    page.keyboard.press("Tab")
    assert widget.focused().endswith("OK, I understand")
    page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()

    page.keyboard.type("What is leukopenia?")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Please.")
    assert widget.field.input_value() == "What is leukopenia?\nPlease."
    before = widget.replies.count()
    page.keyboard.press("Enter")
    widget.wait_for_reply(before)
    expect(widget.field).to_be_focused()

    page.keyboard.press("Shift+Tab")  # back to the choices under the answer
    assert widget.focused().startswith("button|button choice|")
    title = widget.focused().split("|")[2]
    before = widget.replies.count()
    page.keyboard.press("Enter")
    expect(widget.wait_for_reply(before).locator("h3").first).to_have_text(title)
    assert widget.focused().endswith(f"|{title}"), "the focus stays on the choice that was made"

    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(widget.focused())
        if widget.focused().endswith("Yes, this helped"):
            break
    page.keyboard.press("Space")
    expect(widget.replies.last.locator(".feedback-status").first).to_have_text("Thank you for telling us.")
    assert "body" not in seen

    page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_focused()
    page.keyboard.press("Enter")
    expect(widget.field).to_be_focused()
    assert widget.said == ["What is leukopenia?\nPlease.", title]


def test_the_menu_by_keyboard(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    page = widget.page
    widget.button("More choices").focus()
    page.keyboard.press("Enter")
    assert widget.focused().endswith("Start over")
    page.keyboard.press("Escape")
    assert widget.focused().endswith("More choices")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert widget.focused().endswith("Delete my data")
    page.keyboard.press("Enter")
    expect(widget.panel.get_by_role("alertdialog")).to_be_visible()
    expect(widget.panel.locator("#page-title")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert widget.focused().endswith("No, keep it")
    page.keyboard.press("Enter")
    assert widget.focused().endswith("More choices")
    expect(widget.replies.last).to_be_visible()


def test_a_conversation_on_a_small_phone(new_widget: NewWidget) -> None:
    widget = new_widget(viewport={"width": 320, "height": 568}, has_touch=True, is_mobile=True)
    widget.begin()
    assert widget.panel.bounding_box() == {"x": 0, "y": 0, "width": 320, "height": 568}
    widget.ask("What are the symptoms of leukopenia?")
    assert widget.overflowing() == []
    reply = widget.ask("I have a fever and I'm on chemo")
    call = reply.locator("a.call").first
    expect(call).to_be_in_viewport()
    assert call.get_attribute("href") in ("tel:911", "tel:5550100")
    assert widget.overflowing() == []
    # The panel covers the page: Tab stays in it.
    for _ in range(60):
        widget.page.keyboard.press("Tab")
        assert widget.focused() != "body" and "brand" not in widget.focused()


def test_spanish_words_around_english_answers(new_widget: NewWidget, server: Server, site: Site) -> None:
    widget = new_widget(site.add(embedding(server.web, lang="es-MX")))
    widget.open()
    widget.button("De acuerdo, entiendo").click()
    reply = widget.ask("What is leukopenia?")
    expect(reply.locator(".source")).to_contain_text("Revisado el 21 de noviembre de 2026")
    assert widget.panel.get_attribute("lang") == "es"
    assert reply.locator(".card").get_attribute("lang") == "en"
    assert reply.locator(".feedback").first.get_attribute("lang") == "es"
    assert widget.axe() == []


@pytest.mark.parametrize(
    ("text", "title", "number"),
    [
        ("I have chest pain and can't breathe", "Emergency", "tel:911"),
        ("I want to kill myself", "You are not alone", "tel:988"),
    ],
)
def test_danger_is_unmistakable(widget: Widget, text: str, title: str, number: str) -> None:
    widget.begin()
    widget.record_announcements()
    reply = widget.ask(text)
    expect(reply.locator(".urgent-title")).to_have_text(title)
    assert reply.locator("a.call").first.get_attribute("href") == number
    [(kind, _)] = [said for said in widget.announced() if said[1].startswith(title)]
    assert kind == "assertive"


def test_every_reply_is_announced_once(widget: Widget) -> None:
    widget.begin()
    widget.record_announcements()
    widget.ask("What is leukopenia?")
    widget.ask("what causes it?")
    spoken = [words for kind, words in widget.announced() if kind == "polite" and "Source:" in words]
    assert len(spoken) == 2 and spoken[0] != spoken[1]
    assert all("choices follow" in words for words in spoken)
    expect(widget.page.locator("[aria-live] p")).to_have_count(0, timeout=12_000)


def test_start_over(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.button("More choices").click()
    widget.button("Start over").click()
    expect(widget.panel.locator("h3")).to_have_count(0)
    expect(widget.replies.last).to_contain_text("We start afresh")
    assert widget.said == []
    expect(widget.field).to_be_focused()
    widget.page.reload()
    widget.panel.wait_for()
    expect(widget.replies.last).to_contain_text("We start afresh")
    assert widget.said == []


def test_delete_my_data(widget: Widget, server: Server) -> None:
    widget.begin()
    marker = "saxophone puddle"
    widget.ask(f"what is leukopenia {marker}")
    widget.button("More choices").click()
    widget.button("Delete my data").click()
    widget.button("Yes, delete it").click()
    expect(widget.panel.get_by_role("heading", name="Your data is deleted")).to_be_focused()
    assert marker not in widget.page.evaluate("document.querySelector('patient-chat').shadowRoot.textContent")
    assert widget.page.evaluate("Object.keys(sessionStorage).filter((key) => !key.includes('open'))") == []
    assert not any(
        marker.encode() in path.read_bytes() for path in server.state.iterdir() if path.name.startswith("conversations")
    )
    widget.button("Start over").click()
    widget.button("OK, I understand").click()
    assert widget.ask("What is leukopenia?").locator("h3").count() == 1


def test_delete_by_words(widget: Widget) -> None:
    widget.begin()
    widget.ask("What is leukopenia?")
    widget.ask("delete my data")
    widget.panel.locator(".choice", has_text="Yes, delete").last.click()
    expect(widget.panel.get_by_role("heading", name="Your data is deleted")).to_be_visible()
    assert widget.said == []


def test_why_an_answer_did_not_help_goes_into_the_conversation(widget: Widget, server: Server) -> None:
    widget.begin()
    reply = widget.ask("What is leukopenia?")
    no = reply.get_by_role("button", name="No, this did not help")
    with widget.page.expect_response("**/feedback") as answered:
        no.click()
    assert "reason" not in answered.value.request.post_data_json
    expect(no).to_have_attribute("aria-expanded", "true")
    with widget.page.expect_response("**/feedback") as answered:
        reply.get_by_role("button", name="Hard to understand").click()
    assert answered.value.request.post_data_json["reason"] == "hard_to_understand"
    assert answered.value.status == 200
    expect(reply.locator(".feedback-status")).to_have_text("Thank you for telling us.")
    expect(no).to_be_focused()
    expect(no).to_have_attribute("aria-pressed", "true")
    widget.page.reload()
    widget.panel.wait_for()
    expect(widget.replies.last.get_by_role("button", name="No, this did not help")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_an_answer_is_copied_with_its_source_and_whole_disclaimer(new_widget: NewWidget) -> None:
    widget = new_widget(permissions=["clipboard-read", "clipboard-write"])
    widget.begin()
    reply = widget.ask("What is leukopenia?")
    reply.get_by_role("button", name="Copy this answer").click()
    expect(reply.locator(".tools-status")).to_have_text("Copied.")
    copied = widget.page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(reply.locator("h3").inner_text())
    assert "Source:" in copied and "does not take the place of advice" in copied


def test_an_answer_is_printed_on_a_page_of_its_own(widget: Widget) -> None:
    widget.begin()
    reply = widget.ask("What is leukopenia?")
    widget.page.evaluate(
        """() => {
            const append = document.body.append.bind(document.body);
            document.body.append = (frame) => {
                append(frame);
                frame.contentWindow.print = () => { window.printed = frame.contentDocument.body.innerText; };
            };
        }"""
    )
    reply.get_by_role("button", name="Print this answer").click()
    printed = widget.page.evaluate("window.printed")
    for words in ("fewer white blood cells", "Source:", "does not take the place of advice", "Demo Clinic, 555-0100"):
        assert words in printed
    assert "Did this help" not in printed


def test_the_field_stays_above_a_phone_s_keyboard(new_widget: NewWidget) -> None:
    widget = new_widget(viewport={"width": 360, "height": 640}, has_touch=True)
    widget.page.add_init_script(
        """const view = Object.assign(new EventTarget(), { height: 640, offsetTop: 0, scale: 1 });
        Object.defineProperty(window, "visualViewport", { value: view });"""
    )
    widget.begin()
    widget.page.evaluate("visualViewport.height = 340; visualViewport.dispatchEvent(new Event('resize'))")
    field = widget.field.bounding_box()
    assert field and field["y"] + field["height"] < 340
    widget.page.evaluate("visualViewport.height = 640; visualViewport.dispatchEvent(new Event('resize'))")
    field = widget.field.bounding_box()
    assert field and field["y"] > 340
