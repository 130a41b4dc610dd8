"""Cursors: what was given out comes back, and nothing else does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.domain.errors import InvalidRequestError
from conversations.entrypoints import cursors

PARTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=4)


@given(parts=PARTS, owner=st.text(max_size=20), purpose=st.text(max_size=20))
def test_a_cursor_comes_back_as_it_was_given(parts: list[str | None], owner: str, purpose: str) -> None:
    cursor = cursors.encode(parts, owner=owner, purpose=purpose)

    assert cursors.decode(cursor, owner=owner, purpose=purpose, length=len(parts)) == parts
    assert cursor.isascii()


@given(place=st.integers(0, 200), letter=st.sampled_from("aZ09-_=é. "))
def test_a_cursor_that_was_changed_is_refused(place: int, letter: str) -> None:
    cursor = cursors.encode(["2024-01-15T10:30:00.000Z", "id"], owner="user:ada", purpose="list")
    place %= len(cursor)
    changed = cursor[:place] + letter + cursor[place + 1 :]

    if changed != cursor:
        with pytest.raises(InvalidRequestError):
            cursors.decode(changed, owner="user:ada", purpose="list", length=2)


@pytest.mark.parametrize(
    ("owner", "purpose", "length"), [("user:eve", "list", 2), ("user:ada", "export", 2), ("user:ada", "list", 3)]
)
def test_a_cursor_of_another_owner_list_or_shape_is_refused(owner: str, purpose: str, length: int) -> None:
    cursor = cursors.encode(["a", "b"], owner="user:ada", purpose="list")

    with pytest.raises(InvalidRequestError) as refused:
        cursors.decode(cursor, owner=owner, purpose=purpose, length=length)

    assert refused.value.field == "cursor"


@given(junk=st.text(max_size=60))
def test_junk_is_refused(junk: str) -> None:
    with pytest.raises(InvalidRequestError):
        cursors.decode(junk, owner="user:ada", purpose="list", length=2)
