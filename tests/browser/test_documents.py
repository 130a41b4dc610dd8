"""The page and ``/docs`` work under the headers of the website, and load nothing from other servers."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from local.website_headers import get_local_headers
from tests.browser.chat_page import ChatPage
from tests.browser.stack_file import Stack


@pytest.fixture
def page_errors(page: Page, stack: Stack) -> list[str]:
    """The errors and warnings on the console, and the requests to other servers."""
    errors: list[str] = []
    own_host = urlsplit(stack.base_url).netloc
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: errors.append(request.url) if urlsplit(request.url).netloc not in ("", own_host) else None,
    )
    return errors


def test_page_works_under_the_headers_of_the_template(page: Page, stack: Stack, page_errors: list[str]) -> None:
    response = page.goto(stack.base_url)
    assert response is not None
    expected = get_local_headers("/")
    assert {name: response.headers.get(name.lower()) for name in expected} == expected

    chat = ChatPage(page, stack.base_url).open()
    chat.wait_for_greeting()
    chat.send_and_wait("hello")
    assert page_errors == []


def test_rest_reference_is_shown(page: Page, stack: Stack, page_errors: list[str]) -> None:
    page.goto(f"{stack.base_url}/docs")

    expect(page.get_by_role("heading", name="Conversations API")).to_be_visible()
    page.locator("#operations-Conversations-start_conversation button").first.click()
    expect(page.get_by_text("Support Bot").or_(page.get_by_text("bot-123")).first).to_be_visible()
    expect(page.locator(".errors-wrapper, .version-pragma__message")).to_have_count(0)
    assert page_errors == []


def test_websocket_reference_is_shown(page: Page, stack: Stack, page_errors: list[str]) -> None:
    page.goto(f"{stack.base_url}/docs/")
    page.get_by_role("link", name="Socket", exact=True).click()

    expect(page.get_by_role("heading", name="Conversations socket").first).to_be_visible()
    expect(page.get_by_text("The user sends a message.").first).to_be_visible()
    assert page_errors == []
