"""Contract suite of ``OwnedRowStore``, for the fake and the adapter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from basic.data.in_memory import InMemoryTableStore
from basic.data.store import TableStore
from basic.filters.filter import MATCH_ALL
from basic.filters.parser import parse_filter
from conversations.adapters.dynamodb.owned_row_store import DynamoDBOwnedRowStore
from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
from conversations.domain.conversation import Conversation
from conversations.domain.errors import UnavailableError
from conversations.domain.owned_rows import OwnedRow, RowKey
from conversations.domain.principal import Principal
from conversations.ports.owned_rows import OwnedRowStore
from tests import aws
from tests.builders import MORNING, a_conversation, a_user
from tests.fakes.owned_rows import InMemoryOwnedRowStore
from tests.integration.stores import dynamodb_stores

if TYPE_CHECKING:
    from tests.aws import Aws

ADA, EVE = a_user("ada"), a_user("eve")
CONVERSATION, DELETED, MISSING = (a_conversation(ADA) for _ in range(3))
EXPIRED = a_conversation(ADA).model_copy(update={"expires_at": MORNING})


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with owners, and the tables of bots."""

    owned: OwnedRowStore
    table: Callable[[str], TableStore]

    def insert(self, row_id: str, table: str = "tasks", bot_id: str = "shop") -> RowKey:
        key = RowKey(bot_id, table, row_id)
        assert self.owned.insert(ADA.owner, key, {"id": row_id, "title": "Call"}, CONVERSATION.id)
        return key


@pytest.fixture(params=["memory", "dynamodb"])
def rows(request: pytest.FixtureRequest) -> Rows:
    if request.param == "memory":
        tables: dict[str, InMemoryTableStore] = {}

        def table(bot_id: str) -> InMemoryTableStore:
            return tables.setdefault(bot_id, InMemoryTableStore())

        return Rows(InMemoryOwnedRowStore(table, has_conversation), table)
    deployed: Aws = request.getfixturevalue("deployed")
    stores = dynamodb_stores(deployed)
    stores.conversations.create(CONVERSATION)
    stores.conversations.create(DELETED)
    stores.conversations.create(EXPIRED)
    stores.conversations.mark_deleted(DELETED, MORNING)
    client, name = aws.serialize_requests(deployed.dynamodb), deployed.names["BotDataTable"]
    owned = DynamoDBOwnedRowStore(client, name, deployed.names["SessionsTable"])
    return Rows(owned, lambda bot_id: DynamoDBTableStore(client, name, bot_id))


def has_conversation(owner: str, conversation_id: str) -> bool:
    return (owner, conversation_id) == (ADA.owner, CONVERSATION.id)


def test_row_is_one_of_its_table(rows: Rows) -> None:
    rows.insert("1")

    table = rows.table("shop")
    assert table.find("tasks", MATCH_ALL) == [{"id": "1", "title": "Call"}]
    assert table.update("tasks", parse_filter("id=1"), {"title": "Write"}) == 1
    assert [row.row for row in rows.owned.list_by_owner(ADA.owner, limit=9).items] == [{"id": "1", "title": "Write"}]


def test_repeated_insert_changes_nothing(rows: Rows) -> None:
    key = rows.insert("1")
    rows.insert("1")

    assert not rows.owned.insert(ADA.owner, key, {"id": "1", "title": "another"}, CONVERSATION.id)
    assert len(rows.owned.list_by_owner(ADA.owner, limit=9).items) == 1
    assert rows.table("shop").find("tasks", MATCH_ALL) == [{"id": "1", "title": "Call"}]


@pytest.mark.parametrize(
    ("owner", "conversation"), [(ADA, DELETED), (ADA, EXPIRED), (EVE, CONVERSATION), (ADA, MISSING)]
)
def test_row_is_created_only_in_a_conversation_of_its_owner(
    rows: Rows, owner: Principal, conversation: Conversation
) -> None:
    with pytest.raises(UnavailableError):
        rows.owned.insert(owner.owner, RowKey("shop", "tasks", "1"), {"id": "1"}, conversation.id)

    assert rows.owned.list_by_owner(owner.owner, limit=9).items == ()
    assert rows.table("shop").find("tasks", MATCH_ALL) == []


def test_rows_of_an_owner_are_listed_in_pages(rows: Rows) -> None:
    keys = [rows.insert(row_id, table, bot) for bot in ("a", "b") for table in ("drafts", "tasks") for row_id in "12"]

    listed: list[OwnedRow] = []
    after: RowKey | None = None
    while True:
        page = rows.owned.list_by_owner(ADA.owner, limit=3, after=after)
        listed += page.items
        assert len(page.items) <= 3
        if not page.has_more:
            break
        after = page.items[-1].key

    assert [row.key for row in listed] == keys
    assert rows.owned.list_by_owner(EVE.owner, limit=9).items == ()


def test_row_that_a_script_has_deleted_is_listed_as_none(rows: Rows) -> None:
    first, second = rows.insert("1"), rows.insert("2")
    rows.table("shop").delete("tasks", parse_filter("id=1"))

    assert [(row.key, row.row is None) for row in rows.owned.list_by_owner(ADA.owner, limit=9).items] == [
        (first, True),
        (second, False),
    ]


def test_erasing_an_owner_erases_the_rows(rows: Rows) -> None:
    for number in range(30):
        rows.insert(str(number))
    rows.table("shop").insert("tasks", "eve", {"id": "eve"})

    while not rows.owned.erase_by_owner(ADA.owner):
        pass

    assert rows.owned.list_by_owner(ADA.owner, limit=9).items == ()
    assert rows.table("shop").find("tasks", MATCH_ALL, limit=None) == [{"id": "eve"}]
