"""Contract suite of ``ConversationStore``, for the fake and the adapter."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus, ListFilter
from conversations.domain.errors import ConflictError, NotFoundError
from conversations.domain.principal import Principal
from tests.builders import (
    MORNING,
    a_conversation,
    a_conversation_id,
    a_draft,
    a_message,
    a_user,
    a_visitor,
    an_utterance,
)
from tests.integration.stores import Stores, commit_turn

ACTIVE, ARCHIVED = ConversationStatus.ACTIVE, ConversationStatus.ARCHIVED
EVERYTHING = ListFilter()


def list_ids(stores: Stores, owner: Principal, matching: ListFilter = EVERYTHING) -> list[str]:
    return [each.id for each in stores.conversations.list_by_owner(owner.owner, matching, limit=100).items]


def create(stores: Stores, conversation: Conversation) -> Conversation:
    stores.conversations.create(conversation)
    return conversation


@pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])
def test_conversation_is_read_as_stored(stores: Stores, owner: Principal) -> None:
    conversation = create(stores, a_conversation(owner))

    assert stores.conversations.get(conversation.id) == conversation


def test_unknown_conversation_is_none(stores: Stores) -> None:
    assert stores.conversations.get(a_conversation_id()) is None


def test_expired_conversation_is_read_until_ttl_deletes_it(stores: Stores) -> None:
    conversation = create(stores, a_conversation(a_visitor(), last_activity=MORNING - timedelta(days=2)))

    assert stores.conversations.get(conversation.id) == conversation


def test_create_stores_first_message(stores: Stores) -> None:
    conversation = a_conversation()
    message = a_message(conversation.id)

    stores.conversations.create(conversation, message)

    assert stores.messages.get_page(
        conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=9
    ).items == (message,)


def test_create_with_existing_id_is_refused_and_changes_nothing(stores: Stores) -> None:
    first = create(stores, a_conversation())
    second = a_conversation(a_user("eve"), conversation_id=first.id)

    with pytest.raises(ConflictError):
        stores.conversations.create(second, a_message(first.id))

    assert stores.conversations.get(first.id) == first
    assert list_ids(stores, a_user("eve")) == []
    assert stores.conversations.count_by_owner(a_user("eve").owner, EVERYTHING) == 0
    assert stores.messages.get_page(first, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=9).items == ()


def test_list_is_sorted_by_last_activity(stores: Stores) -> None:
    minutes = [3, 1, 4, 0, 5]
    ids = {
        minute: create(stores, a_conversation(last_activity=MORNING + timedelta(minutes=minute))).id
        for minute in minutes
    }

    assert list_ids(stores, a_user()) == [ids[minute] for minute in sorted(minutes, reverse=True)]


def test_message_moves_conversation_to_top_of_list(stores: Stores) -> None:
    older = create(stores, a_conversation())
    newer = create(stores, a_conversation(last_activity=MORNING + timedelta(minutes=1)))

    stores.messages.append(a_user(), older.id, a_draft("Still there?"), MORNING + timedelta(minutes=2))

    assert list_ids(stores, a_user()) == [older.id, newer.id]
    first = stores.conversations.list_by_owner(a_user().owner, EVERYTHING, limit=1).items[0]
    assert first.last_message == "Still there?"
    assert first.last_activity == MORNING + timedelta(minutes=2)


def test_reply_moves_conversation_to_top_of_list(stores: Stores) -> None:
    older = create(stores, a_conversation())
    newer = create(stores, a_conversation(last_activity=MORNING + timedelta(minutes=1)))
    dialog = stores.turns.load(older.id)
    assert dialog is not None

    commit_turn(stores.turns, dialog, [an_utterance("Still here.")], {}, MORNING + timedelta(minutes=2))

    assert list_ids(stores, a_user()) == [older.id, newer.id]
    first = stores.conversations.list_by_owner(a_user().owner, EVERYTHING, limit=1).items[0]
    assert first.last_message == "Still here."


def test_list_truncates_long_last_message(stores: Stores) -> None:
    conversation = create(stores, a_conversation())

    stores.messages.append(a_user(), conversation.id, a_draft("a" * 8_000), MORNING)

    (only,) = stores.conversations.list_by_owner(a_user().owner, EVERYTHING, limit=1).items
    assert only.last_message == "a" * 199 + "…"


def test_list_filters_by_bot_and_status(stores: Stores) -> None:
    kinds = [("sales", ACTIVE), ("sales", ARCHIVED), ("support", ACTIVE), ("support", ARCHIVED)]
    ids = {kind: create(stores, a_conversation(bot_id=kind[0], status=kind[1])).id for kind in kinds}

    def find_ids(bot_id: str | None, status: ConversationStatus | None) -> set[str]:
        matching = ListFilter(bot_id=bot_id, status=status)
        names = list_ids(stores, a_user(), matching)
        assert stores.conversations.count_by_owner(a_user().owner, matching) == len(names) == len(set(names))
        return set(names)

    assert find_ids(None, None) == set(ids.values())
    assert find_ids("sales", None) == {ids["sales", ACTIVE], ids["sales", ARCHIVED]}
    assert find_ids(None, ARCHIVED) == {ids["sales", ARCHIVED], ids["support", ARCHIVED]}
    assert find_ids("support", ACTIVE) == {ids["support", ACTIVE]}
    assert find_ids("unknown", None) == set()


def test_list_shows_summary_of_conversation(stores: Stores) -> None:
    conversation = create(stores, a_conversation(bot_id="support", status=ARCHIVED))

    (summary,) = stores.conversations.list_by_owner(a_user().owner, EVERYTHING, limit=1).items

    assert (summary.id, summary.bot_id, summary.bot_name) == (conversation.id, "support", "Support")
    assert (summary.status, summary.last_message, summary.last_activity) == (ARCHIVED, "", conversation.last_activity)


@pytest.mark.parametrize("other", ["eve", "ad", "adam", "ada#", "ADA", "user:ada"])
def test_list_has_no_conversations_of_other_owners(stores: Stores, other: str) -> None:
    create(stores, a_conversation(a_user("ada")))

    assert list_ids(stores, a_user(other)) == []
    assert stores.conversations.count_by_owner(a_user(other).owner, EVERYTHING) == 0


def test_list_has_no_visitors_conversations(stores: Stores) -> None:
    visitor = a_visitor()
    conversation = create(stores, a_conversation(visitor))
    stores.messages.append(visitor, conversation.id, a_draft(), MORNING)

    assert list_ids(stores, visitor) == []
    assert stores.conversations.count_by_owner(visitor.owner, EVERYTHING) == 0
    assert stores.conversations.get_newest_active_id(visitor.owner, conversation.bot_id) is None


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kinds=st.lists(
        st.tuples(st.sampled_from(["sales", "support"]), st.sampled_from(ConversationStatus), st.integers(0, 4)),
        max_size=8,
    ),
    bot_id=st.sampled_from([None, "sales", "support", "unknown"]),
    status=st.sampled_from([None, *ConversationStatus]),
    limit=st.integers(1, 4),
)
def test_list_pages_cover_every_match_once_newest_first(
    stores: Stores,
    kinds: list[tuple[str, ConversationStatus, int]],
    bot_id: str | None,
    status: ConversationStatus | None,
    limit: int,
) -> None:
    owner = a_user(a_conversation_id())
    conversations = [
        create(
            stores, a_conversation(owner, bot_id=bot, status=kind, last_activity=MORNING + timedelta(minutes=minute))
        )
        for bot, kind, minute in kinds
    ]
    matches = [each for each in conversations if bot_id in (None, each.bot_id) and status in (None, each.status)]
    matching = ListFilter(bot_id=bot_id, status=status)

    pages = [
        stores.conversations.list_by_owner(owner.owner, matching, limit=limit, offset=offset).items
        for offset in range(0, len(kinds) + limit, limit)
    ]

    summaries = [summary for page in pages for summary in page]
    assert sorted(each.id for each in summaries) == sorted(each.id for each in matches)
    assert [each.last_activity for each in summaries] == sorted((each.last_activity for each in matches), reverse=True)
    assert all(len(page) == limit for page in pages[: len(matches) // limit])
    assert stores.conversations.count_by_owner(owner.owner, matching) == len(matches)


def test_offset_after_end_returns_empty_page(stores: Stores) -> None:
    create(stores, a_conversation())

    assert stores.conversations.list_by_owner(a_user().owner, EVERYTHING, limit=50, offset=10_000).items == ()


def test_newest_active_conversation_is_most_recently_used(stores: Stores) -> None:
    older = create(stores, a_conversation())
    newer = create(stores, a_conversation(last_activity=MORNING + timedelta(minutes=1)))
    assert stores.conversations.get_newest_active_id(a_user().owner, "default") == newer.id

    stores.messages.append(a_user(), older.id, a_draft(), MORNING + timedelta(minutes=2))

    assert stores.conversations.get_newest_active_id(a_user().owner, "default") == older.id


def test_newest_active_ignores_archived_other_bots_and_other_owners(stores: Stores) -> None:
    create(stores, a_conversation(status=ARCHIVED))
    create(stores, a_conversation(bot_id="support"))
    create(stores, a_conversation(a_user("eve")))

    assert stores.conversations.get_newest_active_id(a_user().owner, "default") is None


def test_title_is_stored_listed_and_removed(stores: Stores) -> None:
    older = create(stores, a_conversation(last_activity=MORNING))
    create(stores, a_conversation(last_activity=MORNING + timedelta(minutes=1)))
    order = list_ids(stores, a_user())

    for title in ("My order", "\u05d4\u05d6\u05de\u05e0\u05d4", ""):
        renamed = stores.conversations.set_title(older, title)

        assert renamed == older.model_copy(update={"title": title}) == stores.conversations.get(older.id)
        for matching in (EVERYTHING, ListFilter(bot_id=older.bot_id)):
            listed = stores.conversations.list_by_owner(a_user().owner, matching, limit=9).items[-1]
            assert (listed.id, listed.title, listed.bot_name) == (older.id, title, older.bot_name)
        assert list_ids(stores, a_user()) == order


def test_title_survives_what_changes_the_conversation_meanwhile(stores: Stores) -> None:
    before = create(stores, a_conversation())
    message = stores.messages.append(a_user(), before.id, a_draft(), MORNING + timedelta(seconds=1))
    stores.conversations.set_title(before, "My order")
    dialog = stores.turns.load(before.id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {}, MORNING + timedelta(seconds=2))
    archived = stores.conversations.set_status(dialog.conversation, ARCHIVED, MORNING + timedelta(seconds=3))

    assert (archived.title, archived.last_seq, archived.bot_name) == ("My order", 2, before.bot_name)


def test_deleted_conversation_has_no_title_and_gets_none(stores: Stores) -> None:
    conversation = create(stores, a_conversation())
    stores.conversations.mark_deleted(stores.conversations.set_title(conversation, "Secret"), MORNING)

    with pytest.raises(NotFoundError):
        stores.conversations.set_title(conversation, "Again")

    deleted = stores.conversations.get(conversation.id)
    assert deleted is not None
    assert (deleted.title, deleted.bot_name, deleted.deleted) == ("", conversation.bot_name, True)
    with pytest.raises(NotFoundError):
        stores.conversations.set_title(a_conversation(), "Unknown")


def test_another_owners_conversation_gets_no_title(stores: Stores) -> None:
    conversation = create(stores, a_conversation())

    with pytest.raises(NotFoundError):
        stores.conversations.set_title(conversation.model_copy(update={"owner": a_user("eve").owner}), "Mine")

    assert stores.conversations.get(conversation.id) == conversation
