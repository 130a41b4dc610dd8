"""The languages of the widget, and texts of the site's own."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewChat
from tests.browser.widget_site import PRETTY_CSS

LANGUAGES = {
    "pt": ("Abrir o chat", "Escreva uma mensagem…"),
    "es": ("Abrir el chat", "Escribe un mensaje…"),
    "de": ("Chat öffnen", "Nachricht schreiben…"),
    "ar": ("فتح المحادثة", "اكتب رسالة…"),
    "en": ("Open chat", "Write a message…"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_language_of_the_attribute(new_chat: NewChat, language: str) -> None:
    launcher, placeholder = LANGUAGES[language]
    chat = new_chat(f'lang="{language}"', PRETTY_CSS)
    widget = chat.widget.visit()
    expect(widget.launcher).to_have_accessible_name(launcher)

    widget.launcher.click()

    expect(widget.composer_field).to_have_attribute("placeholder", placeholder)
    files = [url for url in widget.requests if "/widget/" in url]
    assert len(files) == (1 if language == "en" else 2)
    direction = widget.log.or_(widget.page.get_by_role("log")).evaluate("(log) => getComputedStyle(log).direction")
    assert direction == ("rtl" if language == "ar" else "ltr")


def test_language_of_the_page_and_then_of_the_browser(new_chat: NewChat) -> None:
    for page_language, locale, expected in (("pt-BR", "de-DE", "pt"), ("fi", "de-DE", "de"), ("fi", "fi-FI", "en")):
        chat = new_chat("", PRETTY_CSS, locale=locale)
        chat.language = page_language

        expect(chat.widget.visit().launcher).to_have_accessible_name(LANGUAGES[expected][0])


def test_site_replaces_texts(new_chat: NewChat) -> None:
    chat = new_chat("", PRETTY_CSS)
    chat.widget.page.add_init_script(
        """customElements.whenDefined("gb-chat").then(() => {
          document.querySelector("gb-chat").texts = { placeholder: "Ask the shop", open: "Ask us" };
        })"""
    )
    widget = chat.widget.visit()
    expect(widget.launcher).to_have_accessible_name("Ask us")

    widget.launcher.click()

    expect(widget.composer_field).to_have_attribute("placeholder", "Ask the shop")
    expect(widget.send_button).to_be_visible()


def test_times_and_days_are_those_of_the_country(new_chat: NewChat) -> None:
    chat = new_chat('lang="de"', PRETTY_CSS, timezone_id="UTC")
    widget = chat.widget.visit()
    widget.launcher.click()
    expect(widget.composer_field).to_be_visible()
    chat.say("Hallo", timestamp="2025-03-01T23:59:00Z")

    expect(widget.days).to_have_text("Samstag, 1. März 2025")
    expect(widget.times).to_have_text("23:59")


def test_arabic_has_no_accessibility_problems(new_chat: NewChat) -> None:
    chat = new_chat('lang="ar"', PRETTY_CSS)
    widget = chat.widget.visit()
    widget.launcher.click()
    expect(widget.composer_field).to_be_visible()
    chat.say("مرحبا", suggestions=[{"text": "نعم", "value": "yes"}])
    expect(widget.bot_bubbles).to_have_text("مرحبا")

    assert widget.find_accessibility_problems() == []
