"""``VisitorTokenStore``: the same of the fake and of the adapter."""

from datetime import timedelta

from tests.builders import MORNING, a_conversation, a_draft, a_session_id, a_user, a_visitor
from tests.integration.stores import Stores


def a_visit(stores: Stores) -> str:
    conversation = a_conversation(a_visitor())
    stores.conversations.create(conversation)
    return conversation.id


def test_a_visitors_token_opens_their_session(stores: Stores) -> None:
    session_id = a_visit(stores)

    stores.visitors.add_token(session_id, "hash")

    assert stores.visitors.is_token_valid(session_id, "hash", MORNING)


def test_another_token_opens_nothing(stores: Stores) -> None:
    session_id = a_visit(stores)
    assert not stores.visitors.is_token_valid(session_id, "hash", MORNING)

    stores.visitors.add_token(session_id, "hash")

    assert not stores.visitors.is_token_valid(session_id, "hush", MORNING)
    assert not stores.visitors.is_token_valid(session_id, "", MORNING)


def test_a_token_opens_no_other_session(stores: Stores) -> None:
    mine, other = a_visit(stores), a_visit(stores)
    stores.visitors.add_token(mine, "hash")

    assert not stores.visitors.is_token_valid(other, "hash", MORNING)
    assert not stores.visitors.is_token_valid(a_session_id(), "hash", MORNING)


def test_a_token_opens_nothing_from_the_moment_the_session_ends(stores: Stores) -> None:
    session_id = a_visit(stores)
    stores.visitors.add_token(session_id, "hash")

    assert stores.visitors.is_token_valid(session_id, "hash", MORNING + timedelta(minutes=30, milliseconds=-1))
    assert not stores.visitors.is_token_valid(session_id, "hash", MORNING + timedelta(minutes=30))


def test_a_token_lives_as_long_as_the_visitor_talks(stores: Stores) -> None:
    session_id = a_visit(stores)
    stores.visitors.add_token(session_id, "hash")

    stores.messages.append(a_visitor(session_id), session_id, a_draft(), MORNING + timedelta(minutes=29))

    assert stores.visitors.is_token_valid(session_id, "hash", MORNING + timedelta(minutes=58))
    assert not stores.visitors.is_token_valid(session_id, "hash", MORNING + timedelta(minutes=59))


def test_sixteen_tabs_have_a_token_each_and_the_next_takes_the_oldest_ones_place(stores: Stores) -> None:
    session_id = a_visit(stores)
    tokens = [f"hash{number}" for number in range(19)]
    for token in tokens:
        stores.visitors.add_token(session_id, token)

    good = [token for token in tokens if stores.visitors.is_token_valid(session_id, token, MORNING)]

    assert good == tokens[-16:]


def test_the_token_a_visitor_comes_back_with_stays_good_however_many_they_never_heard_of(stores: Stores) -> None:
    session_id = a_visit(stores)
    stores.visitors.add_token(session_id, "heard")

    for number in range(40):
        stores.visitors.add_token(session_id, f"unheard{number}", current_hash="heard")

    assert stores.visitors.is_token_valid(session_id, "heard", MORNING)
    assert stores.visitors.is_token_valid(session_id, "unheard39", MORNING)
    assert not stores.visitors.is_token_valid(session_id, "unheard0", MORNING)


def test_a_token_that_was_pushed_out_does_not_come_back_by_being_kept(stores: Stores) -> None:
    session_id = a_visit(stores)

    stores.visitors.add_token(session_id, "new", current_hash="long gone")

    assert not stores.visitors.is_token_valid(session_id, "long gone", MORNING)


def test_a_token_for_a_session_that_is_gone_is_no_error_and_opens_nothing(stores: Stores) -> None:
    session_id = a_session_id()

    stores.visitors.add_token(session_id, "hash")

    assert stores.conversations.get(session_id) is None
    assert not stores.visitors.is_token_valid(session_id, "hash", MORNING)


def test_tokens_are_no_part_of_what_others_see_of_a_conversation(stores: Stores) -> None:
    session_id = a_visit(stores)
    before = stores.conversations.get(session_id)

    stores.visitors.add_token(session_id, "hash")

    assert stores.conversations.get(session_id) == before


def test_a_users_conversation_has_no_tokens(stores: Stores) -> None:
    conversation = a_conversation(a_user())
    stores.conversations.create(conversation)

    assert not stores.visitors.is_token_valid(conversation.id, "hash", MORNING)
