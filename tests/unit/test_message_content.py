"""What may be said: the same rule at both doors, REST and the socket."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from conversations.contract import problems
from conversations.contract.client_frames import ClientMessageFrame
from conversations.contract.requests import SendMessageRequest, StartConversationRequest
from conversations.domain.errors import InvalidMessageError, InvalidRequestError
from conversations.domain.message import Draft

REST = "REST"
SOCKET = "socket"
at_both_doors = pytest.mark.parametrize("door", [REST, SOCKET])

BLANKS = "".join(chr(point) for point in range(0x3001) if chr(point).isspace() and not 0x1C <= point <= 0x1F)
"""Unicode's White_Space; Python adds four separators, which are control characters here."""


def sent(fields: dict[str, Any] | str, door: str = REST) -> Draft:
    """Return what arrives of a body, or raise what the client is told."""
    try:
        if door == REST:
            body = fields if isinstance(fields, str) else json.dumps(fields)
            request: SendMessageRequest | ClientMessageFrame = SendMessageRequest.model_validate_json(body)
        else:
            frame = fields if isinstance(fields, str) else json.dumps({"type": "message", **fields})
            request = ClientMessageFrame.model_validate_json(frame)
    except ValidationError as error:
        raise problems.build_validation_error(error, subject="body") from None
    return request.to_draft()


def said(content: str, door: str = REST) -> str:
    return sent({"content": content}, door).content


def attached(door: str = REST, **changes: Any) -> Draft:  # noqa: ANN401 - whatever JSON holds
    attachment = {"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"} | changes
    return sent({"content": "Look", "attachments": [attachment]}, door)


@at_both_doors
@pytest.mark.parametrize("content", ["a", "0", "Hello", "a" * 8_000, " " * 50 + "a" * 8_000 + "\n" * 50])
def test_one_to_eight_thousand_characters_are_a_message(content: str, door: str) -> None:
    assert said(content, door) == content.strip()


@at_both_doors
@pytest.mark.parametrize("content", ["", " ", "\n\t \n", "\N{NO-BREAK SPACE}", "a" * 8_001])
def test_nothing_and_too_much_are_no_message(content: str, door: str) -> None:
    with pytest.raises(InvalidMessageError, match="content") as refusal:
        said(content, door)

    assert refusal.value.field == "content"


@at_both_doors
def test_the_blanks_around_a_message_are_taken_off_and_those_inside_stay(door: str) -> None:
    assert said("  one\n\ttwo  three \n", door) == "one\n\ttwo  three"


@pytest.mark.parametrize(
    "character", [chr(point) for point in range(0x110000) if unicodedata.category(chr(point)) == "Cc"]
)
def test_of_the_control_characters_only_tab_and_newline_can_be_said(character: str) -> None:
    if character in "\t\n":
        assert said(f"a{character}b") == f"a{character}b"
        return
    with pytest.raises(InvalidMessageError, match="control characters"):
        said(f"a{character}b")


@at_both_doors
def test_an_emoji_is_one_character(door: str) -> None:
    assert said("\N{GRINNING FACE}" * 8_000, door) == "\N{GRINNING FACE}" * 8_000
    with pytest.raises(InvalidMessageError, match="8000"):
        said("\N{GRINNING FACE}" * 8_001, door)


def test_every_script_and_symbol_arrives_as_it_was_written() -> None:
    content = "Grüße, 你好, שלום, e\u0301, \N{ZERO WIDTH JOINER}, \U0001f468\u200d\U0001f469\u200d\U0001f467 \U000e0041"

    assert said(content) == content


@at_both_doors
@pytest.mark.parametrize("surrogate", [r"\ud800", r"\udfff", r"\ud83d and more", "\ud800", "a\udc80b"])
def test_half_a_surrogate_pair_is_refused(surrogate: str, door: str) -> None:
    frame = f'{{"type": "message", "content": "{surrogate}"}}'
    body = f'{{"content": "{surrogate}"}}'

    with pytest.raises(InvalidRequestError):
        sent(body if door == REST else frame, door)


@given(st.text(st.characters(codec="utf-8") | st.sampled_from(" \n\t\r\x00\x1f\x85\xa0")))
def test_a_text_is_a_message_exactly_if_the_contract_says_so(text: str) -> None:
    trimmed = text.strip(BLANKS)
    control = any(unicodedata.category(each) == "Cc" and each not in "\t\n" for each in trimmed)

    if trimmed and not control:
        assert said(text) == trimmed
    else:
        with pytest.raises(InvalidMessageError):
            said(text)


@pytest.mark.parametrize("content", [None, 5, 1.5, True, ["a"], {"text": "a"}])
def test_content_of_another_type_is_no_message(content: object) -> None:
    with pytest.raises(InvalidMessageError, match="content: input should be a valid string"):
        sent({"content": content})


