"""Types of attachments, and LOGIN."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import InvalidAnswer
from basic.hear import get_known_answer, normalise
from basic.turn import TurnFacts
from basic.values import Value
from tests.unit.basic.hear.answers import FRIDAY, is_rejected, parse_answer


def attachment(content_type: str) -> dict[str, Value]:
    return {"name": "it", "content_type": content_type, "url": f"https://files.example/{content_type}"}


CAT, SONG, FILM, PAPER = (attachment(kind) for kind in ("image/png", "audio/ogg", "Video/MP4", "application/pdf"))


@pytest.mark.parametrize(
    ("type_name", "attached"),
    [
        ("IMAGE", CAT),
        ("PHOTO", CAT),
        ("QRCODE", CAT),
        ("AUDIO", SONG),
        ("VOICE", SONG),
        ("VIDEO", FILM),
        ("FILE", PAPER),
        ("DOCUMENT", PAPER),
        ("FILE", CAT),
    ],
)
def test_attachment_is_a_map(type_name: str, attached: dict[str, Value]) -> None:
    expected = {"name": "it", "type": attached["content_type"], "size": None, "url": attached["url"]}

    assert parse_answer(type_name, "", attached) == expected
    assert parse_answer(type_name, "here it is", attached) == expected


@pytest.mark.parametrize(
    ("type_name", "attached"), [("IMAGE", SONG), ("QRCODE", PAPER), ("AUDIO", FILM), ("VIDEO", CAT)]
)
def test_attachment_of_another_type_is_rejected(type_name: str, attached: dict[str, Value]) -> None:
    assert is_rejected(type_name, "", attached)


@pytest.mark.parametrize("type_name", ["IMAGE", "QRCODE", "AUDIO", "VIDEO", "FILE", "DOCUMENT"])
def test_text_is_not_an_attachment(type_name: str) -> None:
    assert is_rejected(type_name, "https://files.example/cat.png")


def test_first_matching_attachment_is_returned() -> None:
    answer = parse_answer("IMAGE", "", PAPER, CAT, attachment("image/gif"))

    assert isinstance(answer, dict)
    assert answer["url"] == CAT["url"]


def test_text_is_not_a_sign_in() -> None:
    refusal = parse_answer("LOGIN", "let me in")

    assert isinstance(refusal, InvalidAnswer)
    assert "sign in" in refusal.message
    assert get_known_answer("LOGIN", TurnFacts(FRIDAY, Random(1), "en")) is None


@given(st.text())
def test_signed_in_user_is_returned_for_any_text(text: str) -> None:
    turn = TurnFacts(FRIDAY, Random(1), "en", "ada")

    assert normalise("LOGIN", text, [], turn) == get_known_answer("auth", turn) == "ada"


@pytest.mark.parametrize("type_name", ["", "TEXT", "NAME", "EMAIL", "PASSWORD", "no type"])
def test_other_types_have_no_known_answer(type_name: str) -> None:
    assert get_known_answer(type_name, TurnFacts(FRIDAY, Random(1), "en", "ada")) is None
