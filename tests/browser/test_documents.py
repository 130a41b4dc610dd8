"""``/docs``: both documents can be read there, and nothing is loaded from anywhere else."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.stack_file import Stack


@pytest.fixture
def faults(page: Page, stack: Stack) -> list[str]:
    """What goes wrong in the page: what it says on its console, and what it asks of others."""
    found: list[str] = []
    ours = urlsplit(stack.base_url).netloc
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "request",
        lambda request: found.append(request.url) if urlsplit(request.url).netloc not in ("", ours) else None,
    )
    return found


def test_the_document_of_rest_is_shown(page: Page, stack: Stack, faults: list[str]) -> None:
    page.goto(f"{stack.base_url}/docs")

    expect(page.get_by_role("heading", name="Conversations API")).to_be_visible()
    page.locator("#operations-Conversations-start_conversation button").first.click()
    expect(page.get_by_text("Support Bot").or_(page.get_by_text("bot-123")).first).to_be_visible()
    expect(page.locator(".errors-wrapper, .version-pragma__message")).to_have_count(0)
    assert faults == []


def test_the_document_of_the_socket_is_shown(page: Page, stack: Stack, faults: list[str]) -> None:
    page.goto(f"{stack.base_url}/docs/")
    page.get_by_role("link", name="Socket", exact=True).click()

    expect(page.get_by_role("heading", name="Conversations socket").first).to_be_visible()
    expect(page.get_by_text("The user says something.").first).to_be_visible()
    assert faults == []
