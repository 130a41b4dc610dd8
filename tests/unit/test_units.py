"""The units that DynamoDB bills: examples of its documentation, and what its pricing rules say of indexes."""

import pytest

from bench.units import Index, Item, compute_item_size, count_read_units, count_write_units

LIST = Index(frozenset({"owner", "position"}), None)
NAMES = Index(frozenset({"owner"}), frozenset({"owner", "id", "name"}))


def an_item(**attributes: str) -> Item:
    return {"id": {"S": "a"}, **{name: {"S": value} for name, value in attributes.items()}}


def test_size_is_that_of_names_and_values() -> None:
    assert compute_item_size({"name": {"S": "é"}, "n": {"N": "123"}, "b": {"BOOL": True}}) == 4 + 2 + 1 + 3 + 1 + 4
    assert compute_item_size({"l": {"L": [{"S": "ab"}]}, "m": {"M": {"k": {"S": "v"}}}}) == 1 + 3 + 3 + 1 + 3 + 3


@pytest.mark.parametrize(
    ("size", "strong", "eventual"), [(0, 1, 0.5), (4_096, 1, 0.5), (4_097, 2, 1), (10_000, 3, 1.5)]
)
def test_reads_are_billed_per_4_kb(size: int, strong: float, eventual: float) -> None:
    assert count_read_units(size, consistent=True) == strong
    assert count_read_units(size, consistent=False) == eventual


@pytest.mark.parametrize(("before", "after", "units"), [(None, 10, 1), (2_000, 10, 2), (10, 2_000, 2), (10, None, 1)])
def test_write_is_billed_by_the_larger_item(before: int | None, after: int | None, units: int) -> None:
    items = [None if size is None else an_item(text="x" * size) for size in (before, after)]

    assert count_write_units(items[0], items[1], [], transactional=False) == units
    assert count_write_units(items[0], items[1], [], transactional=True) == 2 * units


def test_failed_condition_is_billed_like_a_write() -> None:
    assert count_write_units(None, None, [LIST], transactional=True) == 2


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, an_item(owner="o"), 0),
        (None, an_item(owner="o", position="1"), 1),
        (an_item(owner="o", position="1"), an_item(owner="o", position="1"), 0),
        (an_item(owner="o", position="1"), an_item(owner="o", position="1", name="n"), 1),
        (an_item(owner="o", position="1"), an_item(owner="o", position="2"), 2),
        (an_item(owner="o", position="1"), an_item(owner="o"), 1),
    ],
)
def test_index_is_billed_for_what_changes_in_it(before: Item | None, after: Item, units: int) -> None:
    assert LIST.count_write_units(before, after) == units


def test_index_is_billed_for_projected_attributes_only() -> None:
    before = an_item(owner="o", name="n", text="a")

    assert NAMES.count_write_units(before, an_item(owner="o", name="n", text="b")) == 0
    assert NAMES.count_write_units(before, an_item(owner="o", name="m", text="a")) == 1


def test_index_of_the_template_has_its_keys_and_projection() -> None:
    table = {"KeySchema": [{"AttributeName": "id"}]}
    index = {"KeySchema": [{"AttributeName": "owner"}], "Projection": {"ProjectionType": "INCLUDE"}}

    include = index | {"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["name"]}}
    everything = index | {"Projection": {"ProjectionType": "ALL"}}

    assert Index.from_template(table, include) == NAMES
    assert Index.from_template(table, everything) == Index(frozenset({"owner"}), None)
