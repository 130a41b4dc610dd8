"""Validation of messages: the same rules over REST and WebSocket."""

import json
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.contract.client_frames import ClientMessageFrame
from conversations.contract.requests import SendMessageRequest, StartConversationRequest
from conversations.domain import content_hash
from conversations.domain.errors import InvalidMessageError, InvalidRequestError
from conversations.domain.message import Draft
from conversations.domain.texts import CONTENT_PATTERN, is_blank
from conversations.entrypoints.client_input import parse_json

REST = "REST"
SOCKET = "socket"
over_both_transports = pytest.mark.parametrize("transport", [REST, SOCKET])

BLANKS = "".join(chr(point) for point in range(0x3001) if chr(point).isspace() and not 0x1C <= point <= 0x1F)
"""Unicode's White_Space; Python adds four separators, which count as control characters here."""


def parse(fields: dict[str, Any] | str, transport: str = REST) -> Draft:
    """Return the parsed draft, or raise the error that the client gets."""
    model: type[SendMessageRequest | ClientMessageFrame] = SendMessageRequest
    if transport == SOCKET:
        model = ClientMessageFrame
        fields = fields if isinstance(fields, str) else {"type": "message", **fields}
    text = fields if isinstance(fields, str) else json.dumps(fields)
    return parse_json(text, model, subject="body").to_draft()


def parse_content(content: str, transport: str = REST) -> str:
    return parse({"content": content}, transport).content


def parse_attachment(transport: str = REST, **changes: Any) -> Draft:  # noqa: ANN401 - any JSON value
    attachment = {"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"} | changes
    return parse({"content": "Look", "attachments": [attachment]}, transport)


@over_both_transports
@pytest.mark.parametrize("content", ["a", "0", "Hello", "a" * 8_000, " " * 50 + "a" * 8_000 + "\n" * 50])
def test_content_of_one_to_eight_thousand_characters_is_accepted(content: str, transport: str) -> None:
    assert parse_content(content, transport) == content.strip()


@over_both_transports
@pytest.mark.parametrize("content", ["", " ", "\n\t \n", "\N{NO-BREAK SPACE}", "a" * 8_001])
def test_empty_or_too_long_content_is_refused(content: str, transport: str) -> None:
    with pytest.raises(InvalidMessageError, match="content") as refusal:
        parse_content(content, transport)

    assert refusal.value.field == "content"


@over_both_transports
def test_content_is_trimmed(transport: str) -> None:
    assert parse_content("  one\n\ttwo  three \n", transport) == "one\n\ttwo  three"


def test_control_characters_other_than_tab_and_newline_are_refused() -> None:
    control_characters = {chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) == "Cc"}

    assert len(control_characters) == 65
    for character in "\t\n":
        assert parse_content(f"a{character}b") == f"a{character}b"
    for character in control_characters - {*"\t\n"}:
        with pytest.raises(InvalidMessageError, match="control characters"):
            parse_content(f"a{character}b")


@over_both_transports
def test_emoji_counts_as_one_character(transport: str) -> None:
    assert parse_content("\N{GRINNING FACE}" * 8_000, transport) == "\N{GRINNING FACE}" * 8_000
    with pytest.raises(InvalidMessageError, match="8000"):
        parse_content("\N{GRINNING FACE}" * 8_001, transport)


def test_content_in_any_script_is_unchanged() -> None:
    content = "Grüße, 你好, שלום, e\u0301, \N{ZERO WIDTH JOINER}, \U0001f468\u200d\U0001f469\u200d\U0001f467 \U000e0041"

    assert parse_content(content) == content


@over_both_transports
@pytest.mark.parametrize("surrogate", [r"\ud800", r"\udfff", r"\ud83d and more", "\ud800", "a\udc80b"])
def test_lone_surrogate_is_refused(surrogate: str, transport: str) -> None:
    frame = f'{{"type": "message", "content": "{surrogate}"}}'
    body = f'{{"content": "{surrogate}"}}'

    with pytest.raises(InvalidRequestError):
        parse(body if transport == REST else frame, transport)


