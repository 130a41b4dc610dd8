"""Data classes with shared methods behave as those of ``dataclasses``, which they are compared with."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict, field, fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.data_classes import dataclass
from conversations.domain.owned_rows import RowKey

type Class = Callable[..., Any]
type Call = tuple[list[int], dict[str, int]]


def define(decorator: Callable[[type], type]) -> Class:
    @decorator
    class Part:
        """A base."""

        name: str
        size: int = 3
        secret: str = field(default="", repr=False)
        ignored: int = field(default=0, compare=False)

    @decorator
    class Whole(Part):
        """All kinds of fields."""

        parts: list[int] = field(default_factory=list)
        named: int = field(default=7, kw_only=True)
        later: int = field(init=False)
        count: int = field(default=5, init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "later", self.size + 1)

    return Whole


FROZEN = (define(dataclasses.dataclass(frozen=True)), define(dataclass(frozen=True)))
CHANGEABLE = (define(dataclasses.dataclass()), define(dataclass()))
PAIRS = [FROZEN, CHANGEABLE]
"""The class of ``dataclasses`` and the one that is tested."""

VALUES = st.lists(st.integers(0, 2), max_size=6)
NAMED = st.dictionaries(
    st.sampled_from(["name", "size", "secret", "ignored", "parts", "named", "later", "count", "unknown"]),
    st.integers(0, 2),
    max_size=6,
)


def create(cls: Class, values: list[int], named: dict[str, int]) -> object:
    try:
        return cls(*values, **named)
    except TypeError:
        return None


def describe(instance: object) -> object:
    if not is_dataclass(instance) or isinstance(instance, type):
        return None
    return repr(instance), asdict(instance), [getattr(instance, each.name) for each in fields(instance)]


@pytest.mark.parametrize("pair", PAIRS)
@given(values=VALUES, named=NAMED)
def test_same_calls_are_accepted_and_set_same_fields(
    pair: tuple[Class, Class], values: list[int], named: dict[str, int]
) -> None:
    standard, own = pair

    assert describe(create(standard, values, named)) == describe(create(own, values, named))


@pytest.mark.parametrize("pair", PAIRS)
@given(first=st.tuples(VALUES, NAMED), second=st.tuples(VALUES, NAMED))
def test_same_instances_are_equal_and_hashed(pair: tuple[Class, Class], first: Call, second: Call) -> None:
    standard, own = ([create(cls, *each) for each in (first, second)] for cls in pair)

    assert (standard[0] == standard[1]) is (own[0] == own[1])
    assert own[0] != "another type"


def test_changed_copied_and_pickled_instances() -> None:
    _, frozen = FROZEN
    whole = frozen("a", parts=[1])
    key = RowKey("orders", "user:1", "2")

    assert replace(whole, size=9).later == 10
    assert whole != replace(whole, size=9)
    assert copy.deepcopy(whole) == whole
    assert pickle.loads(pickle.dumps(key)) == key
    assert hash(key) == hash(copy.copy(key))
    with pytest.raises(FrozenInstanceError):
        key.table = "other"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del key.table


def test_instance_that_can_be_changed_has_no_hash() -> None:
    _, changeable = CHANGEABLE
    whole = changeable("a")
    whole.size = 8

    assert whole.size == 8
    with pytest.raises(TypeError, match="unhashable"):
        hash(whole)


def test_methods_of_class_are_kept_and_fields_are_matched() -> None:
    @dataclass(frozen=True, slots=True)
    class Named:
        """Shows its name only."""

        name: str
        value: int

        def __repr__(self) -> str:
            return self.name

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Named) and self.name == other.name

        def __hash__(self) -> int:
            return 1

    match Named("a", 2):
        case Named(name, value):
            assert (name, value) == ("a", 2)
    assert repr(Named("a", 1)) == "a"
    assert Named("a", 1) == Named("a", 2)
    assert hash(Named("a", 1)) == 1
