"""``TicketStore``, ``Eraser`` and what deleting does to conversations: the same of the fakes and of the adapters."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus, ListFilter
from conversations.domain.errors import NotFoundError
from conversations.domain.limits import HISTORY, LIST, MESSAGES
from conversations.domain.memory import build_memory_key
from tests.builders import MORNING, a_bot, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores

if TYPE_CHECKING:
    from tests.aws import Aws

ADA, EVE = a_user("ada", "staff"), a_user("eve")
ACTIVE, ARCHIVED = ConversationStatus.ACTIVE, ConversationStatus.ARCHIVED
EVERYTHING = ListFilter()
LATER = MORNING + timedelta(minutes=1)


def test_a_ticket_is_its_owners_once(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    assert stores.tickets.redeem("hash", MORNING) == ADA
    assert stores.tickets.redeem("hash", MORNING) is None


def test_a_ticket_that_is_over_or_unknown_opens_nothing(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    assert stores.tickets.redeem("hash", LATER) is None
    assert stores.tickets.redeem("another", MORNING) is None


def test_of_many_who_burn_a_ticket_at_once_one_gets_in(stores: Stores) -> None:
    stores.tickets.issue("hash", ADA, LATER)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: stores.tickets.redeem("hash", MORNING), range(16)))

    assert [answer for answer in answers if answer is not None] == [ADA]


def test_archiving_moves_a_conversation_from_one_list_and_count_to_the_other(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)

    archived = stores.conversations.set_status(conversation, ARCHIVED, LATER)

    assert archived.status is ARCHIVED
    assert stores.conversations.get(conversation.id) == archived
    for status, number in ((ACTIVE, 0), (ARCHIVED, 1), (None, 1)):
        matching = ListFilter(bot_id="default", status=status)
        assert stores.conversations.count_by_owner(ADA.owner, matching) == number
        assert len(stores.conversations.list_by_owner(ADA.owner, matching, limit=9).items) == number


def test_archiving_twice_is_archiving_once_and_can_be_undone(stores: Stores) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)

    once = stores.conversations.set_status(conversation, ARCHIVED, LATER)
    assert stores.conversations.set_status(conversation, ARCHIVED, LATER + timedelta(minutes=1)) == once
    again = stores.conversations.set_status(once, ACTIVE, LATER)

    assert again.status is ACTIVE
    assert stores.conversations.count_by_owner(ADA.owner, ListFilter(status=ACTIVE)) == 1
    assert stores.conversations.count_by_owner(ADA.owner, ListFilter(status=ARCHIVED)) == 0


def test_archiving_what_was_written_to_meanwhile_keeps_what_was_written(stores: Stores) -> None:
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


def test_a_deleted_conversation_is_in_no_list_and_takes_nothing_more(stores: Stores) -> None:
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
        stores.turns.commit(dialog, [an_utterance()], {}, LATER)
    with pytest.raises(NotFoundError):
        stores.conversations.set_status(conversation, ARCHIVED, LATER)


def test_a_conversation_is_deleted_once_however_often_and_whoever_asks(stores: Stores) -> None:
    conversation, other = a_conversation(ADA), a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.conversations.create(other)

    for _ in range(3):
        stores.conversations.mark_deleted(conversation, LATER)

    assert stores.conversations.count_by_owner(ADA.owner, EVERYTHING) == 1


def test_a_visitors_conversation_can_be_deleted_too(stores: Stores) -> None:
    visitor = a_visitor()
    conversation = a_conversation(visitor)
    stores.conversations.create(conversation)

    stores.conversations.mark_deleted(conversation, MORNING)

    deleted = stores.conversations.get(conversation.id)
    assert deleted is not None
    assert deleted.is_gone(MORNING)


def test_erasing_leaves_nothing_of_a_conversation_and_everything_of_the_others(stores: Stores) -> None:
    erased, kept = a_conversation(ADA), a_conversation(ADA)
    for conversation in (erased, kept):
        stores.conversations.create(conversation)
        for number in range(5):
            draft = a_draft(f"{number}", client_message_id=f"{number}")
            message = stores.messages.append(ADA, conversation.id, draft, MORNING)
        dialog = stores.turns.load(conversation.id, message.id)
        assert dialog is not None
        stores.turns.commit(dialog, [an_utterance()], {"asked": True}, MORNING)

    while not stores.eraser.erase_messages(erased.id):
        pass
    stores.eraser.erase_conversation(erased.id)

    def history(conversation: Conversation) -> int:
        page = stores.messages.page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=100)
        return len(page.items)

    assert stores.conversations.get(erased.id) is None
    assert stores.turns.load(erased.id) is None
    assert (history(erased), history(kept)) == (0, 6)
    assert stores.conversations.get(kept.id) is not None


def test_nothing_of_an_erased_user_is_left_in_any_table(stores: Stores, request: pytest.FixtureRequest) -> None:
    conversation = a_conversation(ADA)
    stores.conversations.create(conversation)
    stores.messages.append(ADA, conversation.id, a_draft("Hello", client_message_id="a"), MORNING)
    for policy in (MESSAGES, HISTORY, LIST):
        stores.limiter.acquire(policy, ADA.owner, MORNING)
    stores.memory.remember(
        {build_memory_key("default", "name", ADA.owner): "Ada", build_memory_key("other", "name", ADA.owner): "Ada"}
    )

    stores.conversations.mark_deleted(conversation, LATER)
    assert stores.eraser.erase_messages(conversation.id)
    stores.eraser.erase_conversation(conversation.id)
    assert stores.eraser.erase_memories(ADA.owner)
    stores.eraser.erase_counters(ADA.owner)

    assert stores.limiter.acquire(MESSAGES, ADA.owner, MORNING).remaining == MESSAGES.limit - 1
    stores.eraser.erase_counters(ADA.owner)
    if "dynamodb" in request.node.callspec.id:
        deployed: Aws = request.getfixturevalue("deployed")
        tables = ("SessionsTable", "MessageHistoryTable", "LimitsTable", "BotDataTable")
        assert [deployed.items(table) for table in tables] == [[]] * len(tables)


def test_what_bots_remember_of_a_user_is_erased_and_nothing_else(stores: Stores) -> None:
    erased = [build_memory_key("default", f"name {place}", ADA.owner) for place in range(7)]
    kept = [
        build_memory_key("default", "name", EVE.owner),
        build_memory_key("default", "name"),
        build_memory_key("ada", "name"),
    ]
    for key in (*erased, *kept):
        stores.memory.remember({key: "a"})

    while not stores.eraser.erase_memories(ADA.owner):
        pass

    assert [stores.memory.recall(key) for key in erased] == [None] * 7
    assert [stores.memory.recall(key) for key in kept] == ["a"] * 3


def test_a_list_is_walked_by_its_last_place_while_it_grows(stores: Stores) -> None:
    conversations = [a_conversation(ADA, last_activity=MORNING + timedelta(seconds=n // 2)) for n in range(9)]
    for conversation in conversations:
        stores.conversations.create(conversation)
    walked: list[str] = []
    page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=2)
    while True:
        walked += [row.id for row in page.items]
        if not page.has_more:
            break
        stores.conversations.create(a_conversation(ADA, last_activity=LATER))
        page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=2, after=page.items[-1].position)

    newest_first = sorted(conversations, key=lambda each: (each.last_activity, each.id), reverse=True)
    assert walked == [each.id for each in newest_first]


def test_the_catalogue_lists_every_published_bot_once(stores: Stores) -> None:
    staff = a_bot("staff-bot", access=("staff",))
    for bot in (staff, a_bot("default"), staff):
        stores.publish(bot)

    assert [bot.id for bot in stores.bots.all()] == ["default", "staff-bot"]
    assert stores.bots.all()[1] == staff.summary()
    assert stores.bots.get("staff-bot") == staff
