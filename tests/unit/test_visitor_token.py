"""The visitor token: its format, and the conversation it names."""

import re

import pytest

from conversations.domain import visitor_token
from conversations.domain.errors import InvalidRequestError
from tests.builders import a_conversation_id


def test_visitor_token_matches_its_pattern_and_names_its_conversation() -> None:
    conversation_id = a_conversation_id()
    token = visitor_token.make(conversation_id)

    assert re.search(visitor_token.PATTERN, token)
    assert visitor_token.parse(token) == conversation_id


def test_malformed_visitor_token_is_refused_with_the_field_name() -> None:
    conversation_id = a_conversation_id()
    for token in (
        "",
        ".",
        "secret",
        f"session-{conversation_id}.secret",
        f"{conversation_id.upper()}.secret",
        f"x{conversation_id}.x",
        f"{conversation_id}.x",
        f"{visitor_token.make(conversation_id)}x",
        f"{visitor_token.make(conversation_id)}\n",
    ):
        with pytest.raises(InvalidRequestError, match=r"^Invalid session_token\.$") as refusal:
            visitor_token.parse(token)

        assert refusal.value.field == "session_token"
