"""Chromium, and the widget in it.

The browser lives as long as one test file: Playwright's loop would get in the way of other tests in this process.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser.site import Site
from tests.browser.widget import Widget
from tests.serving import Server

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1100, "height": 820}
NewWidget = Callable[..., Widget]


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[Browser]:
    """Debian's Chromium."""
    path = shutil.which("chromium")
    assert path, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser profiles: patients who share nothing."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        made.append(browser.new_context(**{"viewport": DESKTOP, "locale": "en-US", **options}))
        return made[-1]

    yield make
    for context in made:
        context.close()


@pytest.fixture
def new_widget(new_context: Callable[..., BrowserContext], server: Server) -> NewWidget:
    """Makes tabs with the widget on the demo page or on the page at `url`, each of another patient."""

    def make(url: str = "", **options: Any) -> Widget:
        return Widget(new_context(**options).new_page(), url or server.web + "demo/")

    return make


@pytest.fixture
def widget(new_widget: NewWidget) -> Widget:
    """A tab with the widget on the demo page, not loaded yet."""
    return new_widget()


@pytest.fixture
def site(server: Server) -> Iterator[Site]:
    """A clinic's site whose origin the server knows."""
    made = Site(server.site_port)
    yield made
    made.close()
