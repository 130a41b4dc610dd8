"""Contract suite of ``TurnStore``, for the fake and the adapter."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import JsonValue

from conversations.domain import ids
from conversations.domain.conversation import NOT_GREETED, ConversationStatus, ListFilter
from conversations.domain.dialog import Dialog, TurnSideData
from conversations.domain.errors import NotFoundError
from conversations.domain.memory import MAX_CHANGES_PER_TURN, MemoryKey
from conversations.domain.message import Message, Sender, Suggestion, Utterance
from conversations.domain.principal import Principal
from conversations.domain.turn import mint_messages
from conversations.engines.output_text import MAX_MESSAGES
from tests.aws import Aws
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
from tests.integration.stores import Stores, commit_turn, dynamodb_stores

ADA = a_user()
HI = [an_utterance("Hi!", "Prices?", "Bye")]

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def create_conversation(
    stores: Stores, owner: Principal = ADA, status: ConversationStatus = ConversationStatus.ACTIVE
) -> str:
    conversation = a_conversation(owner, status=status)
    stores.conversations.create(conversation)
    return conversation.id


def send(stores: Stores, conversation_id: str, content: str = "Hello", owner: Principal = ADA) -> Message:
    return stores.messages.append(owner, conversation_id, a_draft(content), MORNING)


def load_dialog(stores: Stores, conversation_id: str, seq: int = 0) -> Dialog:
    """Return the input of the turn that answers the message ``seq``; with 0, of the greeting."""
    message_id = next((each.id for each in list_messages(stores, conversation_id) if each.seq == seq), None)
    dialog = stores.turns.load(conversation_id, message_id)
    assert dialog is not None
    return dialog


def list_messages(stores: Stores, conversation_id: str) -> list[Message]:
    conversation = stores.conversations.get(conversation_id)
    if conversation is None:
        return []
    page = stores.messages.get_page(conversation, first=ids.FIRST_ID, last=ids.LAST_ID, newest=False, limit=1_000)
    return list(page.items)


def test_unknown_conversation_has_no_dialog(stores: Stores) -> None:
    assert stores.turns.load(a_conversation_id()) is None


@both_kinds_of_caller
def test_dialog_state_is_empty_at_first(stores: Stores, owner: Principal) -> None:
    conversation = a_conversation(owner)
    stores.conversations.create(conversation)

    assert stores.turns.load(conversation.id) == Dialog(conversation, {})


def test_replies_get_next_sequence_numbers(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    question = send(stores, conversation_id)

    one, two, three = commit_turn(
        stores.turns,
        load_dialog(stores, conversation_id, 1),
        [an_utterance("One."), an_utterance("Two."), *HI],
        {},
        MORNING,
    )

    assert list_messages(stores, conversation_id) == [question, one, two, three]
    assert [message.seq for message in (one, two, three)] == [2, 3, 4]
    assert [message.content for message in (one, two, three)] == ["One.", "Two.", "Hi!"]
    assert {(message.sender, message.answers) for message in (one, two, three)} == {(Sender.BOT, 1)}
    assert three.suggestions == (Suggestion(text="Prices?", value="Prices?"), Suggestion(text="Bye", value="Bye"))
    assert one.suggestions == ()


@both_kinds_of_caller
def test_commit_updates_conversation(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, owner=owner)

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING + timedelta(seconds=1))

    conversation = load_dialog(stores, conversation_id).conversation
    assert (conversation.last_seq, conversation.answered_seq) == (2, 1)
    assert conversation.last_message == "Hi!"
    assert conversation.last_activity == conversation.updated_at == MORNING + timedelta(seconds=1)


@both_kinds_of_caller
def test_greeting_is_committed_once(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    assert load_dialog(stores, conversation_id).conversation.answered_seq == NOT_GREETED

    (greeting,) = commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING)

    assert (greeting.seq, greeting.answers) == (1, 0)
    assert load_dialog(stores, conversation_id).conversation.answered_seq == 0
    assert commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING) == (greeting,)
    assert load_dialog(stores, conversation_id).conversation.last_seq == 1


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"misses": 3},
        {"name": "Größe 你好 \N{GRINNING FACE}", "empty": "", "nothing": None, "yes": True},
        {"pi": 3.25, "big": 2**70, "negative": -1, "list": [1, [2, {"three": []}]], "nested": {"": {}}},
    ],
)
@both_kinds_of_caller
def test_dialog_state_is_read_as_stored(stores: Stores, state: dict[str, JsonValue], owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, owner=owner)

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, state, MORNING)

    assert load_dialog(stores, conversation_id).state == state


@both_kinds_of_caller
def test_repeated_commit_returns_first_result(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, owner=owner)
    before = load_dialog(stores, conversation_id, 1)
    first = commit_turn(stores.turns, before, HI, {"steps": 1}, MORNING)
    history = list_messages(stores, conversation_id)

    for dialog in (before, load_dialog(stores, conversation_id, 1)):
        again = commit_turn(stores.turns, dialog, [an_utterance("Again!")], {"steps": 2}, MORNING + timedelta(hours=1))
        assert again == first

    assert list_messages(stores, conversation_id) == history
    assert load_dialog(stores, conversation_id).state == {"steps": 1}
    assert load_dialog(stores, conversation_id).conversation.last_seq == 2
    assert load_dialog(stores, conversation_id).conversation.last_activity == first[-1].timestamp


def test_repeated_commit_after_later_turn_returns_first_result(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id, "one")
    before = load_dialog(stores, conversation_id, 1)
    replies = commit_turn(stores.turns, before, HI, {}, MORNING)
    send(stores, conversation_id, "two")
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 3), HI, {"last": True}, MORNING)
    history = list_messages(stores, conversation_id)

    assert commit_turn(stores.turns, before, HI, {}, MORNING) == replies
    assert list_messages(stores, conversation_id) == history
    assert load_dialog(stores, conversation_id).state == {"last": True}


@both_kinds_of_caller
def test_reply_follows_messages_sent_during_turn(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, "one", owner)
    before = load_dialog(stores, conversation_id, 1)
    later = MORNING + timedelta(seconds=5)
    for content in ("two", "three"):
        stores.messages.append(owner, conversation_id, a_draft(content), later)

    (answer,) = commit_turn(stores.turns, before, HI, {}, MORNING)

    assert (answer.seq, answer.answers, answer.timestamp) == (4, 1, later + timedelta(milliseconds=2))
    conversation = load_dialog(stores, conversation_id).conversation
    assert (conversation.last_seq, conversation.answered_seq) == (4, 1)
    contents = [message.content for message in list_messages(stores, conversation_id)]
    assert contents == ["one", "two", "three", "Hi!"]


def test_turn_without_messages_is_committed(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    question = send(stores, conversation_id)

    assert commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), [], {"received": True}, MORNING) == ()

    dialog = load_dialog(stores, conversation_id)
    assert dialog.state == {"received": True}
    assert (dialog.conversation.answered_seq, dialog.conversation.last_seq) == (1, 1)
    assert dialog.conversation.last_message == "Hello"
    assert list_messages(stores, conversation_id) == [question]
    assert stores.turns.get_replies(dialog.conversation, question) == ()


@both_kinds_of_caller
def test_get_replies_returns_committed_messages(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    question = send(stores, conversation_id, owner=owner)
    utterances = [an_utterance(f"{number}", "Yes", "No") for number in range(10)]

    replies = commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), utterances, {}, MORNING)

    conversation = load_dialog(stores, conversation_id).conversation
    assert stores.turns.get_replies(conversation, question) == replies
    assert [message.content for message in replies] == [utterance.content for utterance in utterances]
    assert stores.turns.get_replies(conversation, None) == ()
    assert stores.turns.get_replies(conversation, replies[0]) == ()


def test_get_replies_without_greeting_is_empty(stores: Stores) -> None:
    conversation_id = create_conversation(stores)

    assert stores.turns.get_replies(load_dialog(stores, conversation_id).conversation, None) == ()


def test_replies_to_visitor_can_be_read(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)

    replies = commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING)

    assert [message.content for message in replies] == ["Hi!"]
    assert tuple(list_messages(stores, conversation_id)) == replies


def test_replies_do_not_extend_visitors_conversation(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING + timedelta(minutes=10))

    assert load_dialog(stores, conversation_id).conversation.expires_at == MORNING + timedelta(minutes=30)


@pytest.mark.parametrize("clock", [timedelta(hours=-1), timedelta(), timedelta(hours=1)])
def test_replies_are_after_last_activity_and_each_other(stores: Stores, clock: timedelta) -> None:
    conversation_id = create_conversation(stores)
    question = send(stores, conversation_id)
    start = max(MORNING + clock, question.timestamp + timedelta(milliseconds=1))

    dialog = load_dialog(stores, conversation_id, 1)
    answers = commit_turn(stores.turns, dialog, [*HI, *HI, *HI], {}, MORNING + clock)

    assert [answer.timestamp for answer in answers] == [start + timedelta(milliseconds=number) for number in range(3)]
    assert load_dialog(stores, conversation_id).conversation.last_activity == answers[-1].timestamp


def test_streamed_messages_keep_their_time_and_the_conversation_is_of_the_commit(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 1)
    minted, later = mint(dialog), MORNING + timedelta(seconds=30)

    committed = stores.turns.commit(dialog, minted, {}, later)

    assert committed.messages == minted
    assert committed.conversation.last_activity == later
    assert load_dialog(stores, conversation_id).conversation.last_activity == later
    (listed,) = stores.conversations.list_by_owner(ADA.owner, ListFilter(), limit=9).items
    assert listed.last_activity == later
    assert send(stores, conversation_id, "two").timestamp > later


def test_messages_of_a_turn_that_is_run_again_have_the_same_ids(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 1)

    assert [message.id for message in mint(dialog)] == [message.id for message in mint(dialog)]


def test_commit_to_deleted_conversation_is_not_found(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 1)
    stores.delete_row(conversation_id)

    with pytest.raises(NotFoundError):
        commit_turn(stores.turns, dialog, HI, {}, MORNING)

    assert stores.turns.load(conversation_id) is None


def test_late_reply_keeps_conversation_archived(stores: Stores) -> None:
    conversation_id = create_conversation(stores, status=ConversationStatus.ARCHIVED)

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING + timedelta(hours=1))

    archived = ListFilter(status=ConversationStatus.ARCHIVED)
    (listed,) = stores.conversations.list_by_owner(ADA.owner, archived, limit=9).items
    assert (listed.id, listed.last_message) == (conversation_id, "Hi!")
    assert (
        stores.conversations.list_by_owner(ADA.owner, ListFilter(status=ConversationStatus.ACTIVE), limit=9).items == ()
    )


def test_concurrent_commits_store_one_turn(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 1)

    def commit(number: int) -> tuple[Message, ...]:
        utterances: list[Utterance] = [an_utterance(f"{number}")]
        return commit_turn(stores.turns, dialog, utterances, {"winner": number}, MORNING)

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(commit, range(6)))

    (answer,) = list_messages(stores, conversation_id)[1:]
    assert outcomes == [(answer,)] * 6
    assert load_dialog(stores, conversation_id).state == {"winner": int(answer.content)}


# ------------------------------------------------------------------------------------------------- minted messages

TWO_REPLIES = [
    an_utterance("One."),
    an_utterance("Two.", "Yes").model_copy(update={"finish_reason": "stopped"}),
]


def mint(dialog: Dialog) -> tuple[Message, ...]:
    return mint_messages(dialog.conversation, dialog.replies_to, TWO_REPLIES, MORNING)


@both_kinds_of_caller
@pytest.mark.parametrize("seq", [0, 1], ids=["greeting", "answer"])
def test_messages_keep_the_ids_minted_before_commit(stores: Stores, owner: Principal, seq: int) -> None:
    conversation_id = create_conversation(stores, owner)
    if seq:
        send(stores, conversation_id, owner=owner)
    dialog = load_dialog(stores, conversation_id, seq)
    minted = mint(dialog)

    assert stores.turns.commit(dialog, minted, {}, MORNING + timedelta(seconds=9)).messages == minted
    assert tuple(list_messages(stores, conversation_id)[seq:]) == minted


@both_kinds_of_caller
def test_messages_are_minted_again_after_a_new_user_message(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, "one", owner)
    dialog = load_dialog(stores, conversation_id, 1)
    minted = mint(dialog)
    later = MORNING + timedelta(seconds=5)
    meanwhile = stores.messages.append(owner, conversation_id, a_draft("two"), later)

    committed = stores.turns.commit(dialog, minted, {}, MORNING, TurnSideData(pause=1)).messages

    assert [message.seq for message in committed] == [3, 4]
    assert all(message.id > meanwhile.id and message.timestamp > later for message in committed)
    assert not {message.id for message in committed} & {message.id for message in minted}
    unchanged = {"content", "suggestions", "finish_reason", "sender", "answers", "session_id"}
    assert [each.model_dump(include=unchanged) for each in committed] == [
        each.model_dump(include=unchanged) for each in minted
    ]
    assert list_messages(stores, conversation_id)[2:] == list(committed)
    assert load_dialog(stores, conversation_id).first_delayed_id == committed[1].id


def test_messages_keep_their_ids_if_only_the_row_has_changed(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    stores.visitors.add_token(conversation_id, "hash")
    first, second = send(stores, conversation_id, "1", visitor), send(stores, conversation_id, "2", visitor)
    dialog = load_dialog(stores, conversation_id, second.seq)
    minted = mint(dialog)
    stores.turns.mark_failed(conversation_id, first.id)
    stores.claims.claim(conversation_id, "hash", ADA.owner, MORNING)

    assert stores.turns.commit(dialog, minted, {}, MORNING).messages == minted
    assert tuple(list_messages(stores, conversation_id)[2:]) == minted


# ------------------------------------------------------------------------------- changes between load and commit


def list_by_status(stores: Stores, owner: Principal) -> dict[str, list[str]]:
    """Return the ids in both filtered lists, and check their totals."""
    listed = {}
    for status in ConversationStatus:
        matching = ListFilter(status=status)
        listed[status.value] = [
            each.id for each in stores.conversations.list_by_owner(owner.owner, matching, limit=9).items
        ]
        assert stores.conversations.count_by_owner(owner.owner, matching) == len(listed[status.value])
    return listed


@both_kinds_of_caller
@pytest.mark.parametrize("utterances", [[], HI], ids=["silent", "speaking"])
@pytest.mark.parametrize("seq", [0, 1], ids=["greeting", "answer"])
def test_commit_returns_conversation_as_stored(
    stores: Stores, owner: Principal, seq: int, utterances: list[Utterance]
) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, owner=owner)
    dialog = load_dialog(stores, conversation_id, seq)
    messages = mint_messages(dialog.conversation, dialog.replies_to, utterances, MORNING)

    first = stores.turns.commit(dialog, messages, {}, MORNING + timedelta(seconds=1))
    repeated = stores.turns.commit(dialog, messages, {}, MORNING + timedelta(seconds=2))

    assert first.conversation == load_dialog(stores, conversation_id).conversation
    assert repeated == first


@pytest.mark.parametrize("before", ConversationStatus)
def test_turn_keeps_status_that_was_set_meanwhile(stores: Stores, before: ConversationStatus) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 1)
    if before is ConversationStatus.ARCHIVED:
        stores.conversations.set_status(dialog.conversation, before, MORNING)
        dialog = load_dialog(stores, conversation_id, 1)
    (after,) = set(ConversationStatus) - {before}
    stores.conversations.set_status(dialog.conversation, after, MORNING)

    committed = stores.turns.commit(dialog, mint(dialog), {}, MORNING)

    assert committed.conversation.status is after
    assert committed.conversation == load_dialog(stores, conversation_id).conversation
    assert list_by_status(stores, ADA) == {before.value: [], after.value: [conversation_id]}


def test_turn_belongs_to_user_who_claimed_meanwhile(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    stores.visitors.add_token(conversation_id, "hash")
    send(stores, conversation_id, owner=visitor)
    dialog = load_dialog(stores, conversation_id, 1)
    stores.claims.claim(conversation_id, "hash", ADA.owner, MORNING)

    committed = stores.turns.commit(dialog, mint(dialog), {}, MORNING)

    assert (committed.conversation.owner, committed.conversation.anonymous) == (ADA.owner, False)
    assert committed.conversation == load_dialog(stores, conversation_id).conversation
    assert list_by_status(stores, ADA) == {"active": [conversation_id], "archived": []}


@both_kinds_of_caller
def test_mark_failed_returns_conversation_as_stored(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    poison = send(stores, conversation_id, "poison", owner)

    dialog = stores.turns.mark_failed(conversation_id, poison.id)

    assert dialog is not None
    assert dialog.conversation == load_dialog(stores, conversation_id).conversation


# ------------------------------------------------------------------------------------------------- pending messages


def list_pending(stores: Stores, conversation_id: str) -> tuple[str, ...]:
    return stores.turns.list_conversations([conversation_id])[0].pending_message_ids


@both_kinds_of_caller
def test_messages_are_pending_in_order_until_answered(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    first, second, third = (send(stores, conversation_id, content, owner) for content in ("one", "two", "three"))
    assert list_pending(stores, conversation_id) == (first.id, second.id, third.id)

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 2), HI, {}, MORNING)
    assert list_pending(stores, conversation_id) == (first.id, third.id)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING)

    assert list_pending(stores, conversation_id) == (third.id,)
    assert load_dialog(stores, conversation_id).conversation.answered_seq == 2


def test_greeting_answers_no_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    question = send(stores, conversation_id)

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING)

    assert list_pending(stores, conversation_id) == (question.id,)


def test_first_message_of_new_conversation_is_pending(stores: Stores) -> None:
    conversation = a_conversation()
    message = a_message(conversation.id)
    first_message = {"last_seq": 1, "answered_seq": 0, "pending_message_ids": (message.id,)}
    stores.conversations.create(conversation.model_copy(update=first_message), message)

    assert list_pending(stores, conversation.id) == (message.id,)
    commit_turn(stores.turns, load_dialog(stores, conversation.id, 1), HI, {}, MORNING)
    assert list_pending(stores, conversation.id) == ()


def test_pending_messages_of_many_conversations_are_listed_at_once(stores: Stores) -> None:
    counts = {create_conversation(stores): number for number in range(3)}
    messages = {
        conversation_id: tuple(send(stores, conversation_id).id for _ in range(number))
        for conversation_id, number in counts.items()
    }

    listed = stores.turns.list_conversations([*counts, a_conversation_id()])
    assert {conversation.id: conversation.pending_message_ids for conversation in listed} == messages


def test_conversation_waits_for_good(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    unchanged = stores.conversations.get(conversation_id)
    assert unchanged is not None

    for _ in range(2):
        stores.turns.set_waits(conversation_id)

    assert stores.conversations.get(conversation_id) == unchanged.model_copy(update={"waits": True})
    assert stores.another_process().get_route(ADA, conversation_id, MORNING) == (unchanged.bot_id, True)


def test_conversation_that_is_gone_is_not_created_by_waiting(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    stores.delete_row(conversation_id)

    stores.turns.set_waits(conversation_id)

    assert stores.conversations.get(conversation_id) is None


@both_kinds_of_caller
def test_failed_message_is_not_pending_but_can_be_answered(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    poison, other = send(stores, conversation_id, "poison", owner), send(stores, conversation_id, "other", owner)

    for _ in range(2):
        dialog = stores.turns.mark_failed(conversation_id, poison.id)
        assert dialog is not None
        assert dialog.message == poison

    assert list_pending(stores, conversation_id) == (other.id,)
    assert load_dialog(stores, conversation_id).conversation.failed_message_ids == (poison.id,)
    (late,) = commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING)
    assert late.answers == 1
    assert load_dialog(stores, conversation_id).conversation.failed_message_ids == ()
    assert stores.turns.mark_failed(conversation_id, poison.id) is None


def test_mark_failed_ignores_answered_and_unknown_messages(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    answered = send(stores, conversation_id)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING)

    assert stores.turns.mark_failed(conversation_id, answered.id) is None
    assert stores.turns.mark_failed(a_conversation_id(), answered.id) is None


def test_newest_50_failed_messages_are_stored(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    messages = [send(stores, conversation_id, f"{number}").id for number in range(52)]

    for message_id in messages:
        stores.turns.mark_failed(conversation_id, message_id)

    assert load_dialog(stores, conversation_id).conversation.failed_message_ids == tuple(messages[-50:])
    assert list_pending(stores, conversation_id) == ()


def test_commit_removes_its_own_message_after_earlier_one_failed(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    first, second = send(stores, conversation_id, "1"), send(stores, conversation_id, "2")
    before = load_dialog(stores, conversation_id, second.seq)
    stores.turns.mark_failed(conversation_id, first.id)

    commit_turn(stores.turns, before, HI, {}, MORNING)

    assert list_pending(stores, conversation_id) == ()
    assert load_dialog(stores, conversation_id).conversation.failed_message_ids == (first.id,)
    assert [message.answers for message in list_messages(stores, conversation_id)[2:]] == [second.seq]


def test_concurrent_commits_and_failures_do_not_interfere(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    messages = [send(stores, conversation_id, f"{number}") for number in range(8)]

    def step(number: int) -> None:
        if number % 2:
            stores.turns.mark_failed(conversation_id, messages[number].id)
        else:
            commit_turn(stores.turns, load_dialog(stores, conversation_id, messages[number].seq), HI, {}, MORNING)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(step, range(8)))

    assert list_pending(stores, conversation_id) == ()
    assert set(load_dialog(stores, conversation_id).conversation.failed_message_ids) == {
        messages[number].id for number in (1, 3, 5, 7)
    }
    assert [message.seq for message in list_messages(stores, conversation_id)] == list(range(1, 13))


# --------------------------------------------------------------------------------------------------- side data

COUNT, NAME = MemoryKey("default", "count"), MemoryKey("default", "name", ADA.owner)


def test_commit_stores_memories(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)

    commit_turn(
        stores.turns,
        load_dialog(stores, conversation_id, 1),
        HI,
        {},
        MORNING,
        TurnSideData({COUNT: 1, NAME: {"first": ["Ada", None]}}),
    )

    assert (stores.memory.recall(COUNT), stores.memory.recall(NAME)) == (1, {"first": ["Ada", None]})


def test_repeated_commit_stores_no_memories(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id)
    before = load_dialog(stores, conversation_id, 1)
    commit_turn(stores.turns, before, HI, {}, MORNING, TurnSideData({COUNT: 1}))

    for dialog in (before, load_dialog(stores, conversation_id, 1)):
        commit_turn(stores.turns, dialog, HI, {}, MORNING, TurnSideData({COUNT: 2, NAME: "Eve"}))

    assert (stores.memory.recall(COUNT), stores.memory.recall(NAME)) == (1, None)


def test_commit_to_deleted_conversation_stores_no_memories(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    dialog = load_dialog(stores, conversation_id)
    stores.conversations.mark_deleted(dialog.conversation, MORNING)

    with pytest.raises(NotFoundError):
        commit_turn(stores.turns, dialog, HI, {}, MORNING, TurnSideData({COUNT: 1}))

    assert stores.memory.recall(COUNT) is None


@both_kinds_of_caller
@pytest.mark.parametrize("pause", [0, 1, 2])
def test_first_delayed_id_is_stored_until_next_turn(stores: Stores, owner: Principal, pause: int) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, owner=owner)
    utterances = [an_utterance(f"{number}") for number in range(3)]
    replies = commit_turn(
        stores.turns, load_dialog(stores, conversation_id, 1), utterances, {}, MORNING, TurnSideData(pause=pause)
    )
    assert load_dialog(stores, conversation_id).first_delayed_id == replies[pause].id

    send(stores, conversation_id, owner=owner)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 5), HI, {}, MORNING)

    assert load_dialog(stores, conversation_id).first_delayed_id is None


def test_dialog_state_may_contain_lone_surrogate(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    state: dict[str, JsonValue] = {"text": "\ud83d", "more": "Größe"}

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, state, MORNING)

    assert load_dialog(stores, conversation_id).state == state


# ----------------------------------------------------------------------------------------------------- redaction

REDACTED = TurnSideData(redacted="********")


@both_kinds_of_caller
def test_redacted_message_keeps_everything_but_content(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    send(stores, conversation_id, "before", owner)
    draft = a_draft("hunter2", client_message_id="a", attachments=2)
    secret = stores.messages.append(owner, conversation_id, draft, MORNING)

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 2), HI, {}, MORNING, REDACTED)

    redacted = secret.model_copy(update={"content": "********"})
    assert list_messages(stores, conversation_id)[1] == redacted
    assert load_dialog(stores, conversation_id, 2).message == redacted
    assert [message.content for message in list_messages(stores, conversation_id)] == ["before", "********", "Hi!"]


@both_kinds_of_caller
def test_retry_of_redacted_message_is_known_by_id_alone(stores: Stores, owner: Principal) -> None:
    conversation_id = create_conversation(stores, owner)
    draft = a_draft("hunter2", client_message_id="a", attachments=1)
    secret = stores.messages.append(owner, conversation_id, draft, MORNING)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING, REDACTED)
    history = list_messages(stores, conversation_id)

    for store in (stores.messages, stores.another_process()):
        again = store.append(owner, conversation_id, draft, MORNING + timedelta(minutes=29))
        assert (again.id, again.seq, again.timestamp) == (secret.id, secret.seq, secret.timestamp)
        for other in ("hunter3", "********"):
            # Nothing of the content is stored, so the id alone identifies the message.
            other_draft = a_draft(other, client_message_id="a", attachments=1)
            assert store.append(owner, conversation_id, other_draft, MORNING).id == secret.id

    assert list_messages(stores, conversation_id) == history


@pytest.mark.parametrize("fingerprint", [None, f"scrypt${'5a' * 16}${'c0' * 64}"], ids=["now", "earlier version"])
def test_record_of_redacted_message_is_known_by_id_alone(deployed: Aws, fingerprint: str | None) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)
    secret = stores.messages.append(ADA, conversation_id, a_draft("hunter2", client_message_id="a"), MORNING)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), HI, {}, MORNING, REDACTED)
    (record,) = [item for item in deployed.list_items("MessageHistoryTable") if item["id"]["S"].startswith("sent#")]
    assert "fingerprint" not in record
    if fingerprint is not None:
        item = record | {"fingerprint": {"S": fingerprint}}
        deployed.dynamodb.put_item(TableName=deployed.names["MessageHistoryTable"], Item=item)

    for content in ("hunter2", "hunter3"):
        assert (
            stores.messages.append(ADA, conversation_id, a_draft(content, client_message_id="a"), MORNING).id
            == secret.id
        )


def test_list_shows_redacted_content_of_last_message(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id, "hunter2")

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 1), [], {}, MORNING, REDACTED)

    assert load_dialog(stores, conversation_id).conversation.last_message == "********"
    (listed,) = stores.conversations.list_by_owner(ADA.owner, ListFilter(), limit=9).items
    assert listed.last_message == "********"


def test_list_shows_message_after_redacted_one(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id, "hunter2")
    before = load_dialog(stores, conversation_id, 1)
    send(stores, conversation_id, "Hello?")

    commit_turn(stores.turns, before, [], {}, MORNING, REDACTED)

    assert load_dialog(stores, conversation_id).conversation.last_message == "Hello?"
    assert [message.content for message in list_messages(stores, conversation_id)] == ["********", "Hello?"]


def test_repeated_commit_redacts_nothing(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    send(stores, conversation_id, "Hello")
    before = load_dialog(stores, conversation_id, 1)
    commit_turn(stores.turns, before, HI, {}, MORNING)

    commit_turn(stores.turns, before, HI, {}, MORNING, REDACTED)

    assert list_messages(stores, conversation_id)[0].content == "Hello"


def test_message_claimed_during_turn_is_redacted_in_its_new_table(stores: Stores) -> None:
    visitor = a_visitor()
    conversation_id = create_conversation(stores, visitor)
    stores.visitors.add_token(conversation_id, "hash")
    draft = a_draft("hunter2", client_message_id="a")
    secret = stores.messages.append(visitor, conversation_id, draft, MORNING)
    before = load_dialog(stores, conversation_id, 1)
    stores.claims.claim(conversation_id, "hash", ADA.owner, MORNING)

    commit_turn(stores.turns, before, HI, {}, MORNING, REDACTED)

    assert [message.content for message in list_messages(stores, conversation_id)] == ["********", "Hi!"]
    assert stores.messages.append(ADA, conversation_id, draft, MORNING).id == secret.id


def test_largest_turn_with_redaction_fits_into_one_transaction(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    stores.messages.append(ADA, conversation_id, a_draft("hunter2", client_message_id="a"), MORNING)
    memories: dict[MemoryKey, JsonValue] = {
        MemoryKey("default", f"{number}"): number for number in range(MAX_CHANGES_PER_TURN)
    }

    commit_turn(
        stores.turns,
        load_dialog(stores, conversation_id, 1),
        HI * MAX_MESSAGES,
        {},
        MORNING,
        TurnSideData(memories, redacted="********"),
    )

    assert len(list_messages(stores, conversation_id)) == 1 + MAX_MESSAGES
    assert list_messages(stores, conversation_id)[0].content == "********"


def test_turn_that_leaves_the_dialog_as_it_is_stores_no_dialog(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING)
    stored = [item["id"]["S"] for item in deployed.list_items(deployed.names["SessionsTable"])]
    assert f"{conversation_id}#dialog" not in stored

    send(stores, conversation_id)
    commit_turn(stores.turns, load_dialog(stores, conversation_id, 2), HI, {"n": [1]}, MORNING)
    assert load_dialog(stores, conversation_id).state == {"n": [1]}


def test_state_that_a_turn_has_changed_in_place_is_stored(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {"cart": ["tea"]}, MORNING)
    send(stores, conversation_id)
    dialog = load_dialog(stores, conversation_id, 2)
    cart = dialog.state["cart"]
    assert isinstance(cart, list)
    cart.append("mint")

    commit_turn(stores.turns, dialog, HI, dialog.state, MORNING)

    assert load_dialog(stores, conversation_id).state == {"cart": ["tea", "mint"]}


def test_expected_answers_are_stored_until_next_turn(stores: Stores) -> None:
    conversation_id = create_conversation(stores)
    side_data = TurnSideData(expects={"type": "string"})
    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {}, MORNING, side_data)
    assert load_dialog(stores, conversation_id).expects == {"type": "string"}
    send(stores, conversation_id)

    commit_turn(stores.turns, load_dialog(stores, conversation_id, 2), HI, {}, MORNING)

    assert load_dialog(stores, conversation_id).expects is None


def test_item_of_a_dialog_that_only_a_claim_has_written_is_an_empty_dialog(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    conversation_id = create_conversation(stores)
    item = {"id": {"S": f"{conversation_id}#dialog"}}
    deployed.dynamodb.put_item(TableName=deployed.names["SessionsTable"], Item=item)

    commit_turn(stores.turns, load_dialog(stores, conversation_id), HI, {"n": 1}, MORNING)

    assert load_dialog(stores, conversation_id).state == {"n": 1}
