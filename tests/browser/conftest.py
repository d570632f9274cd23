import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from . import client, shots

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=zh-CN",
]
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
"""The first does without windows and takes half the time of the second."""
FIRST_PAGE = 180  # seconds: the server makes scripts and styles for the first one who asks
WATCH = (Path(__file__).parent / "watch.js").read_text()


class Errors:
    """Everything that went wrong in the pages of a test."""

    def __init__(self):
        self.seen = []
        self.expected = []

    def note(self, what):
        self.seen.append(what)

    def expect(self, text):
        """Errors that contain `text` belong to this test."""
        self.expected.append(text)

    def forgive(self, sentence):
        self.seen = [seen for seen in self.seen if sentence not in seen]
        self.expected.append(sentence)

    def left(self):
        return [seen for seen in self.seen if not any(text in seen for text in self.expected)]

    def watch(self, page):
        page.on("console", lambda message: message.type == "error" and self.note(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.note(f"exception: {error}"))
        page.on("requestfailed", self._request_failed)
        page.on("response", lambda reply: reply.status >= 400 and self.note(f"{reply.status}: {reply.url}"))
        page.expose_function("hospitalErrorDialog", lambda text: self.note(f"dialog: {text}"))

    def _request_failed(self, request):
        # a page that is left drops what it was still fetching, and a download is no page
        if request.failure not in ("net::ERR_ABORTED",):
            self.note(f"request failed: {request.url} {request.failure}")


@pytest.fixture(scope="session")
def browser():
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not path:
        pytest.exit("Browser tests need Chromium: apt install chromium fonts-noto-cjk", returncode=2)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def _sessions():
    return {}


@pytest.fixture
def errors():
    """Fails the test on any console error, exception, failed request or error dialog it did not expect."""
    found = Errors()
    yield found
    assert not found.left(), "in the browser:\n" + "\n".join(found.left())


@pytest.fixture
def as_role(browser, server, errors, _sessions):
    """`as_role("registrar")`: a page where that demo user has just logged in."""
    contexts = []

    def log_in(login, password=None):
        context = browser.new_context(
            base_url=server,
            viewport={"width": 1366, "height": 768},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            storage_state=_sessions.get(login),
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(30000)
        context.add_init_script(WATCH)
        page = context.new_page()
        errors.watch(page)
        if login not in _sessions:
            page.goto("/web/login")
            page.fill("#login", login)
            page.fill("#password", password or login)
            page.click(".oe_login_form button[type=submit]")
            page.wait_for_url("**/odoo**", timeout=FIRST_PAGE * 1000, wait_until="commit")
            client.wait_idle(page, timeout=FIRST_PAGE)
            _sessions[login] = context.storage_state()
        else:
            page.goto("/odoo")
        client.wait_idle(page)
        return page

    yield log_in
    for context in contexts:
        for page in context.pages:
            page.evaluate("() => 0")  # lets the last events arrive
        context.close()


@pytest.fixture
def shot():
    """`shot(page, name)`: the screen as a picture of the manual."""

    def take(page, name):
        client.wait_idle(page)
        expect(page.locator(".o_loading_indicator")).to_have_count(0)
        page.mouse.move(0, 0)
        return shots.store(name, page.screenshot(animations="disabled", caret="hide"))

    return take
