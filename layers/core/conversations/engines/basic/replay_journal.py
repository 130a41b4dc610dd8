"""The replay journal of a turn: a turn that is run again gets the results of its first run.

A turn is pure except for its reads and effects: HTTP requests, table operations, memories. Their results are recorded
in order, and a second run replays them as far as they were recorded: it computes the same, and a completed effect is
not repeated. The journal is written

* before the first effect that is not idempotent, which takes a lease: if a second worker runs the same turn at the same
  time, only one of the two has the effect, and the other one fails and is retried;
* before an effect, if the turn has read anything since the last write. If the function crashes during the effect, the
  retry repeats it with the same data, and the receiver can deduplicate it (by an idempotency key or an id);
* after an effect that is not idempotent.

A turn without effects writes nothing.

A run that was interrupted for so long that another one has continued the turn finds what that one has left: a file may
have been moved already. Such a run has no further effect, and what it finds is no result of the turn.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import field
from typing import NamedTuple

from basic.errors import BudgetError, ScriptError
from basic.values import Value
from conversations.data_classes import dataclass
from conversations.domain.errors import UnavailableError
from conversations.ports.bots import JournalStorage

MAX_JOURNAL_BYTES = 350 * 1024
"""Bytes of a journal, compressed; an item of DynamoDB has 400 KB (AWS quota)."""

_DROPPED_RESULT = "null"
_TOO_LARGE = "the result was too large to replay after an interruption, and the operation was not repeated"


class JournalEntry(NamedTuple):
    """The result of one operation.

    Parameters
    ----------
    operation
        Name of the operation.
    effect
        Whether the operation has an effect, so that it must not be repeated.
    text
        JSON: ``{"value": ...}`` or ``{"fault": sentence}``; ``null`` if the result was too large to store.
    """

    operation: str
    effect: bool
    text: str


@dataclass(slots=True)
class ReplayJournal:
    """The results of one turn's operations.

    Attributes
    ----------
    storage
        None for a turn that is never retried.
    takes_lease
        Whether two workers may run the turn at the same time.
    """

    storage: JournalStorage | None
    takes_lease: bool = False
    _entries: list[JournalEntry] = field(default_factory=list)
    _position: int = -1
    _has_unwritten: bool = False
    _has_lease: bool = False

    def run_read(self, name: str, operation: Callable[[], Value]) -> Value:
        """Replay an operation without effects, or run it.

        Parameters
        ----------
        name
            Name of the operation.
        operation
            Runs it.

        Raises
        ------
        ScriptError
            The error of the operation, now or in the first run.
        """
        result = self._next_result(name)
        return self._run(name, operation, effect=False) if result is None else _unwrap(result)

    def get_recorded(self, name: str) -> Value:
        """Return the recorded value of the next operation, which has no effect; None if it was not recorded.

        This and ``record`` are ``run_read`` in two steps: for an operation that yields while it runs.
        """
        result = self._next_result(name)
        return None if result is None else _unwrap(result)

    def record(self, name: str, value: Value) -> None:
        """Record the value of the operation that ``get_recorded`` has returned None for."""
        self._run(name, lambda: value, effect=False)

    def run_effect(self, name: str, operation: Callable[[], Value], *, idempotent: bool) -> Value:
        """Replay an operation with an effect, or run it.

        Parameters
        ----------
        name
            Name of the operation.
        operation
            Runs it.
        idempotent
            Whether a repetition changes nothing and has the same result.

        Raises
        ------
        ScriptError
            The error of the operation, now or in the first run.
        UnavailableError
            If the journal cannot be written, or another run may have effects instead of this one.
        """
        result = self._next_result(name)
        if result is not None:
            return _unwrap(result)
        # safeguard: journal-over
        if self._is_over:
            raise UnavailableError
        # safeguard: journal-lease
        self._has_unwritten |= self.takes_lease and not idempotent and not self._has_lease
        self._write()
        try:
            return self._run(name, operation, effect=True)
        finally:
            if not idempotent:
                # The effect has happened. If the turn completes, the journal is not needed any more.
                with suppress(UnavailableError):
                    self._write()

    def _next_result(self, name: str) -> dict[str, Value] | None:
        """Advance to the next entry and return its result, None if it was not recorded."""
        if self._position < 0 and self.storage is not None:
            self._entries = unpack(self.storage.read())
        self._position += 1
        recorded = self._entries[self._position : self._position + 1]
        # The machine runs the same operations, unless a new version was published before the bot's first turn ended.
        if recorded and recorded[0].operation != name:
            del self._entries[self._position :]
            return None
        result: dict[str, Value] | None = json.loads(recorded[0].text) if recorded else None
        return result

    def _run(self, name: str, operation: Callable[[], Value], *, effect: bool) -> Value:
        try:
            result: dict[str, Value] = {"value": operation()}
        except BudgetError:
            raise
        except ScriptError as error:
            result = {"fault": str(error)}
        # safeguard: journal-superseded
        if self._may_be_superseded(result) and self.storage is not None and self.storage.is_superseded():
            raise UnavailableError
        self._entries[self._position : self._position + 1] = [JournalEntry(name, effect, json.dumps(result))]
        self._has_unwritten = True
        return _unwrap(result)

    @property
    def _is_over(self) -> bool:
        return self.storage is not None and self.storage.is_over

    def _may_be_superseded(self, result: dict[str, Value]) -> bool:
        """Return whether another run may have caused a result.

        Without a lease it may have caused any result. As only a fault ends a turn, only a fault costs a request.
        """
        return self._is_over or (self.takes_lease and not self._has_lease and "fault" in result)

    def _write(self) -> None:
        if self._has_unwritten and self.storage is not None:
            self.storage.write(pack(self._entries))
            self._has_unwritten = False
            self._has_lease = True


def _unwrap(result: dict[str, Value]) -> Value:
    if "fault" in result:
        raise ScriptError(str(result["fault"]))
    return result["value"]


def pack(entries: Sequence[JournalEntry]) -> bytes:
    """Serialize and compress entries. If they are too large, drop the results of the largest ones.

    A retry repeats a read whose result was dropped. It does not repeat an effect, whose result is then a fault.
    """
    packed_entries = list(entries)
    largest_first = sorted(range(len(entries)), key=lambda index: len(entries[index].text), reverse=True)
    content = _compress(packed_entries)
    for index in largest_first:
        if len(content) <= MAX_JOURNAL_BYTES:
            break
        packed_entries[index] = _drop_result(entries[index])
        content = _compress(packed_entries)
    return content


def _drop_result(entry: JournalEntry) -> JournalEntry:
    return entry._replace(text=json.dumps({"fault": _TOO_LARGE}) if entry.effect else _DROPPED_RESULT)


def unpack(content: bytes) -> list[JournalEntry]:
    """Return the entries that ``pack`` serialized."""
    return [JournalEntry(*entry) for entry in json.loads(zlib.decompress(content))] if content else []


def _compress(entries: Sequence[JournalEntry]) -> bytes:
    return zlib.compress(json.dumps(entries).encode())
