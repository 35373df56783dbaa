"""The widget as a person uses it: `widget.ask("what is leukopenia?")`."""

from __future__ import annotations

import hashlib
import time
from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

AXE = Path(__file__).resolve().parent / "vendor" / "axe.min.js"
AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"
#: WCAG 2.2 at levels A and AA, and axe's advice beyond it.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
SECONDS = 1_000


class Widget:
    """One browser tab with the widget in it.

    Attributes:
        requested: Addresses of all requests that the page made.
        problems: What the console complained about, and uncaught errors.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.requested: list[str] = []
        self.problems: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._console)
        page.set_default_timeout(30 * SECONDS)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(f"{message.type}: {message.text}")

    @property
    def launcher(self) -> Locator:
        return self.page.locator("button.launcher")

    @property
    def panel(self) -> Locator:
        return self.page.locator(".panel")

    @property
    def field(self) -> Locator:
        return self.page.locator("#field")

    @property
    def messages(self) -> Locator:
        """What both said, without what is only on its way."""
        return self.page.locator("ol.messages > li:not(.typing)")

    @property
    def replies(self) -> Locator:
        return self.page.locator("ol.messages > li.bot:not(.typing)")

    @property
    def said(self) -> list[str]:
        """What the patient said, in order."""
        return self.page.locator("li.patient .bubble").all_inner_texts()

    def button(self, name: str) -> Locator:
        return self.panel.get_by_role("button", name=name)

    def go(self) -> Widget:
        """Loads the page and waits for the launcher."""
        self.page.goto(self.url)
        self.launcher.wait_for(state="attached")
        return self

    def open(self) -> Widget:
        """Loads the page and opens the chat."""
        self.go()
        if self.launcher.is_visible():
            self.launcher.click()
        self.panel.wait_for()
        return self

    def begin(self) -> Widget:
        """Opens the chat and accepts the notice."""
        self.open()
        self.button("OK, I understand").click()
        self.field.wait_for()
        return self

    def ask(self, text: str) -> Locator:
        """Types a question and waits for its last reply."""
        before = self.replies.count()
        self.field.fill(text)
        self.field.press("Enter")
        return self.wait_for_reply(before)

    def tap(self, name: str) -> Locator:
        """Taps a choice and waits for the reply."""
        before = self.replies.count()
        self.panel.locator(".choice", has_text=name).last.click()
        return self.wait_for_reply(before)

    def wait_for_reply(self, before: int) -> Locator:
        """The last reply, when there are more than `before`."""
        expect(self.replies).not_to_have_count(before)
        self.page.locator("li.typing").wait_for(state="detached")
        return self.replies.last

    def focused(self) -> str:
        """What has the focus: tag, id or class, and name; "body" when the focus is lost."""
        found: str = self.page.evaluate(
            """() => {
                let node = document.activeElement;
                while (node?.shadowRoot?.activeElement) node = node.shadowRoot.activeElement;
                if (!node || node === document.body) return "body";
                return [node.tagName.toLowerCase(), node.id || node.className, node.getAttribute("aria-label") ?? node.textContent.trim()].join("|");
            }"""
        )
        return found

    def record_announcements(self) -> None:
        """Notes from now on what the live regions say."""
        self.page.evaluate(
            """() => {
                const root = document.querySelector("patient-chat").shadowRoot;
                window.announced = [];
                for (const region of root.querySelectorAll("[aria-live]")) {
                    new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(
                        (node) => window.announced.push([region.getAttribute("aria-live"), node.textContent]),
                    ))).observe(region, { childList: true });
                }
            }"""
        )

    def announced(self) -> list[tuple[str, str]]:
        """What the live regions said: politeness and words."""
        return [(kind, words) for kind, words in self.page.evaluate("window.announced")]

    def wait_until_announced(self, kind: str, words: str) -> None:
        """Waits until a live region has said these words. Raises: AssertionError when none does."""
        deadline = time.monotonic() + 60
        while (kind, words) not in self.announced():
            assert time.monotonic() < deadline, f"nobody said {words!r}, but {self.announced()}"
            self.page.wait_for_timeout(50)

    def axe(self) -> list[str]:
        """What axe-core finds wrong with the whole page, shadow tree included."""
        self.page.evaluate(_axe() + ";0")
        found: dict[str, Any] = self.page.evaluate(f"axe.run(document, {{runOnly: {AXE_TAGS}}})")
        return [
            f"{rule['id']} ({rule['impact']}): {node['target']} {node['failureSummary']}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]

    def overflowing(self) -> list[str]:
        """Elements of the panel that stick out of the screen, or have words cut off at the side."""
        found: list[str] = self.page.evaluate(
            """() => [...document.querySelector("patient-chat").shadowRoot.querySelectorAll(".panel, .panel *")]
                .filter((node) => node.checkVisibility() && !node.closest(".sr-only") && !node.closest("svg"))
                .filter((node) => {
                    const box = node.getBoundingClientRect();
                    return box.left < -0.5 || box.right > innerWidth + 0.5 || node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0;
                }).map((node) => `${node.tagName} ${node.className}`)"""
        )
        return found


@cache
def _axe() -> str:
    source = AXE.read_bytes()
    assert hashlib.sha256(source).hexdigest() == AXE_SHA256
    return source.decode("utf-8")
