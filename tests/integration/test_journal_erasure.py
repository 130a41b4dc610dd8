"""The replay journal of a turn whose conversation is gone: it has no content, and no run writes it again."""

from collections.abc import Callable
from typing import Any

import pytest

from conversations.adapters.dynamodb.eraser import DynamoDBEraser
from conversations.adapters.dynamodb.journal_storage import (
    CLOSED_SECONDS,
    DynamoDBJournalStorage,
    build_journal_storage,
    close_journal,
)
from conversations.domain import timestamps
from conversations.domain.errors import UnavailableError
from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import a_bot, a_conversation_id, a_message, a_turn, a_user, a_visitor
from tests.fakes.clock import HandClock
from tests.integration.stores import get_tables

CLOCK = HandClock()
OWNERS = pytest.mark.parametrize("owner", [a_user("ada"), a_visitor()], ids=["user", "visitor"])
CLOSED = (b"", timestamps.to_epoch_seconds(timestamps.add_seconds(CLOCK(), CLOSED_SECONDS)))


def begin_turn(where: Aws, owner: Principal, *, greeting: bool = False) -> DynamoDBJournalStorage:
    turn = a_turn(a_bot(), None if greeting else a_message(a_conversation_id()), owner=owner)
    return build_journal_storage(where.dynamodb, get_tables(where), turn, seconds=20, now=CLOCK)


def write_journal(where: Aws, owner: Principal, *, greeting: bool = False) -> DynamoDBJournalStorage:
    storage = begin_turn(where, owner, greeting=greeting)
    storage.write(b"what the script received")
    return storage


def delay_write(where: Aws, storage: DynamoDBJournalStorage) -> Callable[[], object]:
    """Let a run write its journal; return what executes its request late. The run itself gets no response."""
    delayed: list[Any] = []

    def lose(params: dict[str, Any], **_: object) -> None:
        delayed.append(params)
        raise TimeoutError

    where.dynamodb.meta.events.register("before-parameter-build.dynamodb.PutItem", lose)
    try:
        with pytest.raises(TimeoutError):
            storage.write(b"what the script received late")
    finally:
        where.dynamodb.meta.events.unregister("before-parameter-build.dynamodb.PutItem", lose)
    return lambda: where.dynamodb.put_item(**delayed[0])


def execute_refused(where: Aws, request: Callable[[], object]) -> None:
    with pytest.raises(where.dynamodb.exceptions.ConditionalCheckFailedException):
        request()


def erase(where: Aws, conversation_id: str) -> None:
    eraser = DynamoDBEraser(where.dynamodb, get_tables(where), CLOCK)
    assert any(eraser.erase_messages(conversation_id) for _ in range(9))


def close(where: Aws, storage: DynamoDBJournalStorage) -> None:
    close_journal(where.dynamodb, get_tables(where), storage.conversation_id, storage.message_id, CLOCK())


def list_journals(where: Aws) -> list[tuple[bytes, int]]:
    tables = get_tables(where)
    return [
        (item["answers"]["B"], int(item["expires_at"]["N"]))
        for table in (tables.message_history, tables.visitor_messages)
        for item in where.dynamodb.scan(TableName=table)["Items"]
    ]


@OWNERS
@pytest.mark.parametrize("greeting", [True, False])
def test_content_is_deleted(deployed: Aws, owner: Principal, greeting: bool) -> None:
    storage = write_journal(deployed, owner, greeting=greeting)
    assert storage.read() == b"what the script received"

    close(deployed, storage)

    assert storage.read() == b""
    assert list_journals(deployed) == [CLOSED] * 2


@OWNERS
def test_erasure_deletes_content(deployed: Aws, owner: Principal) -> None:
    storage = write_journal(deployed, owner)

    erase(deployed, storage.conversation_id)

    assert storage.read() == b""
    assert list_journals(deployed) == [CLOSED]


@OWNERS
def test_erasure_deletes_journals_of_earlier_turns(deployed: Aws, owner: Principal) -> None:
    storage = write_journal(deployed, owner)
    later = HandClock(timestamps.add_seconds(storage.lease.end, CLOSED_SECONDS + 1))

    assert DynamoDBEraser(deployed.dynamodb, get_tables(deployed), later).erase_messages(storage.conversation_id)

    assert list_journals(deployed) == []


@OWNERS
def test_write_that_is_executed_after_erasure_and_retry_leaves_nothing(deployed: Aws, owner: Principal) -> None:
    """The first write of a turn that dies with it. There is no journal yet when the conversation is erased."""
    storage = begin_turn(deployed, owner)
    late = delay_write(deployed, storage)
    erase(deployed, storage.conversation_id)

    close(deployed, storage)
    execute_refused(deployed, late)

    assert list_journals(deployed) == [CLOSED] * 2


@OWNERS
def test_write_that_is_executed_between_erasure_and_retry_leaves_nothing(deployed: Aws, owner: Principal) -> None:
    storage = begin_turn(deployed, owner)
    late = delay_write(deployed, storage)
    erase(deployed, storage.conversation_id)

    late()
    close(deployed, storage)

    assert list_journals(deployed) == [CLOSED] * 2


@OWNERS
def test_write_that_is_executed_after_retry_and_erasure_leaves_nothing(deployed: Aws, owner: Principal) -> None:
    """The retry of the job comes while the conversation is marked as deleted, and is not erased yet."""
    storage = begin_turn(deployed, owner)
    late = delay_write(deployed, storage)
    close(deployed, storage)

    erase(deployed, storage.conversation_id)
    execute_refused(deployed, late)

    assert list_journals(deployed) == [CLOSED] * 2


@OWNERS
def test_write_that_is_executed_after_the_erasure_of_a_completed_turn_leaves_nothing(
    deployed: Aws, owner: Principal
) -> None:
    """A first try that timed out; the second one succeeded, so no job comes again."""
    storage = begin_turn(deployed, owner)
    late = delay_write(deployed, storage)
    storage.write(b"what the script received")

    erase(deployed, storage.conversation_id)
    execute_refused(deployed, late)

    assert list_journals(deployed) == [CLOSED]


def test_run_that_still_runs_writes_no_journal_after_the_erasure(deployed: Aws) -> None:
    storage = write_journal(deployed, a_user("ada"))
    erase(deployed, storage.conversation_id)

    with pytest.raises(UnavailableError):
        storage.write(b"what the script received afterwards")

    assert list_journals(deployed) == [CLOSED]


def test_erasure_of_more_closed_journals_than_a_page_ends(deployed: Aws) -> None:
    conversation_id = a_conversation_id()
    tables = get_tables(deployed)
    for number in range(205):
        close_journal(deployed.dynamodb, tables, conversation_id, f"{number:03}", CLOCK())
    last = write_journal(deployed, a_user("ada"))
    last.conversation_id, last.message_id = conversation_id, "zzz"
    last.write(b"what the script received")

    erase(deployed, conversation_id)

    assert last.read() == b""
