"""A running server, headless Chromium, and pages to drop on it."""

import hashlib
import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route, sync_playwright
from stock_sheet import draw_sheet

from inkdigits import Page as PageOfFields
from inkdigits import Reader
from inkdigits.web.app import create_app
from inkdigits.web.settings import Settings

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("chromium"))  # one browser, and one core left for others


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium; without one the tests are left out, and fail in CI."""
    named = os.environ.get("INKDIGITS_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        message = "no Chromium here to open the page in: apt-get install chromium, or name one in INKDIGITS_CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    # Not longer than a module: while Playwright is open, no test on this thread can run an event loop of its own.
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@contextmanager
def serving(settings: Settings, reader: Reader) -> Iterator[str]:
    """Serve in a thread on a free port, and give the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings, reader), log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()


class _RememberingReader(Reader):
    """Reads no picture twice: most tests are of what the page does with the same sheet."""

    def __init__(self) -> None:
        super().__init__(threads=1)
        self._pages: dict[str, PageOfFields] = {}

    def read_page(self, image: Any, kind: Any = "auto", **options: Any) -> PageOfFields:
        picture = hashlib.sha256(np.ascontiguousarray(image)).hexdigest()
        asked = repr((picture, np.shape(image), kind, sorted(options.items())))
        if asked not in self._pages:
            self._pages[asked] = super().read_page(image, kind, **options)
        return self._pages[asked]


@pytest.fixture(scope="session")
def shared_reader() -> Reader:
    return _RememberingReader()


@pytest.fixture(scope="session")
def address(shared_reader: Reader) -> Iterator[str]:
    """The address of a server with the settings that users find."""
    with serving(Settings(), shared_reader) as address:
        yield address


@pytest.fixture
def serve(shared_reader: Reader) -> Iterator[Callable[..., str]]:
    """A maker of servers with settings; gives the address."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serving(Settings(**settings), shared_reader))


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[OpenPage]:
    """A maker of browser windows on the page; at the end nothing may have gone wrong in any, nor left the server.

    view: the tab. at: another server's address. context: one that is open, or keywords of a new one.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # An answer that is an error is a line in the console, too, and what tests of errors ask for.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def stay(route: Route) -> None:
        complaints.append(f"asked for {route.request.url}")
        route.abort()

    def open_one(
        view: str = "draw", at: str | None = None, context: BrowserContext | None = None, **options: Any
    ) -> Page:
        base = at or address
        if context is None:
            context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
            context.set_default_timeout(60_000)  # a machine may be busy
            contexts.append(context)
            context.route(lambda url: not url.startswith((base, "blob:", "data:")), stay)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append("a dialog opened"), dialog.dismiss()))
        page.goto(f"{base}#{view}")
        page.wait_for_selector("html[data-ready]")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sheet_file(tmp_path: Path) -> Path:
    path = tmp_path / "stock.png"
    assert cv2.imwrite(str(path), draw_sheet())
    return path


@pytest.fixture
def read_sheet(open_page: OpenPage, sheet_file: Path) -> Page:
    """The reading view with the sheet read."""
    page = open_page("read")
    page.set_input_files("#read-files", sheet_file)
    page.wait_for_selector("#read-results:not([hidden])")
    page.wait_for_selector("#read-progress", state="hidden")
    return page