@over_both_transports
def test_windows_newlines_are_stored_as_line_feeds(transport: str) -> None:
    assert parse_content("one\r\ntwo\r\n\r\nthree\r\n", transport) == "one\ntwo\n\nthree"
    assert parse_content("a\r\n" * 3_998 + "bcd", transport) == "a\n" * 3_998 + "bcd"
    assert content_hash.compute(parse({"content": "a\r\nb"}, transport)) == content_hash.compute(
        parse({"content": "a\nb"}, transport)
    )


@over_both_transports
@pytest.mark.parametrize(
    "content", ["\u200b", "\ufeff", "\u202e", "\u3164", "\u2800 \u00ad", "\u200b\n\u200d", "\ufe0f"]
)
def test_content_that_nobody_can_see_is_refused(content: str, transport: str) -> None:
    with pytest.raises(InvalidMessageError, match="content: must contain a visible character"):
        parse_content(content, transport)

    assert parse_content(content + "a", transport).endswith("a")


@pytest.mark.parametrize("content", ["\u0301", "\u2764\ufe0f", "\U0001f468\u200d\U0001f469", "\u0600", "."])
def test_content_with_anything_visible_is_accepted(content: str) -> None:
    assert parse_content(content) == content


def test_every_format_character_is_invisible_unless_it_encloses_others() -> None:
    """Those that are visible are signs that enclose digits or letters (Unicode's Prepended_Concatenation_Mark)."""
    formats = [chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) == "Cf"]
    visible = {character for character in formats if re.search(CONTENT_PATTERN, character)}

    assert visible >= {"\u0600", "\u06dd", "\u070f", "\u08e2", "\U000110bd"}
    assert all(
        re.search("SIGN|MARK|AYAH|POUND|NUMBER|HIEROGLYPH", unicodedata.name(character)) for character in visible
    )


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(" \n\t\r\x00\x1f\x85\xa0\u200b\ufeff\u3164")))
def test_content_is_accepted_exactly_if_the_contract_allows_it(text: str) -> None:
    """A lone carriage return is a control character; before a line feed it is part of a newline."""
    trimmed = text.replace("\r\n", "\n").strip(BLANKS)
    is_allowed = re.search(CONTENT_PATTERN, text) is not None

    if is_allowed:
        assert parse_content(text) == trimmed
        assert all(unicodedata.category(character) != "Cc" or character in "\t\n" for character in trimmed)
        assert not all(is_blank(character) for character in trimmed) or trimmed[0] >= "\u0600"
    else:
        with pytest.raises(InvalidMessageError):
            parse_content(text)


@pytest.mark.parametrize("content", [None, 5, 1.5, True, ["a"], {"text": "a"}])
def test_content_of_another_type_is_refused(content: object) -> None:
    with pytest.raises(InvalidMessageError, match="content: input should be a valid string"):
        parse({"content": content})


def test_initial_message_has_the_same_rules() -> None:
    def start(text: str) -> str | None:
        body = json.dumps({"initial_message": text})
        return parse_json(body, StartConversationRequest, subject="body").initial_message

    assert start(" Hello\r\nyou ") == "Hello\nyou"
    with pytest.raises(InvalidMessageError):
        start("\x07")


@over_both_transports
def test_refusal_does_not_quote_the_content(transport: str) -> None:
    with pytest.raises(InvalidMessageError) as refusal:
        parse_content("my password is hunter2\x00", transport)

    assert "hunter2" not in str(refusal.value)


@over_both_transports
def test_ten_attachments_are_accepted_and_eleven_refused(transport: str) -> None:
    attachment = {"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}

    assert len(parse({"content": "Look", "attachments": [attachment] * 10}, transport).attachments) == 10
    with pytest.raises(InvalidMessageError, match="attachments") as refusal:
        parse({"content": "Look", "attachments": [attachment] * 11}, transport)
    assert refusal.value.field == "attachments"


@over_both_transports
def test_attachments_are_optional(transport: str) -> None:
    assert parse({"content": "Look"}, transport).attachments == ()
    assert parse({"content": "Look", "attachments": []}, transport).attachments == ()
    assert parse({"content": "Look", "attachments": None, "client_message_id": None}, transport).attachments == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example/cat.png",
        "https://files.example/a%20b?x=1&y=2#z",
        "HTTPS://FILES.EXAMPLE/",
        "https://bücher.example/größe",
        "https://[2001:db8::1]:8443/",
        "https://files.example/" + "a" * (2_048 - len("https://files.example/")),
    ],
)
def test_https_url_is_unchanged(url: str) -> None:
    assert parse_attachment(url=url).links[0].url == url


