"""Fingerprints: the same content is known again, and what was redacted cannot be guessed by them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.domain import content_hash
from tests.builders import a_draft, a_message, a_session_id, an_attachment

CONTENTS = st.text("ab é\N{GRINNING FACE}", min_size=1).filter(str.strip)


@given(CONTENTS, CONTENTS, st.integers(0, 2), st.integers(0, 2))
def test_the_same_content_is_known_again_and_no_other(one: str, two: str, few: int, many: int) -> None:
    first, second = a_draft(one, attachments=few), a_draft(two, attachments=many)

    same = (first.content, first.attachments) == (second.content, second.attachments)
    assert content_hash.matches(content_hash.compute(first), second) is same


@settings(max_examples=4)
@given(CONTENTS, CONTENTS)
def test_so_it_is_by_the_slow_one(one: str, two: str) -> None:
    kept = content_hash.slow(a_draft(one))

    assert content_hash.matches(kept, a_draft(one))
    assert content_hash.matches(kept, a_draft(two)) is (a_draft(one) == a_draft(two))


def test_a_message_has_the_fingerprint_of_its_draft() -> None:
    message = a_message(a_session_id(), content="hunter2").model_copy(update={"attachments": (an_attachment("0.png"),)})
    draft = a_draft("hunter2", attachments=1)

    assert content_hash.matches(content_hash.compute(message), draft)
    assert content_hash.matches(content_hash.slow(message), draft)


def test_the_slow_one_is_another_each_time_so_that_no_list_of_passwords_can_be_looked_up_in() -> None:
    draft = a_draft("hunter2")

    assert content_hash.slow(draft) != content_hash.slow(draft)
    assert content_hash.compute(draft) not in content_hash.slow(draft)
