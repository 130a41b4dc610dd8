"""The replay journal: what is recorded of a turn, and what a second run replays."""

import json
import random
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from conversations.domain.errors import UnavailableError
from conversations.engines.basic.replay_journal import MAX_JOURNAL_BYTES, JournalEntry, ReplayJournal, pack, unpack
from tests.fakes.scripts import InMemoryJournalStorage

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def must_not_run() -> Any:  # noqa: ANN401 - never returns
    raise AssertionError("the operation was repeated")


def returning(value: Any) -> Callable[[], Any]:  # noqa: ANN401 - a value
    return lambda: value


def a_journal() -> InMemoryJournalStorage:
    return InMemoryJournalStorage({}, "turn")


@given(st.lists(st.tuples(VALUES, st.booleans()), max_size=8))
def test_second_run_replays_results_of_first_run(results: list[tuple[Any, bool]]) -> None:
    journal = a_journal()
    first = ReplayJournal(journal)
    for value, effect in results:
        if effect:
            first.run_effect("do", returning(value), idempotent=False)
        else:
            first.run_read("GET", returning(value))

    second = ReplayJournal(journal)
    entries = max((index for index, (_, effect) in enumerate(results) if effect), default=-1)
    for value, effect in results[: entries + 1]:
        if effect:
            assert second.run_effect("do", must_not_run, idempotent=False) == value
        else:
            assert second.run_read("GET", must_not_run) == value
    assert second.run_read("GET", returning("new")) == "new"


def test_result_is_recorded_as_returned() -> None:
    journal, rows = a_journal(), [{"left": 5}]
    replay_journal = ReplayJournal(journal)
    returned_rows: Any = replay_journal.run_read("find", returning(rows))
    returned_rows[0]["left"] = 4
    replay_journal.run_effect("update", returning(1), idempotent=False)

    assert ReplayJournal(journal).run_read("find", must_not_run) == [{"left": 5}]


def test_fault_is_replayed() -> None:
    def fail() -> Any:  # noqa: ANN401 - never returns
        raise ScriptError("shop.example closed the connection")

    journal = a_journal()
    with pytest.raises(ScriptError, match="closed the connection"):
        ReplayJournal(journal).run_effect("POST", fail, idempotent=False)
    with pytest.raises(ScriptError, match="closed the connection"):
        ReplayJournal(journal).run_effect("POST", must_not_run, idempotent=False)


def test_exceeded_budget_is_not_replayed() -> None:
    def exceed_budget() -> Any:  # noqa: ANN401 - never returns
        raise BudgetError("too late")

    journal = a_journal()
    with pytest.raises(BudgetError):
        ReplayJournal(journal).run_effect("POST", exceed_budget, idempotent=False)

    assert ReplayJournal(journal).run_effect("POST", returning(1), idempotent=False) == 1


def test_run_with_other_operations_is_not_replayed_from_there_on() -> None:
    journal = a_journal()
    first = ReplayJournal(journal)
    first.run_read("GET", returning(1))
    first.run_effect("POST", returning(2), idempotent=False)

    second = ReplayJournal(journal)
    assert second.run_read("GET", must_not_run) == 1
    assert second.run_effect("PUT", returning(3), idempotent=False) == 3
    assert unpack(journal.read())[1:] == [JournalEntry("PUT", True, '{"value": 3}')]


def test_journal_is_written_before_an_idempotent_effect_and_not_for_reads() -> None:
    journal = a_journal()
    replay_journal = ReplayJournal(journal)
    replay_journal.run_read("find", returning(1))
    assert journal.read() == b""

    replay_journal.run_effect("insert", returning(2), idempotent=True)

    assert unpack(journal.read()) == [JournalEntry("find", False, '{"value": 1}')]


def test_effect_succeeds_if_journal_cannot_be_written_after_it() -> None:
    class Busy(InMemoryJournalStorage):
        def write(self, content: bytes) -> None:  # noqa: ARG002 - signature of the port
            raise UnavailableError

    replay_journal = ReplayJournal(Busy({}, "turn"))

    assert replay_journal.run_effect("POST", returning(1), idempotent=False) == 1
    replay_journal.run_read("find", returning(2))
    with pytest.raises(UnavailableError):
        replay_journal.run_effect("POST", must_not_run, idempotent=False)


