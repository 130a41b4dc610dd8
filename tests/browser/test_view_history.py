"""The conversation view of a user with 10,000 messages: scrolling up loads them and moves nothing."""

import subprocess

import pytest
from playwright.sync_api import Locator, Page, expect

from local.settings import ROOT, get_tool_path

SITE = "https://shop.example"
MAX_LINES = 420
"""At most 200 messages, the days between them, and the rest of the log."""
SLOWDOWN = 3
"""The last steps may take so many times as long as the first ones, in which 900 messages less are loaded."""

SCROLL_UP = """async (log) => {
  const waits = [];
  const paint = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  let jumps = 0, most = 0;
  for (let step = 0; step < 400 && !log.textContent.includes("Message 9000."); step++) {
    const first = [...log.querySelectorAll(".message")].find((message) => message.getBoundingClientRect().top > 120);
    const before = first.getBoundingClientRect().top;
    const moved = Math.min(log.scrollTop, 600);
    const start = performance.now();
    log.scrollTop -= moved;
    await paint();
    await paint();
    waits.push(performance.now() - start);
    if (first.isConnected && Math.abs(first.getBoundingClientRect().top - before - moved) > 2) jumps++;
    most = Math.max(most, log.querySelectorAll("*").length);
  }
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  const quarter = Math.floor(waits.length / 4);
  const [first, last] = [median(waits.slice(0, quarter)), median(waits.slice(-quarter))];
  return { jumps, most, lines: log.querySelectorAll(".lines > *").length, first, last };
}"""


@pytest.fixture(scope="module")
def script() -> str:
    command = (get_tool_path(".venv", "node"), "test/build-view-page.ts")
    return subprocess.run(command, cwd=ROOT / "web/widget", check=True, capture_output=True, text=True).stdout


@pytest.fixture
def log(page: Page, script: str) -> Locator:
    """Open the view on a page of its own."""
    html = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>View</title><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/page.css"><body><script type="module" src="/page.js"></script></body></html>'
    )
    css = "body { display: flex; margin: 0; height: 100vh }"
    page.route(f"{SITE}/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.route(f"{SITE}/page.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.route(f"{SITE}/page.css", lambda route: route.fulfill(body=css, content_type="text/css"))
    page.goto(f"{SITE}/")
    log = page.get_by_role("log", name="Messages")
    expect(log.get_by_text("Message 10000.")).to_be_in_viewport()
    return log


def test_view_starts_at_the_end_with_one_page(log: Locator) -> None:
    assert log.evaluate("() => countPages()") == 1
    assert log.locator(".message").count() <= 50


def test_scrolling_up_is_fluent_moves_nothing_and_keeps_the_document_small(log: Locator) -> None:
    result = log.evaluate(SCROLL_UP)

    assert log.get_by_text("Message 9000.").count() == 1
    assert result["jumps"] == 0, result
    assert result["lines"] <= MAX_LINES, result
    assert result["most"] < MAX_LINES * 20, result
    assert result["last"] < SLOWDOWN * result["first"], result


def test_end_is_one_click_away(log: Locator) -> None:
    log.evaluate("(log) => (log.scrollTop = 0)")
    expect(log.get_by_text("Message 9950.")).to_be_attached()

    log.page.get_by_role("button", name="New messages").click()

    expect(log.get_by_text("Message 10000.")).to_be_in_viewport()
    expect(log.page.get_by_role("button", name="New messages")).to_have_count(0)


def test_draft_belongs_to_its_conversation(log: Locator) -> None:
    field = log.page.get_by_role("textbox", name="Message")
    field.fill("Half a")
    log.evaluate("() => { window.first = client.conversation(); view.show(client.conversation('other')) }")
    expect(field).to_have_value("")
    field.fill("Another")

    log.evaluate("() => view.show(first)")

    expect(field).to_have_value("Half a")
