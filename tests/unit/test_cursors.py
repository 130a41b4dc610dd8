"""Cursors: those of the server are decoded, everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.errors import InvalidRequestError
from conversations.entrypoints import cursors

PARTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=4)


@given(parts=PARTS, owner=st.text(max_size=20), purpose=st.text(max_size=20))
def test_cursor_is_decoded_as_encoded(parts: list[str | None], owner: str, purpose: str) -> None:
    cursor = cursors.encode(parts, owner=owner, purpose=purpose)

    assert cursors.decode(cursor, owner=owner, purpose=purpose, length=len(parts)) == parts
    assert cursor.isascii()


@given(position=st.integers(0, 200), character=st.sampled_from("aZ09-_=é. "))
def test_changed_cursor_is_refused(position: int, character: str) -> None:
    cursor = cursors.encode(["2024-01-15T10:30:00.000Z", "id"], owner="user:ada", purpose="list")
    position %= len(cursor)
    changed = cursor[:position] + character + cursor[position + 1 :]

    if changed != cursor:
        with pytest.raises(InvalidRequestError):
            cursors.decode(changed, owner="user:ada", purpose="list", length=2)


@pytest.mark.parametrize(
    ("owner", "purpose", "length"), [("user:eve", "list", 2), ("user:ada", "export", 2), ("user:ada", "list", 3)]
)
def test_cursor_of_another_owner_purpose_or_length_is_refused(owner: str, purpose: str, length: int) -> None:
    cursor = cursors.encode(["a", "b"], owner="user:ada", purpose="list")

    with pytest.raises(InvalidRequestError) as error:
        cursors.decode(cursor, owner=owner, purpose=purpose, length=length)

    assert error.value.field == "cursor"


@given(text=st.text(max_size=60))
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        cursors.decode(text, owner="user:ada", purpose="list", length=2)
