"""Contract suites of ``TicketStore`` and ``Eraser``, and of archiving and deleting, for the fakes and the adapters."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus, ListFilter
from conversations.domain.errors import NotFoundError
from conversations.domain.limits import MESSAGES
from conversations.domain.memory import build_memory_key
from tests.builders import MORNING, a_bot, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn

if TYPE_CHECKING:
    from tests.aws import Aws

ADA, EVE = a_user("ada", "staff"), a_user("eve")
ACTIVE, ARCHIVED = ConversationStatus.ACTIVE, ConversationStatus.ARCHIVED
EVERYTHING = ListFilter()
LATER = MORNING + timedelta(minutes=1)


def test_ticket_is_redeemed_once(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    assert stores.tickets.redeem("hash", MORNING) == ADA
    assert stores.tickets.redeem("hash", MORNING) is None


def test_expired_or_unknown_ticket_is_none(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    assert stores.tickets.redeem("hash", LATER) is None
    assert stores.tickets.redeem("another", MORNING) is None


def test_concurrent_redemptions_succeed_once(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: stores.tickets.redeem("hash", MORNING), range(16)))

    assert [result for result in results if result is not None] == [ADA]


def test_archiving_moves_conversation_between_lists_and_counters(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)

    archived = stores.conversations.set_status(conversation, ARCHIVED, LATER)

    assert archived.status is ARCHIVED
    assert stores.conversations.get(conversation.id) == archived
    for status, number in ((ACTIVE, 0), (ARCHIVED, 1), (None, 1)):
        matching = ListFilter(bot_id="default", status=status)
        assert stores.conversations.count_by_owner(ADA.owner, matching) == number
        assert len(stores.conversations.list_by_owner(ADA.owner, matching, limit=9).items) == number


def test_archiving_is_idempotent_and_reversible(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)

    archived = stores.conversations.set_status(conversation, ARCHIVED, LATER)
    assert stores.conversations.set_status(conversation, ARCHIVED, LATER + timedelta(minutes=1)) == archived
    restored = stores.conversations.set_status(archived, ACTIVE, LATER)

    assert restored.status is ACTIVE
    assert stores.conversations.count_by_owner(ADA.owner, ListFilter(status=ACTIVE)) == 1
    assert stores.conversations.count_by_owner(ADA.owner, ListFilter(status=ARCHIVED)) == 0


def test_archiving_keeps_concurrent_message(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.messages.append(ADA, conversation.id, a_draft("Wait"), LATER)

    archived = stores.conversations.set_status(conversation, ARCHIVED, LATER)

    stored = stores.conversations.get(conversation.id)
    assert stored is not None
    assert (stored.status, stored.last_seq, stored.last_message) == (ARCHIVED, 1, "Wait")
    assert stored == archived
    (listed,) = stores.conversations.list_by_owner(ADA.owner, ListFilter(status=ARCHIVED), limit=9).items
    assert listed.last_activity == LATER


def test_deleted_conversation_is_unlisted_and_refuses_writes(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.messages.append(ADA, conversation.id, a_draft("Hello", client_message_id="a"), MORNING)
    dialog = stores.turns.load(conversation.id)
    assert dialog is not None

    stores.conversations.mark_deleted(conversation, LATER)

    assert stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=9).items == ()
    assert stores.conversations.count_by_owner(ADA.owner, EVERYTHING) == 0
    for draft in (a_draft("More"), a_draft("Hello", client_message_id="a")):
        with pytest.raises(NotFoundError):
            stores.messages.append(ADA, conversation.id, draft, LATER)
    with pytest.raises(NotFoundError):
        commit_turn(stores.turns, dialog, [an_utterance()], {}, LATER)
    with pytest.raises(NotFoundError):
        stores.conversations.set_status(conversation, ARCHIVED, LATER)


def test_repeated_deletion_is_counted_once(stores: Stores) -> None:
    conversation, other = a_conversation(ADA), a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.conversations.create(other)

    for _ in range(3):
        stores.conversations.mark_deleted(conversation, LATER)

    assert stores.conversations.count_by_owner(ADA.owner, EVERYTHING) == 1


def test_visitors_conversation_can_be_deleted(stores: Stores) -> None:
    visitor = a_visitor()
    conversation = a_conversation(visitor)
    stores.conversations.create(conversation)

    stores.conversations.mark_deleted(conversation, MORNING)

    deleted = stores.conversations.get(conversation.id)
    assert deleted is not None
    assert deleted.is_gone(MORNING)


def test_erasure_of_conversation_leaves_others_untouched(stores: Stores) -> None:
    erased, other = a_conversation(ADA), a_conversation(ADA)
    for conversation in (erased, other):
        stores.conversations.create(conversation)
        for number in range(5):
            draft = a_draft(f"{number}", client_message_id=f"{number}")
            message = stores.messages.append(ADA, conversation.id, draft, MORNING)
        dialog = stores.turns.load(conversation.id, message.id)
        assert dialog is not None
        commit_turn(stores.turns, dialog, [an_utterance()], {"asked": True}, MORNING)

    while not stores.eraser.erase_messages(erased.id):
        pass
    stores.eraser.erase_conversation(erased.id)

    def count_messages(conversation: Conversation) -> int:
        page = stores.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=100)
        return len(page.items)

    assert stores.conversations.get(erased.id) is None
    assert stores.turns.load(erased.id) is None
    assert (count_messages(erased), count_messages(other)) == (0, 6)
    assert stores.conversations.get(other.id) is not None


def test_erasure_of_user_leaves_nothing_in_any_table(stores: Stores, request: pytest.FixtureRequest) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.messages.append(ADA, conversation.id, a_draft("Hello", client_message_id="a"), MORNING)
    stores.memory.remember(
        {build_memory_key("default", "name", ADA.owner): "Ada", build_memory_key("other", "name", ADA.owner): "Ada"}
    )

    stores.conversations.mark_deleted(conversation, LATER)
    assert stores.eraser.erase_messages(conversation.id)
    stores.eraser.erase_conversation(conversation.id)
    assert stores.eraser.erase_memories(ADA.owner)
    stores.eraser.erase_counters(ADA.owner)

    if "dynamodb" in request.node.callspec.id:
        deployed: Aws = request.getfixturevalue("deployed")
        tables = ("SessionsTable", "MessageHistoryTable", "BotDataTable")
        assert [deployed.list_items(table) for table in tables] == [[]] * len(tables)


def test_erasure_of_user_resets_no_rate_limit(stores: Stores) -> None:
    stores.limiter.acquire(MESSAGES, ADA.owner, MORNING)

    stores.eraser.erase_counters(ADA.owner)

    assert stores.limiter.acquire(MESSAGES, ADA.owner, MORNING).remaining == MESSAGES.limit - 2


def test_erasure_of_memories_is_limited_to_user(stores: Stores) -> None:
    erased = [build_memory_key("default", f"name {number}", ADA.owner) for number in range(7)]
    other = [
        build_memory_key("default", "name", EVE.owner),
        build_memory_key("default", "name"),
        build_memory_key("ada", "name"),
    ]
    for key in (*erased, *other):
        stores.memory.remember({key: "a"})

    while not stores.eraser.erase_memories(ADA.owner):
        pass

    assert [stores.memory.recall(key) for key in erased] == [None] * 7
    assert [stores.memory.recall(key) for key in other] == ["a"] * 3


def test_list_position_paginates_while_list_grows(stores: Stores) -> None:
    conversations = [a_conversation(ADA, last_activity=MORNING + timedelta(seconds=n // 2)) for n in range(9)]
    for conversation in conversations:
        stores.conversations.create(conversation)
    visited: list[str] = []
    page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=2)
    while True:
        visited += [summary.id for summary in page.items]
        if not page.has_more:
            break
        stores.conversations.create(a_conversation(ADA, last_activity=LATER))
        page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=2, after=page.items[-1].position)

    newest_first = sorted(
        conversations, key=lambda conversation: (conversation.last_activity, conversation.id), reverse=True
    )
    assert visited == [conversation.id for conversation in newest_first]


def test_catalogue_lists_every_bot_once(stores: Stores) -> None:
    staff = a_bot("staff-bot", access=("staff",))
    for bot in (staff, a_bot("default"), staff):
        stores.publish(bot)

    assert [bot.id for bot in stores.bots.list_bots()] == ["default", "staff-bot"]
    assert stores.bots.list_bots()[1] == staff.summary()
    assert stores.bots.get("staff-bot") == staff
