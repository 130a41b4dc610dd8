"""The visitor token: its format, and the conversation it names."""

import re

import pytest

from conversations.domain import visitor_token
from conversations.domain.errors import InvalidRequestError
from tests.builders import a_session_id


def test_visitor_token_matches_its_pattern_and_names_its_conversation() -> None:
    session_id = a_session_id()
    token = visitor_token.make(session_id)

    assert re.search(visitor_token.PATTERN, token)
    assert visitor_token.parse(token) == session_id


def test_malformed_visitor_token_is_refused_with_the_field_name() -> None:
    session_id = a_session_id()
    for token in (
        "",
        ".",
        "secret",
        f"session-{session_id}.secret",
        f"{session_id.upper()}.secret",
        f"x{session_id}.x",
    ):
        with pytest.raises(InvalidRequestError, match=r"^Invalid session_token\.$") as refusal:
            visitor_token.parse(token)

        assert refusal.value.field == "session_token"
