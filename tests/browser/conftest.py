"""A browser, and people in front of it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chat_page import PATIENCE_MS, ChatPage
from tests.browser.chromium import chromium
from tests.browser.stack_file import Stack, read_stack

type NewPage = Callable[..., Page]


@pytest.fixture(scope="session")
def stack() -> Stack:
    return read_stack()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def new_page(browser: Browser) -> Iterator[NewPage]:
    """Give tabs, each of somebody else: nothing is shared between them."""
    contexts = []

    def make(**options: Any) -> Page:  # noqa: ANN401 - whatever a browser context can be told
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 760}, "locale": "en-GB"} | options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    return new_page()


@pytest.fixture
def chat(page: Page, stack: Stack) -> ChatPage:
    """The page, not yet opened."""
    return ChatPage(page, stack.base_url)


@pytest.fixture
def visitor(chat: ChatPage) -> ChatPage:
    """Somebody who has not signed in, greeted by the bot."""
    chat.open().is_greeted()
    return chat


@pytest.fixture
def member(chat: ChatPage, stack: Stack) -> ChatPage:
    """The first demo user in a new conversation."""
    chat.open().sign_in(stack.users[0])
    chat.begin()
    return chat