def test_the_first_message_of_a_conversation_obeys_the_same_rule() -> None:
    assert StartConversationRequest(initial_message=" Hello ").initial_message == "Hello"
    with pytest.raises(ValidationError) as refusal:
        StartConversationRequest(initial_message="\x07")
    assert isinstance(problems.build_validation_error(refusal.value, subject="body"), InvalidMessageError)


@at_both_doors
def test_a_refusal_does_not_repeat_what_was_said(door: str) -> None:
    with pytest.raises(InvalidMessageError) as refusal:
        said("my password is hunter2\x00", door)

    assert "hunter2" not in str(refusal.value)


@at_both_doors
def test_ten_attachments_may_come_along_and_an_eleventh_may_not(door: str) -> None:
    attachment = {"name": "cat.png", "content_type": "image/png", "url": "https://files.example/cat.png"}

    assert len(sent({"content": "Look", "attachments": [attachment] * 10}, door).attachments) == 10
    with pytest.raises(InvalidMessageError, match="attachments") as refusal:
        sent({"content": "Look", "attachments": [attachment] * 11}, door)
    assert refusal.value.field == "attachments"


@at_both_doors
def test_no_attachments_are_as_good_as_an_empty_list(door: str) -> None:
    assert sent({"content": "Look"}, door).attachments == ()
    assert sent({"content": "Look", "attachments": []}, door).attachments == ()


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
def test_an_https_address_is_kept_as_it_was_written(url: str) -> None:
    assert attached(url=url).attachments[0].url == url


@at_both_doors
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
def test_no_other_address_can_be_attached(url: object, door: str) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.url"):
        attached(door, url=url)


@pytest.mark.parametrize("name", ["a", "größe 1.png", "猫.png", "a" * 255])
def test_an_attachment_has_a_name(name: str) -> None:
    assert attached(name=name).attachments[0].name == name


@pytest.mark.parametrize("name", ["", "a" * 256, "cat\x00.png", "cat\r.png", None, 5])
def test_an_attachment_without_a_decent_name_is_refused(name: object) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.name"):
        attached(name=name)


@pytest.mark.parametrize("content_type", ["image/png", "application/vnd.api+json", "text/x-c", "application/x-7z"])
def test_an_attachment_has_a_media_type(content_type: str) -> None:
    assert attached(content_type=content_type).attachments[0].content_type == content_type


@pytest.mark.parametrize(
    "content_type", ["", "png", "image/", "/png", "image/png\n", "a b/c", "image/" + "p" * 127, None]
)
def test_an_attachment_without_one_is_refused(content_type: object) -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.content_type"):
        attached(content_type=content_type)


def test_an_attachment_is_a_name_a_type_and_an_address_and_nothing_else() -> None:
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.size"):
        attached(size=5)
    with pytest.raises(InvalidMessageError, match=r"attachments\.0\.url"):
        sent({"content": "Look", "attachments": [{"name": "cat.png", "content_type": "image/png"}]})


@at_both_doors
@pytest.mark.parametrize("client_message_id", ["1", "a" * 128, "9f1c-4e", "ü"])
def test_a_client_may_name_its_message(client_message_id: str, door: str) -> None:
    assert (
        sent({"content": "Hello", "client_message_id": client_message_id}, door).client_message_id == client_message_id
    )


@at_both_doors
@pytest.mark.parametrize("client_message_id", ["", "a" * 129, "a\x00", 5])
def test_a_name_that_is_none_is_refused(client_message_id: object, door: str) -> None:
    with pytest.raises(InvalidRequestError, match="client_message_id") as refusal:
        sent({"content": "Hello", "client_message_id": client_message_id}, door)

    assert refusal.value.field == "client_message_id"
    assert not isinstance(refusal.value, InvalidMessageError)


@at_both_doors
def test_an_unknown_field_is_refused_by_its_name(door: str) -> None:
    with pytest.raises(InvalidRequestError, match="contents") as refusal:
        sent({"content": "Hello", "contents": "Hello"}, door)

    assert refusal.value.field == "contents"
    assert not isinstance(refusal.value, InvalidMessageError)


@at_both_doors
@pytest.mark.parametrize(
    "body", ["", "Hello", "{", "[]", "null", '"content"', "5", '{"content": "a"} {}', "[" * 100_000]
)
def test_what_is_no_json_object_is_refused_as_a_whole(body: str, door: str) -> None:
    with pytest.raises(InvalidRequestError, match="body: ") as refusal:
        sent(body, door)

    assert refusal.value.field is None
    assert not isinstance(refusal.value, InvalidMessageError)
