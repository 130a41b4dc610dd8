"""Requests to DynamoDB per operation: the cached head of a conversation saves the read before a write."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from conversations.adapters.dynamodb.head_cache import HeadCache, SequenceHead
from conversations.adapters.dynamodb.message_store import DynamoDBMessageStore
from conversations.domain import ids
from conversations.domain.conversation import TurnRoute
from conversations.domain.errors import ForbiddenError
from tests.aws import Aws, count_requests
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, a_visitor, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, get_tables

ADA = a_user()
ONE_WRITE = {"TransactWriteItems": 1}
TWO_WRITES = {"TransactWriteItems": 2}


class Talk:
    """A conversation of one user, one process and one bot that counts requests."""

    def __init__(self, where: Aws, stores: Stores) -> None:
        self.where = where
        self.stores = stores
        conversation = a_conversation()
        stores.conversations.create(conversation)
        self.conversation_id = conversation.id

    def send(self, content: str = "Hello", client_message_id: str | None = None) -> Counter[str]:
        """Send a message and return the requests."""
        with count_requests(self.where.dynamodb) as requests:
            self.stores.messages.append(
                ADA, self.conversation_id, a_draft(content, client_message_id=client_message_id), MORNING
            )
        return requests

    def send_from_elsewhere(self) -> None:
        self.stores.another_process().append(ADA, self.conversation_id, a_draft(), MORNING + timedelta(seconds=1))

    def reply(self, times: int = 1) -> None:
        """Answer the last message with a number of replies."""
        conversation = self.stores.conversations.get(self.conversation_id)
        assert conversation is not None
        self.commit_turn(conversation.pending_message_ids[-1], times)

    def commit_turn(self, message_id: str, times: int = 1) -> None:
        """Answer a message with a number of replies."""
        dialog = self.stores.turns.load(self.conversation_id, message_id)
        assert dialog is not None
        replies = [an_utterance(f"{number}") for number in range(times)]
        commit_turn(self.stores.turns, dialog, replies, {}, MORNING)

    def last_seq(self) -> int:
        conversation = self.stores.conversations.get(self.conversation_id)
        assert conversation is not None
        return conversation.last_seq


@pytest.fixture
def talk(deployed: Aws) -> Talk:
    return Talk(deployed, dynamodb_stores(deployed))


def test_first_send_of_process_costs_one_read_and_one_write(talk: Talk) -> None:
    assert talk.send() == {"GetItem": 1, **ONE_WRITE}


def test_right_guess_costs_one_write(talk: Talk) -> None:
    talk.send()
    for _ in range(4):
        talk.reply()
        assert talk.send() == ONE_WRITE

    assert talk.last_seq() == 9


def test_wrong_guess_costs_one_more_write_and_no_read(talk: Talk) -> None:
    talk.send()

    assert talk.send() == TWO_WRITES
    assert talk.last_seq() == 2


@pytest.mark.parametrize("messages", [0, 2, 5])
def test_number_of_replies_is_learned_from_first_conflict(talk: Talk, messages: int) -> None:
    talk.send()
    talk.reply(messages)
    assert talk.send() == TWO_WRITES

    for _ in range(3):
        talk.reply(messages)
        assert talk.send() == ONE_WRITE


def test_message_of_another_process_costs_one_more_write(talk: Talk) -> None:
    talk.send()
    talk.reply()
    talk.send_from_elsewhere()
    talk.reply()

    assert talk.send() == TWO_WRITES
    assert talk.last_seq() == 5


def test_retry_costs_one_write(talk: Talk) -> None:
    talk.send(client_message_id="a")
    talk.reply()

    assert talk.send(client_message_id="a") == ONE_WRITE
    assert talk.last_seq() == 2
    assert talk.send() in (ONE_WRITE, TWO_WRITES)


@pytest.mark.parametrize("answers", [0, 1])
def test_refusing_another_user_costs_one_write(talk: Talk, answers: int) -> None:
    talk.send()
    for _ in range(answers):
        talk.reply()

    with count_requests(talk.where.dynamodb) as requests, pytest.raises(ForbiddenError):
        talk.stores.messages.append(a_user("eve"), talk.conversation_id, a_draft(), MORNING)

    assert requests == ONE_WRITE
    assert talk.last_seq() == 1 + answers


def test_visitors_send_costs_the_same(deployed: Aws) -> None:
    visitor = a_visitor()
    stores = dynamodb_stores(deployed)
    conversation = a_conversation(visitor)
    stores.conversations.create(conversation)

    with count_requests(deployed.dynamodb) as requests:
        message = stores.messages.append(visitor, conversation.id, a_draft(), MORNING)
    assert requests == {"GetItem": 1, **ONE_WRITE}

    dialog = stores.turns.load(conversation.id, message.id)
    assert dialog is not None
    commit_turn(stores.turns, dialog, [an_utterance()], {}, MORNING)
    with count_requests(deployed.dynamodb) as requests:
        stores.messages.append(visitor, conversation.id, a_draft(), MORNING)
    assert requests == ONE_WRITE


def test_history_page_costs_one_query(talk: Talk) -> None:
    for _ in range(12):
        talk.send()

    with count_requests(talk.where.dynamodb) as requests:
        talk.stores.messages.get_page(
            a_conversation(conversation_id=talk.conversation_id),
            first=ids.FIRST_ID,
            last=ids.LAST_ID,
            newest=True,
            limit=5,
        )

    assert requests == {"Query": 1}


def test_turn_costs_one_read_and_one_write(talk: Talk) -> None:
    talk.send()
    conversation = talk.stores.conversations.get(talk.conversation_id)
    assert conversation is not None

    with count_requests(talk.where.dynamodb) as requests:
        talk.commit_turn(conversation.pending_message_ids[0], 3)

    assert requests == {"BatchGetItem": 1, **ONE_WRITE}


def a_head(last_seq: int, last_activity: datetime = MORNING) -> SequenceHead:
    return SequenceHead(TurnRoute("default", waits=False), last_seq, last_activity, MORNING)


def test_head_cache_keeps_1000_most_recent_conversations(deployed: Aws) -> None:
    heads = HeadCache()
    messages = DynamoDBMessageStore(deployed.dynamodb, get_tables(deployed), heads)
    first, second, third = (a_conversation_id() for _ in range(3))
    heads.on_write(first, a_head(1))
    heads.on_write(second, a_head(1))
    for _ in range(998):
        heads.on_write(a_conversation_id(), a_head(1))
    heads.on_write(first, a_head(3))

    heads.on_write(third, a_head(1))

    assert messages.heads.guess(first) == a_head(4, MORNING + timedelta(milliseconds=1))
    assert messages.heads.guess(second) is None
    assert messages.heads.guess(third) == a_head(2, MORNING + timedelta(milliseconds=1))
