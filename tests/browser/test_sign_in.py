"""Signing in on the page of an OpenID provider: authorization code with PKCE."""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat_page import ChatPage
from tests.browser.page_site import SITE, FakeService
from tests.browser.provider import CLIENT, ISSUER, Provider
from tests.browser.stack_file import Stack, get_stack_file


@pytest.fixture
def provider(page: Page) -> Provider:
    provider = Provider()
    provider.serve(page)
    return provider


@pytest.fixture
def service(page: Page, provider: Provider) -> FakeService:
    """The page with a provider, and without demo users."""
    assert provider.grants == []
    service = FakeService(page)
    service.config = {"sign_in": {"issuer": ISSUER, "client_id": CLIENT, "scope": "openid offline_access"}}
    return service


def sign_in(service: FakeService) -> None:
    """Sign in on the page of the provider."""
    service.page.get_by_role("button", name="Sign in").click()
    expect(service.page).to_have_title("Login")
    service.page.get_by_role("link", name="Sign in").click()
    expect(service.page.get_by_role("button", name="Ada")).to_be_visible()
    service.chat.wait_until_connected()


def test_user_signs_in_stays_signed_in_and_signs_out(service: FakeService, provider: Provider) -> None:
    page = service.page
    page.goto(SITE)
    sign_in(service)

    expect(service.chat.conversations).to_have_count(3)
    assert "code" not in page.url
    assert provider.grants == ["authorization_code"]
    assert service.tokens == {"access-1"}
    page.reload()
    expect(page.get_by_role("button", name="Ada")).to_be_visible()
    service.chat.wait_until_connected()
    assert provider.grants == ["authorization_code"]

    page.get_by_role("button", name="Ada").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.url == f"{SITE}/"
    assert provider.paths[-2:] == ["/revoke", "/logout"]
    stored = page.evaluate("JSON.stringify(sessionStorage)")
    assert "access-1" not in stored
    assert "refresh" not in stored
    assert service.list_violations() == []


def test_sign_in_keeps_what_the_visitor_said_and_the_address(service: FakeService) -> None:
    page, chat = service.page, service.chat
    page.goto(SITE)
    chat.wait_until_connected()
    chat.write("Hello from a visitor")
    chat.expect_delivered("Hello from a visitor")

    sign_in(service)

    expect(chat.notice).to_contain_text("now saved to your account")
    assert "/api/conversations/claim" in service.list_requests("POST")
    expect(page).to_have_url(re.compile(f"#/c/{service.talks[-1].id}$"))


def test_link_is_opened_after_the_sign_in(service: FakeService) -> None:
    page = service.page
    page.goto(f"{SITE}/#/c/{service.talks[0].id}")
    expect(page.get_by_text("Sign in to see this conversation.")).to_be_visible()

    sign_in(service)

    expect(service.chat.bot_bubbles).to_have_text("Welcome to talk 1.")
    assert "/api/conversations/claim" not in service.list_requests("POST")


def test_token_is_renewed_silently_until_the_provider_refuses(service: FakeService, provider: Provider) -> None:
    provider.lifetime = 20  # the page renews tokens with less than 30 seconds left
    page = service.page
    page.goto(SITE)
    sign_in(service)
    grants = len(provider.grants)
    assert set(provider.grants[1:]) == {"refresh_token"}

    service.chat.choose_action(0, "Archive")
    expect(service.chat.conversations.first).to_contain_text("Archived")
    assert len(provider.grants) > grants
    assert provider.tokens[-1] in service.tokens

    provider.refresh_token = ""
    service.chat.choose_action(0, "Reopen")
    expect(service.chat.notice).to_contain_text("Your session has expired.")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_cancelled_sign_in_continues_as_a_visitor(service: FakeService) -> None:
    page, chat = service.page, service.chat
    page.goto(SITE)
    chat.wait_until_connected()
    chat.write("Still here")
    chat.expect_delivered("Still here")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Cancel").click()

    chat.wait_until_connected()
    expect(chat.find_sent("Still here")).to_have_count(1)
    expect(chat.notice).to_be_empty()
    assert page.url == f"{SITE}/"


def test_provider_that_does_not_answer_is_reported(service: FakeService) -> None:
    service.page.route(f"{ISSUER}/**", lambda route: route.abort())
    service.page.goto(SITE)
    service.page.get_by_role("button", name="Sign in").click()

    expect(service.chat.notice).to_contain_text("Signing in failed.")


def test_demo_user_signs_in_on_the_pages_of_the_user_pool(visitor_chat: ChatPage, stack: Stack) -> None:
    page = visitor_chat.page
    users = json.loads(get_stack_file().read_text())["users"]
    visitor_chat.send_and_wait("Before signing in")

    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Sign in with a password…").click()
    page.locator("input[name=username]").fill(stack.users[0])
    page.locator("input[name=password]").fill(users[stack.users[0]]["password"])
    page.locator("button[type=submit]").click()

    expect(page.get_by_role("button", name=stack.users[0])).to_be_visible()
    visitor_chat.wait_until_connected()
    expect(visitor_chat.find_sent("Before signing in")).to_have_count(1)
    visitor_chat.send_and_wait("After signing in")
    page.get_by_role("button", name=stack.users[0]).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert visitor_chat.errors == []
