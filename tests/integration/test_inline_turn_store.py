"""Contract suite of ``InlineTurnStore``, for the fake and the adapter."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from conversations.domain import ids
from conversations.domain.bot import DialogState
from conversations.domain.conversation import LIST_WINDOW, Conversation, ConversationStatus, ListFilter
from conversations.domain.dialog import Dialog, InlineTurn, TurnSideData
from conversations.domain.errors import ConflictError
from conversations.domain.memory import MemoryKey
from conversations.domain.message import Message, Sender, Utterance
from conversations.domain.principal import Principal
from conversations.domain.turn import append_message, mint_messages
from tests.builders import BEFORE_MORNING, MORNING, a_conversation, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn

ADA = a_user()
HI = (an_utterance("Hi!", "Prices?"),)

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def create_conversation(stores: Stores, owner: Principal = ADA) -> str:
    conversation = a_conversation(owner, answered_seq=0)
    stores.conversations.create(conversation)
    return conversation.id


def load(stores: Stores, conversation_id: str) -> Dialog:
    dialog = stores.turns.load(conversation_id)
    assert dialog is not None
    return dialog


def list_messages(stores: Stores, conversation_id: str) -> list[Message]:
    conversation = load(stores, conversation_id).conversation
    page = stores.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000)
    return list(page.items)


def store(  # noqa: PLR0913 - the parts of a message and a turn
    stores: Stores,
    dialog: Dialog,
    owner: Principal = ADA,
    *,
    content: str = "Hello",
    key: str | None = None,
    answers: Sequence[Utterance] = HI,
    state: DialogState | None = None,
    now: datetime = MORNING,
    side_data: TurnSideData | None = None,
) -> InlineTurn | Message | None:
    """Store a message and its answer after what a dialog has."""
    before = dialog.conversation
    draft = a_draft(content, client_message_id=key)
    message = draft.number(before.id, before.last_seq, before.last_activity, owner.groups, now)
    replies = mint_messages(append_message(before, message), message.seq, answers, now)
    return stores.inline_turns.store(
        owner, dialog, message, replies, state=state or {}, now=now, side_data=side_data or TurnSideData()
    )


def store_turn(stores: Stores, dialog: Dialog, owner: Principal = ADA, **what: Any) -> InlineTurn:  # noqa: ANN401 - as ``store`` has them
    """Store a message and its answer, which must succeed."""
    turn = store(stores, dialog, owner, **what)
    assert isinstance(turn, InlineTurn)
    return turn


@both_kinds_of_caller
def test_message_and_answer_are_stored_together(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)

    turn = store_turn(stores, load(stores, conversation_id), owner, state={"steps": 1})

    question, answer = list_messages(stores, conversation_id)
    assert (question, answer) == (turn.message, *turn.replies)
    assert [(each.sender, each.seq, each.answers) for each in (question, answer)] == [
        (Sender.USER, 1, None),
        (Sender.BOT, 2, 1),
    ]
    dialog = load(stores, conversation_id)
    assert dialog.state == {"steps": 1}
    assert dialog.conversation == turn.conversation
    assert dialog.conversation.undelivered == question.id
    assert dialog.conversation.pending_message_ids == ()
    assert (dialog.conversation.answered_seq, dialog.conversation.last_message) == (1, "Hi!")


@both_kinds_of_caller
def test_turn_without_an_answer_is_stored(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)

    turn = store_turn(stores, load(stores, conversation_id), owner, answers=())

    assert list_messages(stores, conversation_id) == [turn.message]
    assert load(stores, conversation_id).conversation == turn.conversation
    assert turn.conversation.last_message == "Hello"


def append(stores: Stores, conversation_id: str) -> None:
    stores.messages.append(ADA, conversation_id, a_draft("Another"), MORNING)


def archive(stores: Stores, conversation_id: str) -> None:
    stores.conversations.set_status(load(stores, conversation_id).conversation, ConversationStatus.ARCHIVED, MORNING)


def delete(stores: Stores, conversation_id: str) -> None:
    stores.conversations.mark_deleted(load(stores, conversation_id).conversation, MORNING)


def store_another(stores: Stores, conversation_id: str) -> None:
    assert store(stores, load(stores, conversation_id), content="Another") is not None


def answer_another(stores: Stores, conversation_id: str) -> None:
    """Answer a message whose turn says nothing, so that only ``answered_seq`` is new."""
    append(stores, conversation_id)
    (message,) = list_messages(stores, conversation_id)
    dialog = stores.turns.load(conversation_id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [], {}, MORNING)


@pytest.mark.parametrize("change", [append, archive, delete, store_another, answer_another])
def test_nothing_is_stored_if_the_conversation_has_changed(
    stores: Stores, change: Callable[[Stores, str], None]
) -> None:
    conversation_id = create_conversation(stores)
    loaded = load(stores, conversation_id)
    change(stores, conversation_id)
    before, messages = load(stores, conversation_id), list_messages(stores, conversation_id)

    assert store(stores, loaded, state={"steps": 1}) is None

    assert load(stores, conversation_id) == before
    assert list_messages(stores, conversation_id) == messages


def test_nothing_is_stored_for_another_user(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    assert store(stores, load(stores, conversation_id), a_user("eve")) is None
    assert list_messages(stores, conversation_id) == []


def test_nothing_is_stored_while_a_turn_is_undelivered(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    store_another(stores, conversation_id)

    assert store(stores, load(stores, conversation_id)) is None
    assert len(list_messages(stores, conversation_id)) == 2


def test_nothing_is_stored_while_a_message_is_pending(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    append(stores, conversation_id)

    assert store(stores, load(stores, conversation_id)) is None
    assert len(list_messages(stores, conversation_id)) == 1


def test_nothing_is_stored_in_a_visitors_conversation_that_has_expired(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    expires_at = load(stores, conversation_id).conversation.expires_at
    assert expires_at is not None

    assert store(stores, load(stores, conversation_id), visitor, now=expires_at) is None


def test_visitors_conversation_expires_later(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)

    store(stores, load(stores, conversation_id), visitor, now=MORNING)

    assert load(stores, conversation_id).conversation.expires_at == MORNING + timedelta(minutes=30)


def end_delivery(stores: Stores, turn: InlineTurn) -> Conversation:
    stores.turns.end_delivery(turn.conversation.id, turn.message.id)
    return load(stores, turn.conversation.id).conversation


def answer_from_the_queue(stores: Stores, conversation_id: str, key: str | None = None) -> list[Message]:
    """Send a message and answer it by a turn of the queue, which is delivered; return both."""
    message = stores.messages.append(ADA, conversation_id, a_draft("Hello", client_message_id=key), MORNING)
    dialog = stores.turns.load(conversation_id, message.id)
    assert dialog is not None
    replies = commit_turn(stores.turns, dialog, HI, {}, MORNING)
    stores.turns.end_delivery(conversation_id, f"queued:{message.id}")
    return [message, *replies]


def test_next_turn_is_stored_when_the_delivery_has_ended(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    assert end_delivery(stores, store_turn(stores, load(stores, conversation_id))).undelivered is None

    store_turn(stores, load(stores, conversation_id), content="Again")

    assert [message.seq for message in list_messages(stores, conversation_id)] == [1, 2, 3, 4]


def test_end_of_an_earlier_delivery_removes_no_later_mark(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    first = store_turn(stores, load(stores, conversation_id))
    end_delivery(stores, first)
    second = store_turn(stores, load(stores, conversation_id), content="Again")

    stores.turns.end_delivery(conversation_id, first.message.id)

    assert load(stores, conversation_id).conversation.undelivered == second.message.id


def test_end_of_a_delivery_creates_no_conversation(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    turn = store_turn(stores, load(stores, conversation_id))
    stores.delete_row(conversation_id)

    stores.turns.end_delivery(conversation_id, turn.message.id)

    assert stores.turns.load(conversation_id) is None


def test_turn_of_the_queue_marks_the_conversation_and_only_it_ends_the_mark(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    message = stores.messages.append(ADA, conversation_id, a_draft("Hello"), MORNING)
    dialog = stores.turns.load(conversation_id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, HI, {}, MORNING)
    assert load(stores, conversation_id).conversation.undelivered == f"queued:{message.id}"

    stores.turns.end_delivery(conversation_id, message.id)
    assert load(stores, conversation_id).conversation.undelivered == f"queued:{message.id}"
    stores.turns.end_delivery(conversation_id, f"queued:{message.id}")
    assert load(stores, conversation_id).conversation.undelivered is None


@both_kinds_of_caller
def test_client_message_id_returns_the_message_that_was_stored_inline(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    turn = store_turn(stores, load(stores, conversation_id), owner, key="a")

    again = stores.messages.append(owner, conversation_id, a_draft("Hello", client_message_id="a"), MORNING)

    assert again == turn.message.model_copy(update={"groups": frozenset()})
    with pytest.raises(ConflictError):
        stores.messages.append(owner, conversation_id, a_draft("Other", client_message_id="a"), MORNING)


def test_client_message_id_that_is_in_use_stores_nothing(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    first = store_turn(stores, load(stores, conversation_id), key="a")
    end_delivery(stores, first)
    before = load(stores, conversation_id)

    again = store(stores, before, key="a")

    assert again == first.message.model_copy(update={"groups": frozenset()})
    with pytest.raises(ConflictError):
        store(stores, before, key="a", content="Other")
    assert load(stores, conversation_id) == before
    assert len(list_messages(stores, conversation_id)) == 2


def test_repetition_of_an_undelivered_turn_is_left_to_the_queue(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    turn = store_turn(stores, load(stores, conversation_id), key="a")
    undelivered = load(stores, conversation_id)

    assert store(stores, undelivered, key="a") is None
    # The delivery may end after the dialog was read.
    end_delivery(stores, turn)
    assert store(stores, undelivered, key="a") is None
    assert list_messages(stores, conversation_id) == [turn.message, *turn.replies]


def test_redacted_message_is_stored_redacted(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    turn = store_turn(
        stores, load(stores, conversation_id), content="secret", key="a", side_data=TurnSideData(redacted="•••")
    )

    assert (turn.message.content, turn.stored.content) == ("secret", "•••")
    assert [message.content for message in list_messages(stores, conversation_id)] == ["•••", "Hi!"]
    # Its record reveals nothing either, so any content with its id is the same message.
    again = stores.messages.append(ADA, conversation_id, a_draft("guess", client_message_id="a"), MORNING)
    assert again.id == turn.message.id


def test_redacted_message_without_an_answer_is_redacted_in_the_list(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    store(stores, load(stores, conversation_id), content="secret", answers=(), side_data=TurnSideData(redacted="•••"))

    assert load(stores, conversation_id).conversation.last_message == "•••"


def test_memories_are_stored_with_the_turn(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    key = MemoryKey("default", "name", ADA.owner)

    store(stores, load(stores, conversation_id), side_data=TurnSideData(memories={key: "Ada"}))

    assert stores.memory.recall(key) == "Ada"


def test_conversation_is_listed_by_its_last_activity(stores: Stores) -> None:
    conversation_id, other_id = create_conversation(stores), create_conversation(stores)
    later = BEFORE_MORNING + LIST_WINDOW + timedelta(minutes=1)

    for each, moment in ((other_id, later), (conversation_id, later + timedelta(minutes=1))):
        assert store(stores, load(stores, each), now=moment) is not None

    page = stores.conversations.list_by_owner(ADA.owner, ListFilter(), limit=10)
    assert [each.id for each in page.items] == [conversation_id, other_id]
    assert [each.last_message for each in page.items] == ["Hi!", "Hi!"]


def test_next_message_follows_without_a_read(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    turn = store_turn(stores, load(stores, conversation_id))

    message = stores.messages.append(ADA, conversation_id, a_draft("Next"), MORNING)

    assert message.seq == 3
    assert message.timestamp > turn.replies[-1].timestamp


def test_loaded_dialog_with_a_changed_state_is_stored(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    end_delivery(stores, store_turn(stores, load(stores, conversation_id), state={"steps": 1}))
    dialog = load(stores, conversation_id)

    store(stores, replace(dialog, message=None), content="Again", state={"steps": 2})

    assert load(stores, conversation_id).state == {"steps": 2}
