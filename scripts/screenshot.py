"""Draws the pictures of the README: starts the demo server, talks to it in Chromium, and keeps what it looks like."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
START_SECONDS = 120
#: name → (question, how the browser is set up).
SHOTS = {
    "answer": ("What is leukopenia?", {"viewport": {"width": 1180, "height": 800}}),
    "urgent": (
        "I have chest pain and can't breathe",
        {"viewport": {"width": 390, "height": 760}, "color_scheme": "dark", "device_scale_factor": 1.5},
    ),
}


def main() -> None:
    """Writes docs/pictures/NAME.png for each of `SHOTS`."""
    chromium = shutil.which("chromium")
    if not chromium:
        sys.exit("Chromium is missing. On Debian: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    port = free_port()
    with tempfile.TemporaryDirectory() as state, _server(port, state), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (question, options) in SHOTS.items():
            _draw(browser, f"http://127.0.0.1:{port}/web/demo/", question, options).screenshot(
                path=PICTURES / f"{name}.png"
            )
            print(f"Wrote {(PICTURES / name).relative_to(ROOT)}.png")
        browser.close()


def _server(port: int, state: str) -> subprocess.Popen[bytes]:
    """The demo server, answering; ended when the `with` block is left."""
    environment = {**os.environ, "BOT_CONTENT_DB": str(ROOT / "var" / "content.db"), "BOT_STATE": state}
    command = [sys.executable, "-c", "from bot.cli import main; main()", "serve", "--demo", "--port", str(port)]
    process = _Ended(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=30).close()
            return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    process.kill()
    sys.exit("The server did not start. Run `bot serve --demo` to see why.")


class _Ended(subprocess.Popen[bytes]):
    """A process that is ended, not waited for, when its `with` block is left."""

    def __exit__(self, *error: object) -> None:
        self.terminate()
        self.wait()


def _draw(browser: Browser, url: str, question: str, options: dict[str, object]) -> Page:
    page = browser.new_context(locale="en-US", reduced_motion="reduce", **options).new_page()  # type: ignore[arg-type]
    page.goto(url)
    page.locator("button.launcher").click()
    page.get_by_role("button", name="OK, I understand").click()
    page.locator("#field").fill(question)
    page.locator("#field").press("Enter")
    page.locator("li.bot:not(.typing)").nth(1).wait_for()
    page.mouse.move(0, 0)
    return page


if __name__ == "__main__":
    main()
