"""What the world answered in a turn, so that a turn that is run again is given the same answers.

A turn is pure but for what it asks of the world. So every answer (of a request, a table, a memory) is kept in order,
and a second run is given what the first one got for as far as that was kept: it computes the same, and an effect that
finished is not repeated. What is kept is written down

* before an effect, if the turn has read anything since: should the effect be repeated because the function died in it,
  it is repeated with the same data, and what takes the same twice (an ``Idempotency-Key``, an id) knows it again;
* after an effect that would not be the same a second time.

A turn without effects writes nothing.
"""

import json
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from basic.errors import BudgetError, ScriptError
from basic.values import Value
from conversations.domain.errors import UnavailableError

MAX_JOURNAL_BYTES = 350 * 1024
"""Bytes of what is kept of a turn, compressed; an item of DynamoDB holds 400 KB."""

_UNKEPT = "null"
_TOO_LARGE = "the answer was too large to be kept for a turn that was cut short; it was not asked for again"


class JournalEntry(NamedTuple):
    """One answer of the world.

    Parameters
    ----------
    question
        What was asked, in a word.
    effect
        Whether asking again would be a second effect.
    text
        JSON: ``{"value": ...}`` or ``{"fault": sentence}``; ``null`` is asked again.
    """

    question: str
    effect: bool
    text: str


class JournalStorage(Protocol):
    """Where the answers of one turn outlive the function."""

    def read(self) -> bytes:
        """Return what was written last; nothing at first."""
        ...

    def write(self, kept: bytes) -> None:
        """Keep at most ``MOST_BYTES`` in place of what was written before."""
        ...


@dataclass(slots=True)
class ReplayJournal:
    """The answers of one turn.

    Attributes
    ----------
    journal
        None for a turn that is never run again.
    """

    journal: JournalStorage | None
    _answers: list[JournalEntry] = field(default_factory=list)
    _place: int = -1
    _unwritten: bool = False

    def read(self, question: str, ask: Callable[[], Value]) -> Value:
        """Ask what has no effect.

        Parameters
        ----------
        question
            What is asked, in a word.
        ask
            Asks.

        Raises
        ------
        ScriptError
            What asking raises, or raised the first time.
        """
        known = self._known(question)
        return self._asked(question, ask, effect=False) if known is None else _told(known)

    def affect(self, question: str, ask: Callable[[], Value], *, repeatable: bool) -> Value:
        """Ask what has an effect.

        Parameters
        ----------
        question
            What is asked, in a word.
        ask
            Does it.
        repeatable
            Whether doing the very same again changes nothing and is answered the same.

        Raises
        ------
        ScriptError
            What asking raises, or raised the first time.
        """
        known = self._known(question)
        if known is not None:
            return _told(known)
        self._write()
        try:
            return self._asked(question, ask, effect=True)
        finally:
            if not repeatable:
                # The effect is done. If this turn still gets to its end, nobody will ever ask the journal.
                with suppress(UnavailableError):
                    self._write()

    def _known(self, question: str) -> dict[str, Value] | None:
        """Go on to the next answer and return it if it is known."""
        if self._place < 0 and self.journal is not None:
            self._answers = unpacked(self.journal.read())
        self._place += 1
        # The machine asks the same again, unless the bot was published anew before its first turn was over.
        if self._answers[self._place : self._place + 1] and self._answers[self._place].question != question:
            del self._answers[self._place :]
        known: dict[str, Value] | None = None
        if self._place < len(self._answers):
            known = json.loads(self._answers[self._place].text)
        return known

    def _asked(self, question: str, ask: Callable[[], Value], *, effect: bool) -> Value:
        try:
            told: dict[str, Value] = {"value": ask()}
        except BudgetError:
            raise
        except ScriptError as error:
            told = {"fault": str(error)}
        self._answers[self._place : self._place + 1] = [JournalEntry(question, effect, json.dumps(told))]
        self._unwritten = True
        return _told(told)

    def _write(self) -> None:
        if self._unwritten and self.journal is not None:
            self.journal.write(packed(self._answers))
            self._unwritten = False


def _told(told: dict[str, Value]) -> Value:
    if "fault" in told:
        raise ScriptError(str(told["fault"]))
    return told["value"]


def packed(answers: Sequence[JournalEntry]) -> bytes:
    """Return answers as bytes, as many as fit: the largest ones are left out.

    A reading that was left out is done again by a second run; an effect is not, and its answer is a fault then.
    """
    kept = list(answers)
    largest_first = sorted(range(len(kept)), key=lambda place: len(kept[place].text), reverse=True)
    packed_answers = _compressed(kept)
    for place in largest_first:
        if len(packed_answers) <= MAX_JOURNAL_BYTES:
            break
        question, effect, _ = kept[place]
        kept[place] = JournalEntry(question, effect, json.dumps({"fault": _TOO_LARGE}) if effect else _UNKEPT)
        packed_answers = _compressed(kept)
    return packed_answers


def unpacked(kept: bytes) -> list[JournalEntry]:
    """Return the answers that ``packed`` kept."""
    return [JournalEntry(*answer) for answer in json.loads(zlib.decompress(kept))] if kept else []


def _compressed(answers: Sequence[JournalEntry]) -> bytes:
    return zlib.compress(json.dumps(answers).encode())
