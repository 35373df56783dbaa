"""How quick the widget feels: from Enter to the shown answer, in real Chromium.

Run by itself against a running `bot serve --demo`: python -m benchmarks.widget http://127.0.0.1:5005/web/demo/
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import time

from playwright.sync_api import Page, sync_playwright

QUESTIONS = (
    "What is leukopenia?",
    "what causes it?",
    "can clozapine cause it?",
    "how is it treated?",
    "is it contagious?",
    "what are the symptoms?",
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
#: Types a question as a person does and gives the milliseconds until its answer is painted.
ASK = """(question) => new Promise((done) => {
    const root = document.querySelector("patient-chat").shadowRoot;
    const field = root.getElementById("field");
    const list = root.querySelector("ol.messages");
    const replies = () => list.querySelectorAll("li.bot:not(.typing)").length;
    const before = replies();
    field.value = question;
    const started = performance.now();
    new MutationObserver((_, observer) => {
        if (replies() <= before) return;
        observer.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - started)));
    }).observe(list, { childList: true });
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
})"""
#: Between two questions, so that no rate limit is met.
PAUSE = 2.1


def measure(url: str, rounds: int = 5) -> dict[str, float]:
    """Times in milliseconds: the launcher's appearance, the chat's opening, and Enter to answer (median, p95).

    Args:
        url: A page with the widget.
        rounds: How often all questions are asked.

    Raises:
        RuntimeError: Chromium is missing.
    """
    chromium = shutil.which("chromium")
    if not chromium:
        raise RuntimeError("Chromium is missing. On Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_context(locale="en-US").new_page()
        found = _open(page, url)
        times = []
        for _ in range(rounds):
            for question in QUESTIONS:
                times.append(float(page.evaluate(ASK, question)))
                time.sleep(PAUSE)
        browser.close()
    times.sort()
    p95 = times[min(len(times) - 1, int(len(times) * 0.95))]
    return {**found, "answer_median_ms": round(statistics.median(times), 1), "answer_p95_ms": round(p95, 1)}


def _open(page: Page, url: str) -> dict[str, float]:
    started = time.perf_counter()
    page.goto(url)
    page.locator("button.launcher").wait_for()
    launcher = time.perf_counter() - started
    started = time.perf_counter()
    page.locator("button.launcher").click()
    page.get_by_role("button", name="OK, I understand").wait_for()
    opened = time.perf_counter() - started
    page.get_by_role("button", name="OK, I understand").click()
    page.locator("#field").wait_for()
    return {"launcher_ms": round(launcher * 1000, 1), "open_ms": round(opened * 1000, 1)}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1]), indent=2))
