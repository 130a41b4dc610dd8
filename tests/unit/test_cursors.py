"""Cursors: those of the server are decoded, everything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.contract.requests import ListQuery
from conversations.domain.conversation import ListCursor, ListPosition
from conversations.domain.errors import InvalidRequestError
from conversations.entrypoints import cursors
from tests.builders import a_user

PARTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=4)


@given(parts=PARTS, owner=st.text(max_size=20), purpose=st.text(max_size=20))
def test_cursor_is_decoded_as_encoded(parts: list[str | None], owner: str, purpose: str) -> None:
    cursor = cursors.encode(parts, owner=owner, purpose=purpose)

    assert cursors.decode(cursor, owner=owner, purpose=purpose) == parts
    assert cursor.isascii()


@given(position=st.integers(0, 200), character=st.sampled_from("aZ09-_=é. "))
def test_changed_cursor_is_refused(position: int, character: str) -> None:
    cursor = cursors.encode(["2024-01-15T10:30:00.000Z", "id"], owner="user:ada", purpose="list")
    position %= len(cursor)
    changed = cursor[:position] + character + cursor[position + 1 :]

    if changed != cursor:
        with pytest.raises(InvalidRequestError):
            cursors.decode(changed, owner="user:ada", purpose="list")


@pytest.mark.parametrize(("owner", "purpose"), [("user:eve", "list"), ("user:ada", "export")])
def test_cursor_of_another_owner_or_purpose_is_refused(owner: str, purpose: str) -> None:
    cursor = cursors.encode(["a", "b"], owner="user:ada", purpose="list")

    with pytest.raises(InvalidRequestError) as error:
        cursors.decode(cursor, owner=owner, purpose=purpose)

    assert error.value.field == "cursor"


@given(text=st.text(max_size=60))
def test_arbitrary_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError):
        cursors.decode(text, owner="user:ada", purpose="list")


ADA = a_user()
POSITION = ListPosition("2024-01-15T10:30:00.000Z", "id")


@pytest.mark.parametrize("is_upward", [False, True])
def test_list_cursor_is_decoded_as_encoded(is_upward: bool) -> None:
    cursor = ListCursor(POSITION, "2024-01-15T10:00:00.000Z", is_upward=is_upward)
    text = cursors.encode_list_cursor(cursor, ListQuery(), ADA)

    assert cursors.decode_list_cursor(ListQuery(cursor=text), ADA) == cursor
    with pytest.raises(InvalidRequestError):
        cursors.decode_list_cursor(ListQuery(cursor=text, bot_id="other"), ADA)


@pytest.mark.parametrize("time", ["", "yesterday", "0001-01-01T00:00:00.000Z"])
def test_cursor_with_a_time_that_no_list_has_is_refused(time: str) -> None:
    """Who knows how cursors are built can build one, as their checksum is no secret."""
    for parts in ([time, "id"], [time, "id", None, None], [*POSITION, time, "up"]):
        text = cursors.encode(parts, owner=ADA.owner, purpose="list  ")
        with pytest.raises(InvalidRequestError):
            cursors.decode_list_cursor(ListQuery(cursor=text), ADA)
    text = cursors.encode(["oldest first", time, "id", None], owner=ADA.owner, purpose="export")
    with pytest.raises(InvalidRequestError):
        cursors.decode_export_cursor(text, ADA)


def test_list_cursor_of_earlier_versions_continues_downward() -> None:
    text = cursors.encode(POSITION, owner=ADA.owner, purpose="list  ")

    assert cursors.decode_list_cursor(ListQuery(cursor=text), ADA) == ListCursor(POSITION, since=None)


@pytest.mark.parametrize("message_id", ["id", None])
def test_export_cursor_of_earlier_versions_is_refused(message_id: str | None) -> None:
    """Its position is one of a walk in the other direction: continuing would leave out conversations."""
    text = cursors.encode(["conversation", *POSITION, message_id], owner=ADA.owner, purpose="export")

    with pytest.raises(InvalidRequestError, match="begin the export again") as refusal:
        cursors.decode_export_cursor(text, ADA)

    assert refusal.value.field == "cursor"


@pytest.mark.parametrize("parts", [["a"], ["a", None], [None] * 4, ["memory", None], ["a"] * 5])
def test_cursor_with_other_parts_is_refused(parts: list[str | None]) -> None:
    with pytest.raises(InvalidRequestError):
        cursors.decode_list_cursor(ListQuery(cursor=cursors.encode(parts, owner=ADA.owner, purpose="list  ")), ADA)
    with pytest.raises(InvalidRequestError):
        cursors.decode_export_cursor(cursors.encode(parts, owner=ADA.owner, purpose="export"), ADA)
