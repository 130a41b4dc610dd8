"""The content of a replay journal is deleted if its conversation is gone."""

import pytest

from conversations.adapters.dynamodb.journal_storage import DynamoDBJournalStorage, build_journal_storage, empty_journal
from conversations.domain import timestamps
from conversations.domain.principal import Principal
from tests.aws import Aws
from tests.builders import a_bot, a_conversation_id, a_message, a_turn, a_user, a_visitor
from tests.fakes.clock import HandClock
from tests.integration.stores import get_tables

CLOCK = HandClock()


def write_journal(where: Aws, owner: Principal, *, greeting: bool) -> DynamoDBJournalStorage:
    turn = a_turn(a_bot(), None if greeting else a_message(a_conversation_id()), owner=owner)
    storage = build_journal_storage(where.dynamodb, get_tables(where), turn, seconds=20, now=CLOCK)
    storage.write(b"what the script received")
    return storage


def list_journals(where: Aws) -> list[tuple[bytes, int]]:
    tables = get_tables(where)
    return [
        (item["answers"]["B"], int(item["expires_at"]["N"]))
        for table in (tables.message_history, tables.visitor_messages)
        for item in where.dynamodb.scan(TableName=table)["Items"]
    ]


@pytest.mark.parametrize("owner", [a_user("ada"), a_visitor()])
@pytest.mark.parametrize("greeting", [True, False])
def test_content_is_deleted(deployed: Aws, owner: Principal, greeting: bool) -> None:
    storage = write_journal(deployed, owner, greeting=greeting)
    assert storage.read() == b"what the script received"

    empty_journal(deployed.dynamodb, get_tables(deployed), storage.conversation_id, storage.message_id, CLOCK())

    assert storage.read() == b""
    assert list_journals(deployed) == [(b"", timestamps.to_epoch_seconds(CLOCK()))]


def test_turn_without_a_journal_gets_none(deployed: Aws) -> None:
    storage = write_journal(deployed, a_user("ada"), greeting=False)

    empty_journal(deployed.dynamodb, get_tables(deployed), storage.conversation_id, None, CLOCK())

    assert [content for content, _ in list_journals(deployed)] == [b"what the script received"]
