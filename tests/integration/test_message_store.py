"""Contract suite of ``MessageStore``, for the fake and the adapter."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.domain import ids
from conversations.domain.conversation import Conversation, ConversationStatus
from conversations.domain.errors import ConflictError, ForbiddenError, NotFoundError, UnavailableError
from conversations.domain.message import Draft, Message
from conversations.domain.page import Page
from conversations.domain.principal import Principal
from conversations.ports.messages import MessageStore
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor, an_attachment
from tests.integration.stores import Stores

ADA, EVE = a_user("ada"), a_user("eve")


def create_conversation(
    stores: Stores, owner: Principal = ADA, status: ConversationStatus = ConversationStatus.ACTIVE
) -> str:
    conversation = a_conversation(owner, status=status)
    stores.conversations.create(conversation)
    return conversation.id


def list_messages(stores: Stores, conversation_id: str) -> list[Message]:
    page = stores.messages.get_page(
        get_conversation(stores, conversation_id), first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000
    )
    assert not page.has_more
    return list(page.items)


def get_conversation(stores: Stores, conversation_id: str) -> Conversation:
    conversation = stores.conversations.get(conversation_id)
    assert conversation is not None
    return conversation


def test_messages_are_numbered_from_one_without_gaps(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    sent = [stores.messages.append(ADA, conversation_id, a_draft(f"{number}"), MORNING) for number in range(1, 6)]

    assert [message.seq for message in sent] == [1, 2, 3, 4, 5]
    assert [message.content for message in sent] == ["1", "2", "3", "4", "5"]
    assert list_messages(stores, conversation_id) == sent
    assert get_conversation(stores, conversation_id).last_seq == 5


def test_message_is_read_as_acknowledged(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    draft = Draft(
        content="\N{GRINNING FACE}" * 8_000,
        attachments=tuple(an_attachment(f"größe {number}.png".replace(" ", "%20")) for number in range(10)),
        client_message_id="ü 1",
    )

    message = stores.messages.append(ADA, conversation_id, draft, MORNING)

    assert (message.content, message.attachments) == (draft.content, draft.attachments)
    assert (message.client_message_id, message.timestamp, message.answers) == ("ü 1", MORNING, None)
    assert list_messages(stores, conversation_id) == [message]


def test_message_stores_sender_groups_at_time_of_sending(stores: Stores) -> None:
    conversation_id = create_conversation(stores, a_user("ada", "staff"))

    as_sales = stores.messages.append(
        a_user("ada", "sales", "hr"), conversation_id, a_draft(client_message_id="1"), MORNING
    )
    stores.messages.append(a_user("ada"), conversation_id, a_draft(client_message_id="1"), MORNING)
    without_groups = stores.messages.append(ADA, conversation_id, a_draft(), MORNING)

    groups = [message.groups for message in list_messages(stores, conversation_id)]
    assert groups == [frozenset({"sales", "hr"}), frozenset()]
    for message, expected in zip((as_sales, without_groups), groups, strict=True):
        dialog = stores.turns.load(conversation_id, message.id)
        assert dialog is not None
        assert dialog.message is not None
        assert dialog.message.groups == expected
        assert dialog.conversation.groups == {"staff"}


def test_same_content_without_client_message_id_is_two_messages(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    first = stores.messages.append(ADA, conversation_id, a_draft("ok"), MORNING)
    second = stores.messages.append(ADA, conversation_id, a_draft("ok"), MORNING)

    assert list_messages(stores, conversation_id) == [first, second]


def test_retry_returns_original_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    draft = a_draft("Hello", client_message_id="a", attachments=2)
    first = stores.messages.append(ADA, conversation_id, draft, MORNING)

    again = stores.messages.append(ADA, conversation_id, draft, MORNING + timedelta(seconds=5))
    elsewhere = stores.another_process().append(ADA, conversation_id, draft, MORNING + timedelta(seconds=9))

    assert again == elsewhere == first
    assert list_messages(stores, conversation_id) == [first]
    assert get_conversation(stores, conversation_id).last_activity == MORNING


def test_retry_after_other_messages_returns_original_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    first = stores.messages.append(ADA, conversation_id, a_draft("one", client_message_id="a"), MORNING)
    stores.messages.append(ADA, conversation_id, a_draft("two", client_message_id="b"), MORNING)
    stores.messages.append(ADA, conversation_id, a_draft("three"), MORNING)

    assert stores.messages.append(ADA, conversation_id, a_draft("one", client_message_id="a"), MORNING) == first
    assert (
        stores.another_process().append(ADA, conversation_id, a_draft("one", client_message_id="a"), MORNING) == first
    )
    assert [message.content for message in list_messages(stores, conversation_id)] == ["one", "two", "three"]


@pytest.mark.parametrize(
    "other", [a_draft("Hullo", client_message_id="a"), a_draft("Hello", client_message_id="a", attachments=1)]
)
def test_used_client_message_id_with_different_content_is_conflict(stores: Stores, other: Draft) -> None:
    conversation_id = create_conversation(stores)
    first = stores.messages.append(ADA, conversation_id, a_draft("Hello", client_message_id="a"), MORNING)

    for messages in (stores.messages, stores.another_process()):
        with pytest.raises(ConflictError, match="client_message_id"):
            messages.append(ADA, conversation_id, other, MORNING)

    assert list_messages(stores, conversation_id) == [first]


def test_client_message_id_is_valid_for_24_hours(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    first = stores.messages.append(ADA, conversation_id, a_draft("Hello", client_message_id="a"), MORNING)
    day = timedelta(hours=24)

    early = stores.messages.append(
        ADA, conversation_id, a_draft("Hello", client_message_id="a"), MORNING + day - timedelta(seconds=1)
    )
    late = stores.messages.append(ADA, conversation_id, a_draft("Hi", client_message_id="a"), MORNING + day)
    later = stores.messages.append(ADA, conversation_id, a_draft("Hi", client_message_id="a"), MORNING + 1.5 * day)

    assert early == first
    assert late.seq == 2
    assert later == late


def test_client_message_id_is_scoped_to_conversation(stores: Stores) -> None:
    here, there = create_conversation(stores), create_conversation(stores)

    first = stores.messages.append(ADA, here, a_draft("Hello", client_message_id="a"), MORNING)
    second = stores.messages.append(ADA, there, a_draft("Hullo", client_message_id="a"), MORNING)

    assert list_messages(stores, here) == [first]
    assert list_messages(stores, there) == [second]


def test_append_to_conversation_of_other_owner_is_forbidden(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    sent = stores.messages.append(ADA, conversation_id, a_draft("Hello", client_message_id="a"), MORNING)

    for messages in (stores.messages, stores.another_process()):
        for draft in (a_draft("Boo"), a_draft("Hello", client_message_id="a"), a_draft("Boo", client_message_id="a")):
            with pytest.raises(ForbiddenError):
                messages.append(EVE, conversation_id, draft, MORNING)
            with pytest.raises(ForbiddenError):
                messages.append(a_visitor(conversation_id), conversation_id, draft, MORNING)

    assert list_messages(stores, conversation_id) == [sent]


def test_user_cannot_append_to_visitors_conversation(stores: Stores) -> None:
    conversation_id = create_conversation(stores, a_visitor())

    with pytest.raises(ForbiddenError):
        stores.messages.append(ADA, conversation_id, a_draft(), MORNING)


@pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])
def test_append_to_unknown_conversation_is_not_found(stores: Stores, owner: Principal) -> None:
    conversation_id = owner.conversation_id or a_conversation_id()

    with pytest.raises(NotFoundError):
        stores.messages.append(owner, conversation_id, a_draft(client_message_id="a"), MORNING)

    assert stores.conversations.get(conversation_id) is None


@pytest.mark.parametrize("caller", [ADA, EVE], ids=["owner", "other"])
def test_append_to_deleted_conversation_is_not_found_even_for_retry(stores: Stores, caller: Principal) -> None:
    conversation_id = create_conversation(stores)
    draft = a_draft("Hello", client_message_id="a")
    stores.messages.append(ADA, conversation_id, draft, MORNING)
    stores.delete_row(conversation_id)

    for messages in (stores.messages, stores.another_process()):
        with pytest.raises(NotFoundError):
            messages.append(caller, conversation_id, draft, MORNING)

    assert stores.conversations.get(conversation_id) is None


def test_append_to_archived_conversation_is_conflict(stores: Stores) -> None:
    conversation_id = create_conversation(stores, status=ConversationStatus.ARCHIVED)

    with pytest.raises(ConflictError, match="archived"):
        stores.messages.append(ADA, conversation_id, a_draft(client_message_id="a"), MORNING)

    assert list_messages(stores, conversation_id) == []
    assert get_conversation(stores, conversation_id).last_seq == 0


def test_visitors_messages_can_be_read(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)

    sent = [stores.messages.append(visitor, conversation_id, a_draft(f"{number}"), MORNING) for number in range(3)]

    assert [message.seq for message in sent] == [1, 2, 3]
    assert list_messages(stores, conversation_id) == sent
    assert get_conversation(stores, conversation_id).last_message == "2"


def test_visitors_retry_returns_original_message(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    draft = a_draft(client_message_id="a", attachments=1)

    first = stores.messages.append(visitor, conversation_id, draft, MORNING)

    assert stores.messages.append(visitor, conversation_id, draft, MORNING) == first
    assert stores.another_process().append(visitor, conversation_id, draft, MORNING) == first
    assert get_conversation(stores, conversation_id).last_seq == 1


def test_message_extends_visitors_conversation_by_30_minutes(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    half_an_hour = timedelta(minutes=30)

    stores.messages.append(visitor, conversation_id, a_draft(), MORNING + half_an_hour - timedelta(milliseconds=1))
    last = stores.messages.append(
        visitor, conversation_id, a_draft(), MORNING + 2 * half_an_hour - timedelta(seconds=1)
    )

    assert last.seq == 2
    assert get_conversation(stores, conversation_id).expires_at == MORNING + 3 * half_an_hour - timedelta(seconds=1)


@pytest.mark.parametrize("late", [timedelta(), timedelta(milliseconds=1), timedelta(days=30)])
def test_append_to_expired_conversation_is_not_found_even_for_retry(stores: Stores, late: timedelta) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    draft = a_draft(client_message_id="a")
    stores.messages.append(visitor, conversation_id, draft, MORNING)
    end = MORNING + timedelta(minutes=30)

    for messages in (stores.messages, stores.another_process()):
        for again in (draft, a_draft("Still there?"), a_draft("Still there?", client_message_id="b")):
            with pytest.raises(NotFoundError):
                messages.append(visitor, conversation_id, again, end + late)

    assert get_conversation(stores, conversation_id).last_seq == 1
    assert get_conversation(stores, conversation_id).expires_at == end


def test_users_conversation_does_not_expire(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    stores.messages.append(ADA, conversation_id, a_draft(), MORNING)

    assert stores.messages.append(ADA, conversation_id, a_draft(), MORNING + timedelta(days=365)).seq == 2


def test_timestamps_increase_when_clock_does_not(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    hours = [0, 2, 1, -1, 2, 3]

    sent = []
    for hour in hours:
        # Each process has its own clock.
        messages = stores.another_process()
        sent.append(messages.append(ADA, conversation_id, a_draft(f"{hour}"), MORNING + timedelta(hours=hour)))

    millisecond = timedelta(milliseconds=1)
    late = MORNING + timedelta(hours=2)
    assert [message.timestamp for message in sent] == [
        MORNING,
        late,
        late + millisecond,
        late + 2 * millisecond,
        late + 3 * millisecond,
        MORNING + timedelta(hours=3),
    ]
    assert list_messages(stores, conversation_id) == sent
    assert get_conversation(stores, conversation_id).last_activity == MORNING + timedelta(hours=3)


def test_timestamps_increase_with_cached_head(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    stores.messages.append(ADA, conversation_id, a_draft(), MORNING)
    stores.another_process().append(ADA, conversation_id, a_draft(), MORNING + timedelta(hours=2))

    third = stores.messages.append(ADA, conversation_id, a_draft(), MORNING + timedelta(hours=1))

    assert (third.seq, third.timestamp) == (3, MORNING + timedelta(hours=2, milliseconds=1))


def _append_with_retries(messages: MessageStore, conversation_id: str, draft: Draft) -> Message:
    """Append as a client does: with retries after a 503."""
    while True:
        try:
            return messages.append(ADA, conversation_id, draft, MORNING)
        except UnavailableError:
            time.sleep(random.uniform(0, 0.05))


def test_concurrent_messages_get_distinct_sequence_numbers(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    processes = [stores.another_process() for _ in range(4)]
    drafts = [a_draft(f"{number}", client_message_id=f"{number}") for number in range(24)]

    with ThreadPoolExecutor(8) as pool:
        sent = list(
            pool.map(
                lambda number: _append_with_retries(processes[number % 4], conversation_id, drafts[number]),
                range(len(drafts)),
            )
        )

    stored = list_messages(stores, conversation_id)
    assert [message.seq for message in stored] == list(range(1, 25))
    assert {message.content for message in stored} == {draft.content for draft in drafts}
    assert sorted(sent, key=lambda message: message.seq) == stored
    assert get_conversation(stores, conversation_id).last_seq == 24


def test_process_with_fast_clock_and_stale_head_repeats_no_sequence_number(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    fast = stores.another_process()
    fast.append(ADA, conversation_id, a_draft("one"), MORNING)
    # Two, because a process guesses that the bot has answered with one message.
    stores.messages.append(ADA, conversation_id, a_draft("two"), MORNING)
    stores.messages.append(ADA, conversation_id, a_draft("three"), MORNING)

    fourth = fast.append(ADA, conversation_id, a_draft("four"), MORNING + timedelta(hours=1))

    assert fourth.seq == 4
    assert [message.content for message in list_messages(stores, conversation_id)] == ["one", "two", "three", "four"]


def test_concurrent_retries_store_one_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    processes = [stores.another_process() for _ in range(6)]
    draft = a_draft("Hello", client_message_id="a")

    with ThreadPoolExecutor(6) as pool:
        sent = list(pool.map(lambda messages: _append_with_retries(messages, conversation_id, draft), processes))

    assert list_messages(stores, conversation_id) == [sent[0]]
    assert all(message == sent[0] for message in sent)


def test_conversation_without_messages_has_empty_page(stores: Stores) -> None:
    assert stores.messages.get_page(
        a_conversation(), first=ids.FIRST_ID, last=ids.LAST_ID, newest=True, limit=50
    ) == Page(items=(), has_more=False)


def test_inverted_range_is_empty_page(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    stores.messages.append(ADA, conversation_id, a_draft(), MORNING)

    for newest in (True, False):
        page = stores.messages.get_page(
            get_conversation(stores, conversation_id), first=ids.LAST_ID, last=ids.FIRST_ID, newest=newest, limit=50
        )
        assert page == Page(items=(), has_more=False)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_page_equals_brute_force_search(stores: Stores, data: st.DataObject) -> None:
    conversation_id = create_conversation(stores)
    gaps = data.draw(st.lists(st.sampled_from([0, 0, 1, 1_000]), max_size=7))
    now = MORNING
    for gap in gaps:
        now += timedelta(milliseconds=gap)
        stores.messages.append(ADA, conversation_id, a_draft(), now)
    stored = list_messages(stores, conversation_id)
    corners = [ids.FIRST_ID, ids.LAST_ID, ids.get_first_id_at(now), ids.get_last_id_at(MORNING)]
    corners += [
        corner
        for message in stored
        for corner in (message.id, ids.get_next_id(message.id), ids.get_previous_id(message.id))
    ]

    first, last = data.draw(st.sampled_from(corners)), data.draw(st.sampled_from(corners))
    newest, limit = data.draw(st.booleans()), data.draw(st.integers(1, 8))
    page = stores.messages.get_page(
        get_conversation(stores, conversation_id), first=first, last=last, newest=newest, limit=limit
    )

    matching = [message for message in stored if first <= message.id <= last]
    assert list(page.items) == (matching[-limit:] if newest else matching[:limit])
    assert page.has_more == (len(matching) > limit)


@pytest.mark.parametrize("newest", [True, False])
def test_pagination_visits_every_message_once(stores: Stores, newest: bool) -> None:
    conversation_id = create_conversation(stores)
    sent = [stores.messages.append(ADA, conversation_id, a_draft(), MORNING) for _ in range(7)]

    visited: list[Message] = []
    first, last, has_more = ids.FIRST_ID, ids.LAST_ID, True
    while has_more:
        page = stores.messages.get_page(
            get_conversation(stores, conversation_id), first=first, last=last, newest=newest, limit=3
        )
        has_more = page.has_more
        if newest:
            visited = [*page.items, *visited]
            last = ids.get_previous_id(page.items[0].id)
        else:
            visited += page.items
            first = ids.get_next_id(page.items[-1].id)

    assert visited == sent
    assert all(one.id < other.id for one, other in pairwise(visited))


def test_pagination_of_very_long_messages_is_complete(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    long = "\N{GRINNING FACE}" * 8_000
    sent = [stores.messages.append(ADA, conversation_id, a_draft(long), MORNING).seq for _ in range(40)]

    visited: list[int] = []
    page = stores.messages.get_page(
        get_conversation(stores, conversation_id), first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=100
    )
    visited += [message.seq for message in page.items]
    while page.has_more:
        after = ids.get_next_id(page.items[-1].id)
        page = stores.messages.get_page(
            get_conversation(stores, conversation_id), first=after, last=ids.LAST_ID, newest=False, limit=100
        )
        visited += [message.seq for message in page.items]

    assert visited == sent


@pytest.mark.parametrize("newest", [True, False])
@pytest.mark.parametrize(("limit", "has_more"), [(14, False), (12, False), (11, True)])
def test_large_messages_are_read_up_to_the_limit(stores: Stores, newest: bool, limit: int, has_more: bool) -> None:
    """One query of DynamoDB returns 1 MB at most, which are nine of these."""
    conversation_id = create_conversation(stores)
    for number in range(12):
        draft = Draft.model_construct(content=f"{number:02}" + "x" * 110_000, attachments=())
        stores.messages.append(ADA, conversation_id, draft, MORNING + timedelta(minutes=number))
    conversation = get_conversation(stores, conversation_id)

    page = stores.messages.read_messages(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=newest, limit=limit)

    expected = list(range(12))[-limit:] if newest else list(range(12))[:limit]
    assert [int(message.content[:2]) for message in page.items] == expected
    assert page.has_more == has_more
