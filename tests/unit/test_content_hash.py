"""Content hashes: they distinguish contents, and of a redacted message none is compared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain import content_hash
from tests.builders import a_conversation_id, a_draft, a_message, an_attachment

CONTENTS = st.text("ab é\N{GRINNING FACE}", min_size=1).filter(str.strip)


@given(CONTENTS, CONTENTS, st.integers(0, 2), st.integers(0, 2))
def test_hash_matches_same_content_only(one: str, two: str, few: int, many: int) -> None:
    first, second = a_draft(one, attachments=few), a_draft(two, attachments=many)

    same = (first.content, first.attachments) == (second.content, second.attachments)
    assert content_hash.matches(content_hash.compute(first), second) is same


def test_message_has_hash_of_its_draft() -> None:
    message = a_message(a_conversation_id(), content="hunter2").model_copy(
        update={"attachments": (an_attachment("0.png"),)}
    )
    draft = a_draft("hunter2", attachments=1)

    assert content_hash.matches(content_hash.compute(message), draft)


@pytest.mark.parametrize("stored_hash", [None, f"scrypt${'5a' * 16}${'c0' * 64}"], ids=["no hash", "earlier version's"])
def test_redacted_message_matches_any_content(stored_hash: str | None) -> None:
    assert content_hash.matches(stored_hash, a_draft("hunter2"))
    assert content_hash.matches(stored_hash, a_draft("another", attachments=2))