@over_both_transports
@pytest.mark.parametrize(
    "url",
    [
        "",
        "cat.png",
        "//files.example/cat.png",
        "http://files.example/cat.png",
        "ftp://files.example/cat.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "file:///etc/passwd",
        "https:",
        "https://",
        "https:files.example/cat.png",
        "https:/files.example/cat.png",
        "https:///files.example/cat.png",
        "https:\\\\files.example\\cat.png",
        " https://files.example/cat.png",
        "https://files.example/cat.png\n",
        "https://files.example/a cat.png",
        "https://files.ex\tample/cat.png",
        "https://files.example/\x00",
        "https://files.example/\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
        "https://files.example/" + "a" * (2_049 - len("https://files.example/")),
        None,
        5,
    ],
)
def test_other_urls_are_refused(url: object, transport: str) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.url"):
        parse_attachment(transport, url=url)


@pytest.mark.parametrize("name", ["a", "größe 1.png", "猫.png", "a" * 255])
def test_attachment_name_is_accepted(name: str) -> None:
    assert parse_attachment(name=name).links[0].name == name


@pytest.mark.parametrize("name", ["", "a" * 256, "cat\x00.png", "cat\r.png", None, 5])
def test_invalid_attachment_name_is_refused(name: object) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.name"):
        parse_attachment(name=name)


@pytest.mark.parametrize("content_type", ["image/png", "application/vnd.api+json", "text/x-c", "application/x-7z"])
def test_attachment_content_type_is_accepted(content_type: str) -> None:
    assert parse_attachment(content_type=content_type).links[0].content_type == content_type


@pytest.mark.parametrize(
    "content_type", ["", "png", "image/", "/png", "image/png\n", "a b/c", "image/" + "p" * 127, None]
)
def test_invalid_attachment_content_type_is_refused(content_type: object) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.content_type"):
        parse_attachment(content_type=content_type)


def test_attachment_with_unknown_or_missing_fields_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.size"):
        parse_attachment(size=5)
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.url"):
        parse({"content": "Look", "attachments": [{"name": "cat.png", "content_type": "image/png"}]})


@over_both_transports
@pytest.mark.parametrize("client_message_id", ["1", "a" * 128, "9f1c-4e", "ü"])
def test_client_message_id_is_accepted(client_message_id: str, transport: str) -> None:
    assert (
        parse({"content": "Hello", "client_message_id": client_message_id}, transport).client_message_id
        == client_message_id
    )


@over_both_transports
@pytest.mark.parametrize("client_message_id", ["", "a" * 129, "a\x00", "a\tb", "a\n", 5])
def test_invalid_client_message_id_is_refused(client_message_id: object, transport: str) -> None:
    with pytest.raises(InvalidRequestError, match="client_message_id") as refusal:
        parse({"content": "Hello", "client_message_id": client_message_id}, transport)

    assert refusal.value.field == "client_message_id"
    assert not isinstance(refusal.value, InvalidMessageError)


@over_both_transports
def test_unknown_field_is_refused_with_its_name(transport: str) -> None:
    with pytest.raises(InvalidRequestError, match="contents") as refusal:
        parse({"content": "Hello", "contents": "Hello"}, transport)

    assert refusal.value.field == "contents"
    assert not isinstance(refusal.value, InvalidMessageError)


@over_both_transports
@pytest.mark.parametrize(
    "body", ["", "Hello", "{", "[]", "null", '"content"', "5", '{"content": "a"} {}', "[" * 100_000]
)
def test_body_that_is_not_a_json_object_is_refused_without_a_field(body: str, transport: str) -> None:
    with pytest.raises(InvalidRequestError, match="body: ") as refusal:
        parse(body, transport)

    assert refusal.value.field is None
    assert not isinstance(refusal.value, InvalidMessageError)
