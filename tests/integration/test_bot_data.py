"""The rows of bots' tables on DynamoDB: the contract of every store, and what several functions at once leave of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from basic.data.store import MergeCandidate, Row, TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter
from basic.filters.parser import parse_filter
from basic.values import Value
from conversations.adapters.dynamodb import bot_data
from conversations.adapters.dynamodb.bot_data import DynamoDBTableStore
from conversations.domain.errors import UnavailableError
from tests import aws
from tests.aws import Aws, counting_requests
from tests.unit.basic.data.data_keywords_contract import DataKeywordsContract
from tests.unit.basic.data.table_store_contract import TableStoreContract, sort_by_id, where

_BOTS = count()


def a_store(deployed: Aws) -> DynamoDBTableStore:
    client = aws.one_request_at_a_time(deployed.dynamodb)
    return DynamoDBTableStore(client, deployed.names["BotDataTable"], f"bot-{next(_BOTS)}")


class TestDynamoDBTables(TableStoreContract):
    examples = 40

    @pytest.fixture(autouse=True)
    def _on(self, deployed: Aws) -> None:
        self.deployed = deployed

    def new_store(self) -> TableStore:
        return a_store(self.deployed)


class TestDataKeywordsOnDynamoDB(DataKeywordsContract):
    @pytest.fixture(autouse=True)
    def _on(self, deployed: Aws) -> None:
        self.deployed = deployed

    def new_store(self) -> TableStore:
        return a_store(self.deployed)


def at_once(*functions: Callable[[], object]) -> list[object]:
    """Run functions at the same moment and return what they gave."""
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], object]) -> object:
        start.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def test_two_functions_that_change_other_fields_of_a_row_lose_neither(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("people", "1", {"id": "1"})

    at_once(
        *(lambda field=field: store.save("people", "1", {field: 1}) for field in "abc"),
        *(lambda field=field: store.update("people", where("id=1"), {field: 1}) for field in "de"),
    )

    assert store.find("people", MATCH_ALL) == [{"id": "1", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1}]


def test_a_row_that_is_no_longer_meant_is_not_changed(deployed: Aws) -> None:
    """Of ten functions that take the last ticket at once, one gets it."""
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1", "status": "free"})

    taken = at_once(*[lambda: store.update("tickets", where("status=free"), {"status": "taken"})] * 10)

    assert sorted(map(str, taken)) == ["0"] * 9 + ["1"]


@dataclass(slots=True)
class Interrupted:
    """A condition that lets something happen between reading a row and changing it."""

    condition: Filter
    meanwhile: Callable[[], object] | None

    def matches(self, row: Value) -> bool:
        act, self.meanwhile = self.meanwhile, None
        if act is not None:
            act()
        return self.condition.matches(row)


def test_a_row_that_somebody_else_deletes_meanwhile_counts_as_theirs(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1"})

    def delete() -> None:
        assert store.delete("tickets", where("id=1")) == 1

    assert store.delete("tickets", Interrupted(where("id=1"), delete)) == 0
    assert store.update("tickets", Interrupted(where("id=1"), delete), {"a": 1}) == 0


def test_a_row_that_changes_meanwhile_is_asked_again_before_it_is_deleted(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1", "status": "free"})

    taken = Interrupted(where("status=free"), lambda: store.save("tickets", "1", {"status": "taken"}))

    assert store.delete("tickets", taken) == 0
    assert store.find("tickets", MATCH_ALL) == [{"id": "1", "status": "taken"}]


def test_a_row_that_changes_again_and_again_is_given_up(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(deployed)
    store.insert("people", "1", {"id": "1", "n": 0})
    monkeypatch.setattr(bot_data, "_PAUSE_SECONDS", 0)
    numbers = count(1)
    read = DynamoDBTableStore._write  # noqa: SLF001 - to come between

    def write(self: DynamoDBTableStore, table: str, row_id: str, row: Row | None, before: object) -> str:
        deployed.dynamodb.put_item(
            TableName=self.table,
            Item={
                "bot_table": {"S": f"{self.bot_id}#people"},
                "id": {"S": row_id},
                "row": {"S": f'{{"id":"1","n":{next(numbers)}}}'},
            },
        )
        return read(self, table, row_id, row, before)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(DynamoDBTableStore, "_write", write)

    with pytest.raises(UnavailableError):
        store.save("people", "1", {"a": 1})
    with pytest.raises(UnavailableError):
        store.update("people", where("id=1"), {"a": 1})


def test_several_functions_that_merge_the_same_thing_make_one_row_of_it(deployed: Aws) -> None:
    store = a_store(deployed)

    def merge(number: int) -> object:
        row: Row = {"sku": "a", f"from_{number}": True}
        return store.merge("products", [MergeCandidate(f"id-{number}", {"id": f"id-{number}", **row}, row)], "sku")

    merged = at_once(*(lambda number=number: merge(number) for number in range(5)))

    [row] = store.find("products", MATCH_ALL)
    assert {f"from_{number}" for number in range(5)} <= row.keys()
    assert sorted(map(str, merged)) == sorted(
        ["MergeResult(inserted=1, updated=0)", *["MergeResult(inserted=0, updated=1)"] * 4]
    )


def test_a_merge_of_many_rows_that_another_one_cuts_into_counts_each_once(
    deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store(deployed)
    write, meanwhile = (
        DynamoDBTableStore.put_new,
        [MergeCandidate("other", {"id": "other", "sku": "15"}, {"sku": "15"})],
    )

    def cut(self: DynamoDBTableStore, table: str, rows: object, merges: int) -> None:
        if merges == 1 and meanwhile:
            store.merge(table, [meanwhile.pop()], "sku")
        write(self, table, rows, merges)  # type: ignore[arg-type]  # as it was given

    monkeypatch.setattr(DynamoDBTableStore, "put_new", cut)
    merged = store.merge(
        "products", [MergeCandidate(f"{n}", {"id": f"{n}", "sku": f"{n}"}, {"sku": f"{n}"}) for n in range(20)], "sku"
    )

    assert (merged.inserted, merged.updated) == (19, 1)
    assert len(store.find("products", MATCH_ALL, limit=None)) == 20


def test_a_merge_replaces_a_row_whose_id_it_brings_with_another_value(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("products", "1", {"id": "1", "sku": "a", "old": True})

    store.merge("products", [MergeCandidate("1", {"id": "1", "sku": "b"}, {"sku": "b"})], "sku")

    assert store.find("products", MATCH_ALL) == [{"id": "1", "sku": "b"}]


def test_finding_ten_rows_of_many_is_one_request(deployed: Aws) -> None:
    store = a_store(deployed)
    for number in range(30):
        store.insert("numbers", str(number), {"id": str(number), "n": number})

    with counting_requests(deployed.dynamodb) as requests:
        assert len(store.find("numbers", MATCH_ALL)) == 10
        assert len(store.find("numbers", where("n > 25"))) == 4

    assert requests == {"Query": 2}


def test_a_table_of_several_pages_is_searched_to_its_end(deployed: Aws) -> None:
    store = a_store(deployed)
    for number in range(20):
        store.insert("large", f"{number:02}", {"id": f"{number:02}", "text": "x" * 120_000})

    with counting_requests(deployed.dynamodb) as requests:
        assert [row["id"] for row in store.find("large", where("id=19"))] == ["19"]
        assert [row["id"] for row in store.find("large", where("id=0"), limit=1)] == ["00"]

    assert requests == {"Query": 4}


def test_the_author_is_told_of_a_table_that_is_too_large_to_search(
    deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store(deployed)
    for number in range(20):
        store.insert("large", f"{number:02}", {"id": f"{number:02}", "text": "x" * 120_000})
    monkeypatch.setattr(bot_data, "MOST_PAGES", 2)

    assert len(store.find("large", where("id < 10"))) == 10
    with pytest.raises(ScriptError, match="the table large is too large to search: no more than 2 MB of it are read"):
        store.find("large", where("id=19"))
    with pytest.raises(ScriptError, match="too large to search"):
        store.delete("large", MATCH_ALL)


def test_the_author_is_told_of_a_change_of_too_many_rows_and_none_is_changed(
    deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store(deployed)
    for number in range(4):
        store.insert("numbers", str(number), {"id": str(number)})
    monkeypatch.setattr(bot_data, "MOST_CHANGED", 3)

    with pytest.raises(ScriptError, match="at most 3 rows are changed at once, and these are 4 of the table numbers"):
        store.delete("numbers", MATCH_ALL)
    with pytest.raises(ScriptError, match="at most 3 rows"):
        store.merge("numbers", [MergeCandidate(f"n{n}", {"id": f"n{n}"}, {}) for n in range(4)], "id")
    assert len(store.find("numbers", MATCH_ALL)) == 4


def test_the_author_is_told_of_a_row_that_grows_too_large(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("large", "1", {"id": "1", "a": "x" * 250_000})

    with pytest.raises(ScriptError, match="a row of the table large would be larger than 390 KB"):
        store.save("large", "1", {"b": "x" * 250_000})
    assert store.find("large", parse_filter("b is null"), limit=None)


@pytest.mark.parametrize("row_id", ["", "é" * 513, "\ud83d"])
def test_the_author_is_told_of_an_id_that_cannot_be_one(deployed: Aws, row_id: str) -> None:
    with pytest.raises(ScriptError, match="id of a row has"):
        a_store(deployed).insert("people", row_id, {"id": row_id})


@pytest.mark.parametrize("table", ["!memory", "!merges", "a\udc00"])
def test_no_table_reaches_what_is_not_a_table(deployed: Aws, table: str) -> None:
    with pytest.raises(ScriptError, match="name of a table"):
        a_store(deployed).find(table, MATCH_ALL)


def test_half_a_character_is_kept(deployed: Aws) -> None:
    """A script that cuts an emoji in two may keep what it has."""
    store = a_store(deployed)

    store.insert("people", "1", {"id": "1", "name": "a\ud83d", "\ude00": "\U0001f600"})

    assert store.find("people", MATCH_ALL) == [{"id": "1", "name": "a\ud83d", "\ude00": "\U0001f600"}]


def test_fields_that_are_called_like_the_items_own_do_no_harm(deployed: Aws) -> None:
    store = a_store(deployed)
    row: Row = {"id": "1", "bot_table": "other#table", "expires_at": 1, "row": "x", "number": 2}

    store.insert("people", "1", row)
    store.update("people", where("row=x"), {"row": "y"})

    assert sort_by_id(store.find("people", MATCH_ALL)) == [row | {"row": "y"}]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_a_busy_table_is_no_fault_of_the_script(deployed: Aws, code: str) -> None:
    store = a_store(deployed)

    acts: dict[str, Callable[[], object]] = {
        "query": lambda: store.find("people", MATCH_ALL),
        "put_item": lambda: store.insert("people", "1", {"id": "1"}),
        "get_item": lambda: store.save("people", "1", {"id": "1"}),
    }
    for method, act in acts.items():
        with Stubber(deployed.dynamodb) as stub:
            stub.add_client_error(method, code)
            with pytest.raises(UnavailableError):
                act()


def test_a_mistake_of_ours_is_seen_as_one(deployed: Aws) -> None:
    store = a_store(deployed)

    with Stubber(deployed.dynamodb) as stub:
        stub.add_client_error("put_item", "ValidationException")
        with pytest.raises(ClientError):
            store.insert("people", "1", {"id": "1"})
