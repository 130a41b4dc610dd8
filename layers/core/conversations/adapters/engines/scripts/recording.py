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
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from basic.errors import BudgetError, ScriptError
from basic.values import Value

MOST_BYTES = 350 * 1024
"""Bytes of what is kept of a turn, compressed; an item of DynamoDB holds 400 KB."""

_UNKEPT = "null"
_TOO_LARGE = "the answer was too large to be kept for a turn that was cut short; it was not asked for again"


class Answer(NamedTuple):
    """One answer of the world.

    Parameters
    ----------
    effect
        Whether asking again would be a second effect.
    text
        JSON: ``{"value": ...}`` or ``{"fault": sentence}``; ``null`` is asked again.
    """

    effect: bool
    text: str


class Journal(Protocol):
    """Where the answers of one turn outlive the function."""

    def read(self) -> bytes:
        """Return what was written last; nothing at first."""
        ...

    def write(self, kept: bytes) -> None:
        """Keep at most ``MOST_BYTES`` in place of what was written before."""
        ...


@dataclass(slots=True)
class Recording:
    """The answers of one turn.

    Attributes
    ----------
    journal
        None for a turn that is never run again.
    """

    journal: Journal | None
    _answers: list[Answer] = field(default_factory=list)
    _place: int = -1
    _unwritten: bool = False

    def read(self, ask: Callable[[], Value]) -> Value:
        """Ask what has no effect.

        Raises
        ------
        ScriptError
            What asking raises, or raised the first time.
        """
        self._go_on()
        return self._known(effect=False) if self._is_known() else self._ask(ask, effect=False)

    def affect(self, ask: Callable[[], Value], *, repeatable: bool) -> Value:
        """Ask what has an effect.

        Parameters
        ----------
        ask
            Does it.
        repeatable
            Whether doing the very same again changes nothing and is answered the same.

        Raises
        ------
        ScriptError
            What asking raises, or raised the first time.
        """
        self._go_on()
        if self._is_known():
            return self._known(effect=True)
        self._write()
        try:
            return self._ask(ask, effect=True)
        finally:
            if not repeatable:
                self._write()

    def _go_on(self) -> None:
        if self._place < 0 and self.journal is not None:
            self._answers = unpacked(self.journal.read())
        self._place += 1

    def _is_known(self) -> bool:
        return self._place < len(self._answers) and self._answers[self._place].text != _UNKEPT

    def _known(self, *, effect: bool) -> Value:
        answer = self._answers[self._place]
        # The machine is deterministic, so the same place asks the same; all but the kind is taken for granted.
        if answer.effect is not effect:
            raise RuntimeError("a turn that was run again asked something else")
        return _told(json.loads(answer.text))

    def _ask(self, ask: Callable[[], Value], *, effect: bool) -> Value:
        try:
            told: dict[str, Value] = {"value": ask()}
        except BudgetError:
            raise
        except ScriptError as error:
            told = {"fault": str(error)}
        self._answers[self._place :] = [Answer(effect, json.dumps(told)), *self._answers[self._place + 1 :]]
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


def packed(answers: Sequence[Answer]) -> bytes:
    """Return answers as bytes, as many as fit: the largest ones are left out.

    A reading that was left out is done again by a second run; an effect is not, and its answer is a fault then.
    """
    kept = list(answers)
    largest_first = sorted(range(len(kept)), key=lambda place: len(kept[place].text), reverse=True)
    packed_answers = _compressed(kept)
    for place in largest_first:
        if len(packed_answers) <= MOST_BYTES:
            break
        effect = kept[place].effect
        kept[place] = Answer(effect, json.dumps({"fault": _TOO_LARGE}) if effect else _UNKEPT)
        packed_answers = _compressed(kept)
    return packed_answers


def unpacked(kept: bytes) -> list[Answer]:
    """Return the answers that ``packed`` kept."""
    return [Answer(*answer) for answer in json.loads(zlib.decompress(kept))] if kept else []


def _compressed(answers: Sequence[Answer]) -> bytes:
    return zlib.compress(json.dumps(answers).encode())
