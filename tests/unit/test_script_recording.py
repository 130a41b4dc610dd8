"""What is kept of a turn's answers, and what a second run is given of them."""

import json
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.errors import BudgetError, ScriptError
from conversations.domain.errors import UnavailableError
from conversations.engines.basic.replay_journal import MAX_JOURNAL_BYTES, JournalEntry, ReplayJournal, packed, unpacked
from tests.fakes.scripts import MemoryJournal

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def asked_for_nothing() -> Any:  # noqa: ANN401 - never gets there
    raise AssertionError("asked again")


def giving(value: Any) -> Callable[[], Any]:  # noqa: ANN401 - a value
    return lambda: value


def a_journal() -> MemoryJournal:
    return MemoryJournal({}, "turn")


@given(st.lists(st.tuples(VALUES, st.booleans()), max_size=8))
def test_a_second_run_is_given_what_the_first_one_got(answers: list[tuple[Any, bool]]) -> None:
    journal = a_journal()
    first = ReplayJournal(journal)
    for value, effect in answers:
        if effect:
            first.affect("do", giving(value), repeatable=False)
        else:
            first.read("ask", giving(value))

    second = ReplayJournal(journal)
    kept = max((place for place, (_, effect) in enumerate(answers) if effect), default=-1)
    for value, effect in answers[: kept + 1]:
        if effect:
            assert second.affect("do", asked_for_nothing, repeatable=False) == value
        else:
            assert second.read("ask", asked_for_nothing) == value
    assert second.read("ask", giving("new")) == "new"


def test_an_answer_is_kept_as_it_was_when_it_came() -> None:
    journal, rows = a_journal(), [{"left": 5}]
    recording = ReplayJournal(journal)
    given_rows: Any = recording.read("find", giving(rows))
    given_rows[0]["left"] = 4
    recording.affect("update", giving(1), repeatable=False)

    assert ReplayJournal(journal).read("find", asked_for_nothing) == [{"left": 5}]


def test_a_fault_is_an_answer_too() -> None:
    def broken() -> Any:  # noqa: ANN401 - never gets there
        raise ScriptError("shop.example closed the connection during its response")

    journal = a_journal()
    with pytest.raises(ScriptError, match="closed the connection"):
        ReplayJournal(journal).affect("POST", broken, repeatable=False)
    with pytest.raises(ScriptError, match="closed the connection"):
        ReplayJournal(journal).affect("POST", asked_for_nothing, repeatable=False)


def test_a_turn_that_ran_out_of_time_is_given_its_time_again() -> None:
    def too_late() -> Any:  # noqa: ANN401 - never gets there
        raise BudgetError("too late")

    journal = a_journal()
    with pytest.raises(BudgetError):
        ReplayJournal(journal).affect("POST", too_late, repeatable=False)

    assert ReplayJournal(journal).affect("POST", giving(1), repeatable=False) == 1


def test_a_run_that_asks_something_else_is_answered_anew_from_there_on() -> None:
    journal = a_journal()
    first = ReplayJournal(journal)
    first.read("GET", giving(1))
    first.affect("POST", giving(2), repeatable=False)

    second = ReplayJournal(journal)
    assert second.read("GET", asked_for_nothing) == 1
    assert second.affect("PUT", giving(3), repeatable=False) == 3
    assert unpacked(journal.read())[1:] == [JournalEntry("PUT", True, '{"value": 3}')]


def test_reading_alone_writes_nothing_and_a_repeatable_effect_only_what_was_read_before() -> None:
    journal = a_journal()
    recording = ReplayJournal(journal)
    recording.read("find", giving(1))
    assert journal.read() == b""

    recording.affect("insert", giving(2), repeatable=True)

    assert unpacked(journal.read()) == [JournalEntry("find", False, '{"value": 1}')]


def test_an_effect_that_could_not_be_written_down_is_done_all_the_same() -> None:
    class Busy(MemoryJournal):
        def write(self, kept: bytes) -> None:  # noqa: ARG002 - the port's
            raise UnavailableError

    recording = ReplayJournal(Busy({}, "turn"))

    assert recording.affect("POST", giving(1), repeatable=False) == 1
    recording.read("find", giving(2))
    with pytest.raises(UnavailableError):
        recording.affect("POST", asked_for_nothing, repeatable=False)


def noise(size: int) -> str:
    """Return a text that cannot be compressed to much less."""
    return "".join(random.Random(size).choices(string.printable, k=size))


def test_what_is_too_large_to_be_kept_is_read_again_and_never_done_again() -> None:
    journal = a_journal()
    recording = ReplayJournal(journal)
    recording.read("GET", giving("small"))
    recording.read("GET", giving(noise(500_000)))
    recording.affect("POST", giving(noise(600_000)), repeatable=False)
    recording.affect("PUT", giving("done"), repeatable=False)
    assert len(journal.read()) <= MAX_JOURNAL_BYTES

    second = ReplayJournal(journal)
    assert second.read("GET", asked_for_nothing) == "small"
    assert second.read("GET", giving("again")) == "again"
    with pytest.raises(ScriptError, match="too large to be kept"):
        second.affect("POST", asked_for_nothing, repeatable=False)
    assert second.affect("PUT", asked_for_nothing, repeatable=False) == "done"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 300_000)), max_size=6))
def test_whatever_was_answered_fits_into_one_item(answers: list[tuple[bool, int]]) -> None:
    kept = [JournalEntry("ask", effect, json.dumps({"value": noise(size)})) for effect, size in answers]

    assert len(packed(kept)) <= MAX_JOURNAL_BYTES
    assert [answer[:2] for answer in unpacked(packed(kept))] == [answer[:2] for answer in kept]
