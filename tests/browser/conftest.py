"""Fixtures: the browser, its tabs, and the chat page of a visitor or user."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chat_page import TIMEOUT_MS, ChatPage
from tests.browser.chromium import run_chromium
from tests.browser.stack_file import Stack, read_stack
from tests.browser.widget_site import HOSTILE_CSS, FakeChat

type NewPage = Callable[..., Page]
type NewChat = Callable[..., FakeChat]


@pytest.fixture(scope="session")
def stack() -> Stack:
    return read_stack()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser for the tests of a file: its event loop would stop ``asyncio.run`` in those of other files."""
    with run_chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Open tabs in separate browser contexts: they share no storage."""
    contexts = []

    def create(**options: Any) -> Page:  # noqa: ANN401 - any option of a browser context
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 760}, "locale": "en-GB"} | options)
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        return context.new_page()

    yield create
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def chat(page: Page, stack: Stack) -> ChatPage:
    """The chat page, not opened yet."""
    return ChatPage(page, stack.base_url)


@pytest.fixture
def visitor_chat(chat: ChatPage) -> ChatPage:
    """The chat page of a visitor, after the bot's greeting."""
    chat.open().wait_for_greeting()
    return chat


@pytest.fixture
def user_chat(chat: ChatPage, stack: Stack) -> ChatPage:
    """The chat page of the first demo user in a new conversation."""
    chat.open().sign_in(stack.users[0])
    chat.start_conversation()
    return chat


@pytest.fixture
def new_chat(new_page: NewPage) -> NewChat:
    """Open shops with the widget, which have a fake server."""

    def create(attributes: str = "", css: str = HOSTILE_CSS, **options: object) -> FakeChat:
        return FakeChat(new_page(**{"reduced_motion": "reduce"} | options), attributes, css)

    return create


@pytest.fixture
def shop_chat(new_chat: NewChat) -> FakeChat:
    """A shop with the bubble, opened."""
    chat = new_chat()
    chat.widget.visit().open()
    return chat
