"""The complete chat of ``docs/client.md``, as it stands there."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.stack_file import Stack

DOCUMENT = Path(__file__).parents[2] / "docs/client.md"


def test_the_documents_example_is_a_chat(page: Page, stack: Stack) -> None:
    [example] = re.findall(r"```html\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    address = f"{stack.base_url}/example.html"
    page.route(address, lambda route: route.fulfill(body=example, content_type="text/html"))
    page.goto(address)
    lines = page.get_by_role("listitem")
    expect(lines).to_have_count(1)

    page.get_by_role("textbox").fill("Thanks")
    page.get_by_role("button", name="Send").click()

    expect(lines.nth(1)).to_have_text("user: Thanks")
    expect(lines.nth(2)).to_have_text("bot: You are welcome!")
    page.reload()
    expect(lines).to_have_count(3)
