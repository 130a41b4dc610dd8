"""The page around the conversation: list, addresses, menus and languages, with a fake server (``page_site.py``)."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import find_accessibility_problems
from tests.browser.conftest import NewPage
from tests.browser.page_site import SITE, FakeService

type NewService = Callable[..., FakeService]


@pytest.fixture
def new_service(new_page: NewPage) -> NewService:
    def create(count: int = 3, **options: object) -> FakeService:
        return FakeService(new_page(**{"reduced_motion": "reduce"} | options), count)

    return create


@pytest.fixture
def service(new_service: NewService) -> FakeService:
    """The page of a user with three conversations."""
    service = new_service()
    service.open()
    expect(service.chat.conversations).to_have_count(3)
    return service


def fits_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


# ---------------------------------------------------------------------------------------------- addresses
def test_address_names_the_conversation_and_back_returns_to_the_one_before(service: FakeService) -> None:
    chat, page = service.chat, service.page
    first, second, third = service.talks
    expect(page).to_have_url(f"{SITE}/#/c/{third.id}")

    chat.open_conversation(1)
    expect(page).to_have_url(f"{SITE}/#/c/{second.id}")
    chat.open_conversation(2)
    expect(chat.bot_bubbles).to_have_text("Welcome to talk 1.")
    page.go_back()

    expect(chat.bot_bubbles).to_have_text("Welcome to talk 2.")
    expect(chat.conversations.nth(1).get_by_role("link")).to_have_attribute("aria-current", "page")
    page.go_forward()
    expect(page).to_have_url(f"{SITE}/#/c/{first.id}")
    expect(chat.bot_bubbles).to_have_text("Welcome to talk 1.")
    page.go_back()
    page.go_back()
    expect(chat.bot_bubbles).to_have_text("Welcome to talk 3.")


def test_link_opens_a_conversation_that_is_not_in_the_loaded_list(new_service: NewService) -> None:
    service = new_service(5)
    service.page_size = 2
    service.open(f"/#/c/{service.talks[0].id}")

    expect(service.chat.bot_bubbles).to_have_text("Welcome to talk 1.")
    expect(service.chat.conversations.last.get_by_role("link")).to_have_attribute("aria-current", "page")


def test_link_to_a_foreign_or_deleted_conversation_says_so(new_service: NewService) -> None:
    service = new_service()
    service.open("/#/c/conv-01890a5d-ac96-774b-bcce-999999999999", connects=False)

    expect(service.page.get_by_role("heading", name="This conversation is not here")).to_be_visible()
    assert find_accessibility_problems(service.page) == []
    service.page.get_by_role("button", name="Show my newest conversation").click()
    expect(service.chat.bot_bubbles).to_have_text("Welcome to talk 3.")
    expect(service.page).to_have_url(f"{SITE}/#/c/{service.talks[2].id}")


def test_visitor_with_a_link_can_sign_in_and_see_the_conversation(new_service: NewService) -> None:
    service = new_service()
    service.page.goto(f"{SITE}/#/c/{service.talks[0].id}")
    expect(service.page.get_by_text("Sign in to see this conversation.")).to_be_visible()

    service.chat.sign_in("ada")

    expect(service.chat.bot_bubbles).to_have_text("Welcome to talk 1.")


# ---------------------------------------------------------------------------------------------- the list
def test_conversation_can_be_renamed(service: FakeService) -> None:
    chat, page = service.chat, service.page
    chat.choose_action(1, "Rename")
    title = page.get_by_label("Title")
    expect(title).to_be_focused()
    title.fill("  Green tea  ")
    title.press("Enter")

    expect(chat.conversations.nth(1)).to_contain_text("Green tea")
    expect(chat.conversations.nth(1)).to_contain_text("Tea Shop")
    assert service.talks[1].title == "Green tea"
    chat.open_conversation(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Green tea")
    expect(page).to_have_title("Green tea")
    chat.choose_action(1, "Rename")
    expect(title).to_have_value("Green tea")
    title.fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tea Shop")
    chat.choose_action(1, "Rename")
    title.fill("Nothing")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert service.talks[1].title == ""


def test_conversation_can_be_archived_and_reopened(service: FakeService) -> None:
    chat = service.chat
    chat.choose_action(0, "Archive")
    expect(chat.conversations.first).to_contain_text("Archived")
    expect(chat.message_input).to_be_hidden()
    assert service.talks[2].status == "archived"
    chat.choose_action(0, "Reopen")
    expect(chat.message_input).to_be_visible()
    assert service.talks[2].status == "active"

    chat.choose_action(0, "Archive")
    service.page.locator("main").get_by_role("button", name="Reopen").click()

    expect(chat.message_input).to_be_focused()
    assert service.talks[2].status == "active"


def test_deletion_can_be_undone(service: FakeService) -> None:
    chat, page = service.chat, service.page
    chat.choose_action(0, "Delete")
    expect(chat.conversations).to_have_count(2)
    expect(chat.bot_bubbles).to_have_text("Welcome to talk 2.")

    page.get_by_role("button", name="Undo").click()

    expect(chat.conversations).to_have_count(3)
    expect(chat.bot_bubbles).to_have_text("Welcome to talk 3.")
    assert service.list_requests("DELETE") == []


def test_deletion_is_sent_when_the_time_is_over_or_the_page_is_left(service: FakeService) -> None:
    chat, page = service.chat, service.page
    gone, left = service.talks[1].id, service.talks[0].id
    chat.choose_action(1, "Delete")
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    expect(chat.conversations).to_have_count(2)
    assert service.list_requests("DELETE") == [f"/api/conversations/{gone}"]

    chat.choose_action(1, "Delete")
    # The request itself is tested on the stack: Playwright does not see those of a page that is gone.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")

    expect(chat.conversations).to_have_count(1)
    assert service.list_requests("DELETE")[1:] == [f"/api/conversations/{left}"]


def test_last_conversation_that_is_deleted_is_followed_by_a_new_one(new_service: NewService) -> None:
    service = new_service(1)
    service.open()
    service.chat.choose_action(0, "Delete")

    expect(service.chat.bot_bubbles).to_have_text("Welcome to talk 2.")
    expect(service.chat.conversations).to_have_count(1)


def test_search_finds_conversations_that_are_not_loaded_yet(new_service: NewService) -> None:
    service = new_service(12)
    service.page_size = 5
    service.talks[0].say("We sell Añejo tea.")
    service.talks[1].title = "ANEJO, for the party"
    # Times of later messages would move the conversations up.
    for talk in service.talks[:2]:
        talk.messages[-1]["timestamp"] = talk.messages[0]["timestamp"]
    chat = service.open()
    expect(chat.conversations).to_have_count(5)

    search = service.page.get_by_role("searchbox", name="Search conversations")
    search.fill("añejo")

    expect(chat.conversations).to_have_count(2)
    search.fill("no such tea")
    expect(service.page.get_by_text("No conversation matches.")).to_be_visible()
    search.fill("")
    expect(chat.conversations).to_have_count(12)


def test_bot_can_be_chosen(service: FakeService) -> None:
    service.page.get_by_role("button", name="Choose a bot").click()
    service.page.get_by_role("button", name="Coffee Shop").click()

    expect(service.chat.conversations).to_have_count(4)
    expect(service.chat.conversations.first).to_contain_text("Coffee Shop")
    expect(service.chat.message_input).to_be_focused()


def test_changes_on_other_devices_are_shown(service: FakeService) -> None:
    chat = service.chat
    first, second, third = service.talks

    service.say(first, "We open at **nine**.")
    expect(chat.conversations.first).to_contain_text("We open at nine.")
    expect(chat.conversations.first).to_contain_text("New messages")
    expect(service.page).to_have_title("(1) Tea Shop")
    service.send(second, type="status", status="archived")
    expect(chat.conversations.nth(2)).to_contain_text("Archived")
    service.send(third, type="status", status="renamed", title="Green tea")
    expect(service.page.get_by_role("heading", level=1)).to_have_text("Green tea")
    service.send(third, type="status", status="renamed")
    expect(service.page.get_by_role("heading", level=1)).to_have_text("Tea Shop")
    service.talks.remove(third)
    service.send(third, type="status", status="deleted")

    expect(chat.conversations).to_have_count(2)
    expect(chat.notice).to_contain_text("no longer exists")
    expect(chat.bot_bubbles).to_have_text(["Welcome to talk 1.", "We open at nine."])


# ---------------------------------------------------------------------------------------------- the user's data
def test_data_can_be_downloaded(service: FakeService, tmp_path: Path) -> None:
    page = service.page
    page.get_by_role("button", name="ada").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my data").click()

    file = tmp_path / "data.json"
    download.value.save_as(file)
    data = json.loads(file.read_text())
    assert [each["conversation"]["id"] for each in data["conversations"]] == [talk.id for talk in service.talks]
    assert [each["messages"] for each in data["conversations"]] == [talk.messages for talk in service.talks]
    expect(service.chat.notice).to_contain_text("Your data was downloaded.")


def test_data_is_deleted_after_a_question(service: FakeService) -> None:
    page, chat = service.page, service.chat
    page.get_by_role("button", name="ada").click()
    page.get_by_role("button", name="Delete my data…").click()
    expect(page.get_by_role("alertdialog", name="Delete all your data?")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    assert service.list_requests("DELETE") == []

    page.get_by_role("button", name="ada").click()
    page.get_by_role("button", name="Delete my data…").click()
    page.get_by_role("button", name="Delete everything").click()

    expect(chat.notice).to_contain_text("Your data is deleted.")
    chat.wait_until_connected()
    expect(chat.conversations).to_have_count(1)
    assert service.list_requests("DELETE") == ["/api/me"]


# ---------------------------------------------------------------------------------------------- looks and languages
@pytest.mark.parametrize("options", [{}, {"color_scheme": "dark"}, {"forced_colors": "active"}, {"locale": "ar-EG"}])
def test_page_is_accessible_and_keeps_its_policy(new_service: NewService, options: dict[str, str]) -> None:
    service = new_service(**options)
    page = service.page
    service.talks[1].status, service.talks[0].title = "archived", "Green tea"
    service.open(connects=False)
    expect(service.chat.bot_bubbles).to_have_count(1)
    assert find_accessibility_problems(page) == []
    for button in ("#choose-bot", "#account", "[popovertarget=item-menu]"):
        page.locator(button).first.click()
        expect(page.locator(".menu:popover-open button").first).to_be_visible()
        assert find_accessibility_problems(page) == []
    page.locator("#item-menu button").first.click()
    expect(page.locator("dialog[open]")).to_be_visible()
    assert find_accessibility_problems(page) == []
    assert service.list_violations() == []
    assert service.chat.errors == []


def test_menu_follows_the_keyboard(service: FakeService) -> None:
    page = service.page
    button, items = page.locator("[popovertarget=item-menu]").first, page.locator("#item-menu").get_by_role("button")

    button.focus()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    for key, position in (("ArrowDown", 1), ("End", 2), ("ArrowDown", 0), ("ArrowUp", 2), ("Home", 0)):
        page.keyboard.press(key)
        expect(items.nth(position)).to_be_focused()
    page.keyboard.press("Escape")

    expect(items.first).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()


def test_narrow_screen_has_a_drawer(new_service: NewService) -> None:
    service = new_service(viewport={"width": 320, "height": 568}, has_touch=True)
    page, chat = service.page, service.open()
    service.say(service.talks[0], "wide" * 100)
    open_button = page.get_by_role("button", name="Conversations, new messages")
    expect(open_button).to_be_visible()
    assert fits_width(page)

    open_button.tap()
    expect(page.get_by_role("button", name="Close conversation list")).to_be_focused()
    assert fits_width(page)
    assert find_accessibility_problems(page) == []
    chat.conversations.first.get_by_role("link").tap()

    expect(chat.new_conversation).to_be_hidden()
    expect(chat.bot_bubbles).to_have_count(2)
    assert fits_width(page)
    page.get_by_role("button", name="ada").tap()
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize(
    ("locale", "language", "text"),
    [
        ("pt-BR", "pt-BR", "Nova conversa"),
        ("es-MX", "es-MX", "Nueva conversación"),
        ("de-AT", "de-AT", "Neue Unterhaltung"),
        ("ar-EG", "ar-EG", "محادثة جديدة"),
        ("fi-FI", "en", "New conversation"),
    ],
)
def test_page_speaks_the_language_of_the_browser(
    new_service: NewService, locale: str, language: str, text: str
) -> None:
    service = new_service(locale=locale)
    service.open(connects=False)

    expect(service.page.get_by_role("button", name=text)).to_be_visible()
    html = service.page.locator("html")
    expect(html).to_have_attribute("lang", language)
    expect(html).to_have_attribute("dir", "rtl" if language.startswith("ar") else "ltr")
    box = service.page.locator("#sidebar").bounding_box()
    assert box is not None
    assert (box["x"] > 600) == language.startswith("ar")


def test_another_language_can_be_chosen(service: FakeService) -> None:
    service.page.get_by_role("button", name="ada").click()
    service.page.get_by_label("Language").select_option("Deutsch")

    expect(service.page.get_by_role("button", name="Neue Unterhaltung")).to_be_visible()
    service.page.reload()
    expect(service.page.get_by_role("button", name="Neue Unterhaltung")).to_be_visible()


def test_draft_stays_with_its_conversation_and_is_forgotten_when_signing_out(service: FakeService) -> None:
    chat, page = service.chat, service.page
    chat.message_input.fill("A draft")
    chat.open_conversation(1)
    expect(chat.message_input).to_have_value("")
    chat.open_conversation(0)
    expect(chat.message_input).to_have_value("A draft")

    page.get_by_role("button", name="ada").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert "A draft" not in page.evaluate("JSON.stringify(sessionStorage)")


def test_opening_needs_few_requests(new_service: NewService) -> None:
    service = new_service()
    requests: list[str] = []
    service.page.on("request", lambda request: requests.append(request.url))
    service.page.goto(SITE)
    service.chat.wait_until_connected()
    service.say(service.talks[-1], "Hello!")
    expect(service.chat.bot_bubbles).to_have_text("Hello!")

    assert len([*requests, *service.sockets]) <= 12, requests
    assert all(re.match(rf"{SITE}/(assets/[\w-]+\.(js|css)|favicon\.svg|config\.json)?$", url) for url in requests)
