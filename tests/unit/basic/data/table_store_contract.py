"""The contract of every `TableStore`. A suite for an adapter inherits the class and creates an empty store."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basic.data.store import MergeCandidate, MergeResult, Row, TableStore
from basic.errors import ScriptError
from basic.filters.filter import MATCH_ALL, AllOf, AnyOf, FieldComparison, Filter, Not
from basic.filters.parser import parse_filter
from basic.values import Value, to_number


def sort_by_id(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row["id"]))


def where(condition: str) -> Filter:
    return parse_filter(condition)


def candidate(row_id: str, **fields: Value) -> MergeCandidate:
    return MergeCandidate(row_id, {"id": row_id, **fields}, dict(fields))


class TableStoreContract:
    """The tests. Each uses an empty store, so they may share a database."""

    def new_store(self) -> TableStore:
        """Return the empty store of a new bot."""
        raise NotImplementedError

    def with_people(self) -> TableStore:
        store = self.new_store()
        for row_id, name, age in (("1", "Ana", 30), ("2", "Bia", 25), ("3", "Caio", 30)):
            assert store.insert("people", row_id, {"id": row_id, "name": name, "age": age})
        return store

    def test_table_without_rows_is_empty(self) -> None:
        store = self.new_store()

        assert store.find("people", MATCH_ALL) == []
        assert store.update("people", MATCH_ALL, {"a": 1}) == 0
        assert store.delete("people", MATCH_ALL) == 0

    def test_find_returns_matching_rows(self) -> None:
        store = self.with_people()

        assert sort_by_id(store.find("people", where("age=30"))) == [
            {"id": "1", "name": "Ana", "age": 30},
            {"id": "3", "name": "Caio", "age": 30},
        ]
        assert store.find("people", where("id=2")) == [{"id": "2", "name": "Bia", "age": 25}]
        assert store.find("people", where("name like an AND age > 18")) == [{"id": "1", "name": "Ana", "age": 30}]
        assert store.find("people", where("name=nobody")) == []

    def test_computed_update_happens_once_for_a_step(self) -> None:
        store = self.with_people()

        def younger(row: Row) -> Row:
            return {"age": to_number(row["age"]) - 5}

        for _ in range(2):
            assert store.update_computed("people", where("age=30"), younger, "turn/1") == 2

        ages = [25, 25, 25]
        assert [row["age"] for row in sort_by_id(store.find("people", MATCH_ALL))] == ages
        assert store.update_computed("people", where("id=2"), younger, "turn/2") == 1
        assert store.update_computed("people", where("id=9"), younger, "turn/3") == 0
        assert sorted(to_number(row["age"]) for row in store.find("people", MATCH_ALL)) == [20, 25, 25]

    def test_repeated_computed_update_changes_the_rows_that_are_left(self) -> None:
        store = self.with_people()

        def older(row: Row) -> Row:
            return {"age": to_number(row["age"]) + 1}

        assert store.update_computed("people", where("id=1"), older, "turn/1") == 1
        store.save("people", "1", {"age": 7})
        assert store.update_computed("people", where("age > 0"), older, "turn/1") == 3
        assert [row["age"] for row in sort_by_id(store.find("people", MATCH_ALL))] == [7, 26, 31]

    def test_computed_update_with_an_error_changes_nothing(self) -> None:
        store = self.with_people()

        def fail_for_the_last(row: Row) -> Row:
            if row["id"] == "3":
                raise ScriptError("no")
            return {"age": 0}

        with pytest.raises(ScriptError, match="no"):
            store.update_computed("people", MATCH_ALL, fail_for_the_last, "turn/1")

        assert [row["age"] for row in sort_by_id(store.find("people", MATCH_ALL))] == [30, 25, 30]

    def test_find_returns_ten_rows_by_default(self) -> None:
        store = self.new_store()
        for number in range(25):
            store.insert("numbers", f"{number:02}", {"id": f"{number:02}", "n": number})

        assert len(store.find("numbers", MATCH_ALL)) == 10
        assert len(store.find("numbers", where("n >= 20"))) == 5
        assert len(store.find("numbers", MATCH_ALL, limit=3)) == 3
        assert len(store.find("numbers", MATCH_ALL, limit=None)) == 25

    def test_filter_applies_to_all_rows(self) -> None:
        store = self.new_store()
        for number in range(40):
            store.insert("numbers", f"{number:02}", {"id": f"{number:02}", "n": number})

        assert [row["n"] for row in store.find("numbers", where("n=39"))] == [39]
        assert [row["n"] for row in store.find("numbers", where("n=0"))] == [0]

    def test_every_kind_of_value_survives_storage(self) -> None:
        row: Row = {
            "id": "ü/#1",
            "text": "olá ☃ \n\t",
            "empty": "",
            "number": -12,
            "large": 2**63 - 1,
            "decimal": 0.1,
            "tiny": 1.5e-200,
            "huge": 1.5e200,
            "yes": True,
            "no": False,
            "nothing": None,
            "array": [1, "a", None, [], {"b": 2.5}],
            "map": {"": 1, "nested": {"deep": [True]}},
            "Größe": 1,
            "": "no name",
        }
        store = self.new_store()

        assert store.insert("kinds", "ü/#1", row)
        [found] = store.find("kinds", MATCH_ALL)
        assert found == row
        assert {name: type(value) for name, value in found.items()} == {
            name: type(value) for name, value in row.items()
        }

    def test_row_of_a_quarter_of_a_megabyte_is_stored(self) -> None:
        row: Row = {"id": "1", "text": "x" * 250_000}
        store = self.new_store()

        store.insert("large", "1", row)
        assert store.find("large", MATCH_ALL) == [row]

    def test_ids_are_unique_and_insert_is_idempotent(self) -> None:
        store = self.new_store()
        row: Row = {"id": "1", "name": "Ana", "tags": ["a", 1.0]}

        assert store.insert("people", "1", row)
        assert store.insert("people", "1", row)
        assert not store.insert("people", "1", {"id": "1", "name": "Bia"})
        assert store.find("people", MATCH_ALL) == [row]

    def test_save_inserts_a_row_and_then_updates_it(self) -> None:
        store = self.new_store()

        assert store.save("people", "1", {"id": "1", "name": "Ana", "age": 30}) == {"id": "1", "name": "Ana", "age": 30}
        assert store.save("people", "1", {"age": 31, "city": None}) == {
            "id": "1",
            "name": "Ana",
            "age": 31,
            "city": None,
        }
        assert store.find("people", MATCH_ALL) == [{"id": "1", "name": "Ana", "age": 31, "city": None}]

    def test_update_changes_and_counts_matching_rows(self) -> None:
        store = self.with_people()

        assert store.update("people", where("age=30"), {"age": 31, "vip": True}) == 2
        assert store.update("people", where("age=99"), {"age": 0}) == 0
        assert sort_by_id(store.find("people", MATCH_ALL)) == [
            {"id": "1", "name": "Ana", "age": 31, "vip": True},
            {"id": "2", "name": "Bia", "age": 25},
            {"id": "3", "name": "Caio", "age": 31, "vip": True},
        ]

    def test_delete_removes_and_counts_matching_rows(self) -> None:
        store = self.with_people()

        assert store.delete("people", where("age=30")) == 2
        assert store.delete("people", where("age=30")) == 0
        assert store.find("people", MATCH_ALL) == [{"id": "2", "name": "Bia", "age": 25}]

    def test_update_and_delete_are_not_limited_to_ten_rows(self) -> None:
        store = self.new_store()
        for number in range(60):
            store.insert("numbers", str(number), {"id": str(number), "n": number % 2})

        assert store.update("numbers", where("n=1"), {"n": 3}) == 30
        assert store.delete("numbers", where("n=3")) == 30
        assert len(store.find("numbers", MATCH_ALL, limit=None)) == 30

    def test_merge_updates_existing_rows_and_inserts_others(self) -> None:
        store = self.with_people()

        merged = store.merge(
            "people",
            [candidate("x", name="Ana", age=40), candidate("y", name="Davi"), candidate("z", name="Davi", age=5)],
            "name",
        )

        assert merged == MergeResult(inserted=1, updated=2)
        assert sort_by_id(store.find("people", MATCH_ALL)) == [
            {"id": "1", "name": "Ana", "age": 40},
            {"id": "2", "name": "Bia", "age": 25},
            {"id": "3", "name": "Caio", "age": 30},
            {"id": "y", "name": "Davi", "age": 5},
        ]

    def test_merge_changes_every_row_with_the_value(self) -> None:
        store = self.with_people()

        assert store.merge(
            "people", [candidate("x", age=30, group="a"), candidate("y", age="25", group="b")], "AGE"
        ) == MergeResult(0, 2)
        assert [row["group"] for row in sort_by_id(store.find("people", MATCH_ALL))] == ["a", "b", "a"]

    def test_merge_is_idempotent(self) -> None:
        store = self.new_store()
        candidates = [candidate("x", sku="a", n=1), candidate("y", sku="b", n=2)]

        assert store.merge("products", candidates, "sku") == MergeResult(2, 0)
        before = sort_by_id(store.find("products", MATCH_ALL))
        assert store.merge("products", candidates, "sku") == MergeResult(0, 2)
        assert sort_by_id(store.find("products", MATCH_ALL)) == before

    def test_field_names_ignore_case(self) -> None:
        store = self.with_people()

        store.save("people", "1", {"ID": "1", "Name": "Anna"})
        store.update("people", where("name=Bia"), {"NAME": "Bea"})
        store.merge("people", [candidate("x", name="Caio", Age=31)], "name")

        assert sort_by_id(store.find("people", MATCH_ALL)) == [
            {"id": "1", "name": "Anna", "age": 30},
            {"id": "2", "name": "Bea", "age": 25},
            {"id": "3", "name": "Caio", "age": 31},
        ]

    def test_tables_are_isolated(self) -> None:
        store = self.with_people()
        store.insert("pets", "1", {"id": "1", "name": "Rex"})

        assert store.delete("pets", MATCH_ALL) == 1
        assert len(store.find("people", MATCH_ALL)) == 3
        assert store.find("people2", MATCH_ALL) == store.find("peopl", MATCH_ALL) == []

    def test_bots_are_isolated(self) -> None:
        self.with_people()

        assert self.new_store().find("people", MATCH_ALL) == []

    def test_store_copies_rows(self) -> None:
        store = self.new_store()
        row: Row = {"id": "1", "tags": ["a"]}
        store.insert("people", "1", row)
        row["tags"] = ["b"]

        [found] = store.find("people", MATCH_ALL)
        assert isinstance(found["tags"], list)
        found["tags"].append("c")

        assert store.find("people", MATCH_ALL) == [{"id": "1", "tags": ["a"]}]

    def test_store_behaves_like_a_list_of_rows(self) -> None:
        """Apply the same steps to a store and to a list of rows, and compare the rows."""

        @settings(max_examples=self.examples)
        @given(st.lists(STEPS, max_size=12))
        def alike(steps: list[Step]) -> None:
            store = self.new_store()
            model: dict[str, Row] = {}
            for step in steps:
                actual, expected = _apply_step(store, model, step)
                assert actual == expected, step
                assert sort_by_id(store.find("t", MATCH_ALL, limit=None)) == sort_by_id([*model.values()])

        alike()

    examples = 100
    """The number of examples; an adapter over a network may use fewer."""


FIELDS: st.SearchStrategy[dict[str, Value]] = st.dictionaries(
    st.sampled_from(["a", "b"]), st.none() | st.integers(0, 3) | st.sampled_from(["0", "1", "x", True, 2.5]), max_size=2
)
COMPARISONS: st.SearchStrategy[Filter] = st.builds(
    FieldComparison,
    st.sampled_from(["a", "b", "id"]),
    st.sampled_from(["=", "!=", "<", ">="]),
    st.integers(0, 3) | st.just("x"),
)
CONDITIONS: st.SearchStrategy[Filter] = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(lambda parts: AllOf(tuple(parts)), st.lists(inner, max_size=2))
        | st.builds(lambda parts: AnyOf(tuple(parts)), st.lists(inner, min_size=1, max_size=2))
    ),
    max_leaves=3,
)
STEPS = st.tuples(
    st.sampled_from(["insert", "save", "update", "delete", "merge", "find"]),
    st.sampled_from(["0", "1", "2", "x"]),
    FIELDS,
    CONDITIONS,
)


type Step = tuple[str, str, dict[str, Value], Filter]


def _apply_step(store: TableStore, model: dict[str, Row], step: Step) -> tuple[object, object]:
    """Apply a step to both, and return the actual and the expected result."""
    operation, row_id, fields, condition = step
    complete_row: Row = {"id": row_id, **fields}
    matching = [key for key, row in model.items() if condition.matches(row)]
    match operation:
        case "insert":
            expected: object = model.setdefault(row_id, copy.deepcopy(complete_row)) == complete_row
            return store.insert("t", row_id, complete_row), expected
        case "save":
            model[row_id] = model.get(row_id, {}) | complete_row
            return store.save("t", row_id, complete_row), model[row_id]
        case "update":
            for key in matching:
                model[key] = model[key] | fields
            return store.update("t", condition, fields), len(matching)
        case "delete":
            for key in matching:
                del model[key]
            return store.delete("t", condition), len(matching)
        case "merge":
            exists = row_id in model
            model[row_id] = model[row_id] | fields if exists else complete_row
            return store.merge("t", [MergeCandidate(row_id, complete_row, fields)], "id"), MergeResult(
                not exists, exists
            )
        case _:
            return len(store.find("t", condition, limit=2)), min(len(matching), 2)