@dataclass(slots=True)
class Interrupted(InMemoryJournalStorage):
    """The journal of a run that was interrupted, so that its time may be over and another run may have written."""

    over: bool = False
    superseded: bool = False
    requests: int = 0

    @property
    def is_over(self) -> bool:
        return self.over

    def is_superseded(self) -> bool:
        self.requests += 1
        return self.superseded


def fail() -> Any:  # noqa: ANN401 - never returns
    raise ScriptError("there is no file next.txt")


def read(journal: ReplayJournal, operation: Callable[[], Any]) -> Any:  # noqa: ANN401 - a value
    return journal.run_read("do", operation)


def insert(journal: ReplayJournal, operation: Callable[[], Any]) -> Any:  # noqa: ANN401 - a value
    return journal.run_effect("do", operation, idempotent=True)


def copy(journal: ReplayJournal, operation: Callable[[], Any]) -> Any:  # noqa: ANN401 - a value
    return journal.run_effect("do", operation, idempotent=False)


@pytest.mark.parametrize(("do", "over"), [(read, False), (insert, False), (copy, True)])
def test_fault_that_another_run_has_caused_is_no_result(do: Callable[..., Any], over: bool) -> None:
    storage = Interrupted({}, "turn")

    def interrupt() -> Any:  # noqa: ANN401 - never returns
        storage.over, storage.superseded = over, True
        fail()

    with pytest.raises(UnavailableError):
        do(ReplayJournal(storage, takes_lease=True), interrupt)


def test_value_that_another_run_has_left_is_no_result() -> None:
    storage = Interrupted({}, "turn", superseded=True)

    def interrupt() -> str:
        storage.over = True
        return "what the other run has written"

    with pytest.raises(UnavailableError):
        ReplayJournal(storage, takes_lease=True).run_read("READ", interrupt)


def test_result_that_comes_late_is_a_result_if_no_other_run_has_written() -> None:
    storage = Interrupted({}, "turn")

    def wait() -> str:
        storage.over = True
        return "slow"

    assert ReplayJournal(storage, takes_lease=True).run_effect("GET", wait, idempotent=False) == "slow"


def test_run_whose_time_is_over_has_no_effect() -> None:
    journal = ReplayJournal(Interrupted({}, "turn", over=True), takes_lease=True)

    with pytest.raises(UnavailableError):
        journal.run_effect("POST", must_not_run, idempotent=True)


def test_only_a_fault_without_a_lease_costs_a_request() -> None:
    storage = Interrupted({}, "turn")
    journal = ReplayJournal(storage, takes_lease=True)

    journal.run_read("find", returning(1))
    with pytest.raises(ScriptError):
        journal.run_read("READ", fail)
    assert storage.requests == 1
    journal.run_effect("POST", returning(2), idempotent=False)
    with pytest.raises(ScriptError):
        journal.run_effect("COPY", fail, idempotent=False)

    assert storage.requests == 1


def noise(size: int) -> str:
    """Return a text that does not compress well."""
    return "".join(random.Random(size).choices(string.printable, k=size))


def test_read_too_large_for_journal_is_repeated_and_effect_is_not() -> None:
    journal = a_journal()
    replay_journal = ReplayJournal(journal)
    replay_journal.run_read("GET", returning("small"))
    replay_journal.run_read("GET", returning(noise(500_000)))
    replay_journal.run_effect("POST", returning(noise(600_000)), idempotent=False)
    replay_journal.run_effect("PUT", returning("done"), idempotent=False)
    assert len(journal.read()) <= MAX_JOURNAL_BYTES

    second = ReplayJournal(journal)
    assert second.run_read("GET", must_not_run) == "small"
    assert second.run_read("GET", returning("again")) == "again"
    with pytest.raises(ScriptError, match="too large to replay"):
        second.run_effect("POST", must_not_run, idempotent=False)
    assert second.run_effect("PUT", must_not_run, idempotent=False) == "done"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300_000)), max_size=6))
def test_journal_always_fits_into_one_item(results: list[tuple[bool, int]]) -> None:
    entries = [JournalEntry("GET", effect, json.dumps({"value": noise(size)})) for effect, size in results]

    assert len(pack(entries)) <= MAX_JOURNAL_BYTES
    assert [entry[:2] for entry in unpack(pack(entries))] == [entry[:2] for entry in entries]
