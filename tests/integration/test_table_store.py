"""``DynamoDBTableStore``: the contract suites of table stores, concurrency, limits and costs."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from basic.data.store import MergeCandidate, Row, TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, Filter
from basic.filters.parser import parse_filter
from basic.values import Value, to_number
from conversations.adapters.dynamodb import items, table_store
from conversations.adapters.dynamodb.table_store import DynamoDBTableStore
from conversations.domain.errors import UnavailableError
from tests import aws
from tests.aws import Aws, count_requests
from tests.unit.basic.data.data_keywords_contract import DataKeywordsContract
from tests.unit.basic.data.table_store_contract import TableStoreContract, sort_by_id, where

_BOTS = count()


def a_store(deployed: Aws) -> DynamoDBTableStore:
    client = aws.serialize_requests(deployed.dynamodb)
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


def run_concurrently(*functions: Callable[[], object]) -> list[object]:
    """Run functions concurrently and return their results."""
    start = threading.Barrier(len(functions))

    def run(function: Callable[[], object]) -> object:
        start.wait()
        return function()

    with ThreadPoolExecutor(len(functions)) as pool:
        return list(pool.map(run, functions))


def test_concurrent_changes_of_different_fields_are_all_stored(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("people", "1", {"id": "1"})

    run_concurrently(
        *(lambda field=field: store.save("people", "1", {field: 1}) for field in "abc"),
        *(lambda field=field: store.update("people", where("id=1"), {field: 1}) for field in "de"),
    )

    assert store.find("people", MATCH_ALL) == [{"id": "1", "a": 1, "b": 1, "c": 1, "d": 1, "e": 1}]


def decrement(row: Row) -> Row:
    return {"n": to_number(row["n"]) - 1}


def test_concurrent_computed_updates_lose_none(deployed: Aws) -> None:
    """Ten turns take one of three tickets concurrently, and one of the turns runs three times at the same time."""
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1", "n": 3})
    steps = [*(f"turn-{number}/1" for number in range(8)), *(["turn-8/1"] * 3)]

    taken = run_concurrently(
        *(lambda step=step: store.update_computed("tickets", where("n > 0"), decrement, step) for step in steps)
    )

    assert store.find("tickets", MATCH_ALL) == [{"id": "1", "n": 0}]
    winners = {step for step, count in zip(steps, taken, strict=True) if count}
    assert len(winners) == 3
    assert [count for step, count in zip(steps, taken, strict=True) if step in winners] == [1] * sum(
        step in winners for step in steps
    )


def test_row_that_another_run_of_the_step_has_changed_meanwhile_is_counted(deployed: Aws) -> None:
    # The other run sends its requests during one of this run, so they are not serialized.
    store = replace(a_store(deployed), client=deployed.dynamodb)
    store.insert("tickets", "1", {"id": "1", "n": 1})
    queries = 0

    def update() -> int:
        return store.update_computed("tickets", where("n > 0"), decrement, "turn/1")

    def run_between_the_queries(**_: object) -> None:
        nonlocal queries
        queries += 1
        if queries == 2:
            assert update() == 1

    deployed.dynamodb.meta.events.register("before-call.dynamodb.Query", run_between_the_queries)
    try:
        assert update() == 1
    finally:
        deployed.dynamodb.meta.events.unregister("before-call.dynamodb.Query", run_between_the_queries)

    assert store.find("tickets", MATCH_ALL) == [{"id": "1", "n": 0}]


def test_mark_of_a_computed_update_expires_with_the_journal(deployed: Aws) -> None:
    store = replace(a_store(deployed), now=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    store.insert("tickets", "1", {"id": "1", "n": 3})
    store.update_computed("tickets", where("id=1"), decrement, "turn/7")

    key = {"bot_table": f"{store.bot_id}#!updated#turn/7", "id": "1"}
    mark = items.read_item(store.client, store.table, key)

    assert mark == key | {"expires_at": datetime(2030, 1, 29, tzinfo=UTC).timestamp()}


def test_row_that_no_longer_matches_is_not_changed(deployed: Aws) -> None:
    """Of ten functions that sell the last ticket concurrently, one succeeds."""
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1", "status": "free"})

    results = run_concurrently(*[lambda: store.update("tickets", where("status=free"), {"status": "sold"})] * 10)

    assert sorted(map(str, results)) == ["0"] * 9 + ["1"]


@dataclass(slots=True)
class InterruptingFilter:
    """A filter that runs a function once, between reading a row and changing it."""

    condition: Filter
    interruption: Callable[[], object] | None

    def matches(self, row: Value) -> bool:
        operation, self.interruption = self.interruption, None
        if operation is not None:
            operation()
        return self.condition.matches(row)


def test_concurrently_deleted_row_is_not_counted(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1"})

    def delete() -> None:
        assert store.delete("tickets", where("id=1")) == 1

    assert store.delete("tickets", InterruptingFilter(where("id=1"), delete)) == 0
    assert store.update("tickets", InterruptingFilter(where("id=1"), delete), {"a": 1}) == 0


def test_concurrently_changed_row_is_matched_again_before_delete(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("tickets", "1", {"id": "1", "status": "free"})

    free = InterruptingFilter(where("status=free"), lambda: store.save("tickets", "1", {"status": "sold"}))

    assert store.delete("tickets", free) == 0
    assert store.find("tickets", MATCH_ALL) == [{"id": "1", "status": "sold"}]


def test_permanent_conflict_is_unavailable(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(deployed)
    store.insert("people", "1", {"id": "1", "n": 0})
    monkeypatch.setattr(table_store, "_PAUSE_SECONDS", 0)
    numbers = count(1)
    read = DynamoDBTableStore._write  # noqa: SLF001 - replaced below

    def write(self: DynamoDBTableStore, table: str, row_id: str, row: Row | None, before: object) -> str:
        deployed.dynamodb.put_item(
            TableName=self.table,
            Item={
                "bot_table": {"S": f"{self.bot_id}#people"},
                "id": {"S": row_id},
                "row": {"S": f'{{"id":"1","n":{next(numbers)}}}'},
            },
        )
        return read(self, table, row_id, row, before)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(DynamoDBTableStore, "_write", write)

    with pytest.raises(UnavailableError):
        store.save("people", "1", {"a": 1})
    with pytest.raises(UnavailableError):
        store.update("people", where("id=1"), {"a": 1})


def test_concurrent_merges_insert_one_row(deployed: Aws) -> None:
    store = a_store(deployed)

    def merge(number: int) -> object:
        row: Row = {"sku": "a", f"from_{number}": True}
        return store.merge("products", [MergeCandidate(f"id-{number}", {"id": f"id-{number}", **row}, row)], "sku")

    merged = run_concurrently(*(lambda number=number: merge(number) for number in range(5)))

    [row] = store.find("products", MATCH_ALL)
    assert {f"from_{number}" for number in range(5)} <= row.keys()
    assert sorted(map(str, merged)) == sorted(
        ["MergeResult(inserted=1, updated=0)", *["MergeResult(inserted=0, updated=1)"] * 4]
    )


def test_interrupted_merge_counts_each_row_once(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(deployed)
    write, interruption = (
        DynamoDBTableStore.put_new,
        [MergeCandidate("other", {"id": "other", "sku": "15"}, {"sku": "15"})],
    )

    def cut(self: DynamoDBTableStore, table: str, rows: object, merges: int) -> None:
        if merges == 1 and interruption:
            store.merge(table, [interruption.pop()], "sku")
        write(self, table, rows, merges)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(DynamoDBTableStore, "put_new", cut)
    merged = store.merge(
        "products", [MergeCandidate(f"{n}", {"id": f"{n}", "sku": f"{n}"}, {"sku": f"{n}"}) for n in range(20)], "sku"
    )

    assert (merged.inserted, merged.updated) == (19, 1)
    assert len(store.find("products", MATCH_ALL, limit=None)) == 20


def test_merge_replaces_row_with_same_id_and_another_value(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("products", "1", {"id": "1", "sku": "a", "old": True})

    store.merge("products", [MergeCandidate("1", {"id": "1", "sku": "b"}, {"sku": "b"})], "sku")

    assert store.find("products", MATCH_ALL) == [{"id": "1", "sku": "b"}]


def test_find_of_ten_rows_costs_one_request(deployed: Aws) -> None:
    store = a_store(deployed)
    for number in range(30):
        store.insert("numbers", str(number), {"id": str(number), "n": number})

    with count_requests(deployed.dynamodb) as requests:
        assert len(store.find("numbers", MATCH_ALL)) == 10
        assert len(store.find("numbers", where("n > 25"))) == 4

    assert requests == {"Query": 2}


def test_find_reads_all_pages(deployed: Aws) -> None:
    store = a_store(deployed)
    for number in range(20):
        store.insert("large", f"{number:02}", {"id": f"{number:02}", "text": "x" * 120_000})

    with count_requests(deployed.dynamodb) as requests:
        assert [row["id"] for row in store.find("large", where("id=19"))] == ["19"]
        assert [row["id"] for row in store.find("large", where("id=0"), limit=1)] == ["00"]

    assert requests == {"Query": 4}


def test_too_large_table_is_script_error(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    store = a_store(deployed)
    for number in range(20):
        store.insert("large", f"{number:02}", {"id": f"{number:02}", "text": "x" * 120_000})
    monkeypatch.setattr(table_store, "MAX_PAGES", 2)

    assert len(store.find("large", where("id < 10"))) == 10
    with pytest.raises(ScriptError, match="the table large is too large to search: no more than 2 MB of it are read"):
        store.find("large", where("id=19"))
    with pytest.raises(ScriptError, match="too large to search"):
        store.delete("large", MATCH_ALL)


def test_change_of_too_many_rows_is_script_error_and_changes_none(
    deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = a_store(deployed)
    for number in range(4):
        store.insert("numbers", str(number), {"id": str(number)})
    monkeypatch.setattr(table_store, "MAX_CHANGED_ROWS", 3)

    with pytest.raises(ScriptError, match="at most 3 rows are changed at once, and these are 4 of the table numbers"):
        store.delete("numbers", MATCH_ALL)
    with pytest.raises(ScriptError, match="at most 3 rows"):
        store.merge("numbers", [MergeCandidate(f"n{n}", {"id": f"n{n}"}, {}) for n in range(4)], "id")
    assert len(store.find("numbers", MATCH_ALL)) == 4


def test_too_large_row_is_script_error(deployed: Aws) -> None:
    store = a_store(deployed)
    store.insert("large", "1", {"id": "1", "a": "x" * 250_000})

    with pytest.raises(ScriptError, match="a row of the table large would be larger than 390 KB"):
        store.save("large", "1", {"b": "x" * 250_000})
    assert store.find("large", parse_filter("b is null"), limit=None)


@pytest.mark.parametrize("row_id", ["", "é" * 513, "\ud83d"])
def test_invalid_row_id_is_script_error(deployed: Aws, row_id: str) -> None:
    with pytest.raises(ScriptError, match="id of a row has"):
        a_store(deployed).insert("people", row_id, {"id": row_id})


@pytest.mark.parametrize("table", ["!memory", "!merges", "a\udc00"])
def test_invalid_table_name_is_script_error(deployed: Aws, table: str) -> None:
    with pytest.raises(ScriptError, match="name of a table"):
        a_store(deployed).find(table, MATCH_ALL)


def test_row_may_contain_lone_surrogates(deployed: Aws) -> None:
    """A script that cuts an emoji in two can store the halves."""
    store = a_store(deployed)

    store.insert("people", "1", {"id": "1", "name": "a\ud83d", "\ude00": "\U0001f600"})

    assert store.find("people", MATCH_ALL) == [{"id": "1", "name": "a\ud83d", "\ude00": "\U0001f600"}]


def test_fields_may_have_names_of_item_attributes(deployed: Aws) -> None:
    store = a_store(deployed)
    row: Row = {"id": "1", "bot_table": "other#table", "expires_at": 1, "row": "x", "number": 2}

    store.insert("people", "1", row)
    store.update("people", where("row=x"), {"row": "y"})

    assert sort_by_id(store.find("people", MATCH_ALL)) == [row | {"row": "y"}]


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalServerError"])
def test_throttling_is_unavailable_and_no_script_error(deployed: Aws, code: str) -> None:
    store = a_store(deployed)

    operations: dict[str, Callable[[], object]] = {
        "query": lambda: store.find("people", MATCH_ALL),
        "put_item": lambda: store.insert("people", "1", {"id": "1"}),
        "get_item": lambda: store.save("people", "1", {"id": "1"}),
    }
    for method, operation in operations.items():
        with Stubber(deployed.dynamodb) as stub:
            stub.add_client_error(method, code)
            with pytest.raises(UnavailableError):
                operation()


def test_client_error_is_raised_as_is(deployed: Aws) -> None:
    store = a_store(deployed)

    with Stubber(deployed.dynamodb) as stub:
        stub.add_client_error("put_item", "ValidationException")
        with pytest.raises(ClientError):
            store.insert("people", "1", {"id": "1"})
