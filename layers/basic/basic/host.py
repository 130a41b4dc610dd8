"""What a script may ask of the world outside: the one way from the machine to any effect.

The machine itself does no input and no output. Every method that has an effect is given an `EffectKey`, the same again
when a turn is retried, so that a host can find what it has already done instead of doing it twice. A method that cannot
do what it is asked raises `basic.errors.ScriptError` with a sentence for the author.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from basic.values import Value


@dataclass(frozen=True, slots=True)
class EffectKey:
    """Names one effect of one turn.

    Parameters
    ----------
    turn
        The id of the turn; a retry has the same.
    step
        Counts the effects of the turn from 1.
    """

    turn: str
    step: int


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request of a script.

    Parameters
    ----------
    method
        ``GET``, ``POST``, ``PUT``, ``PATCH`` or ``DELETE``.
    url
        As the script wrote it; the host refuses what a script may not reach.
    headers
        Those of SET HEADER, and the content type of the body.
    body
        The text to send, or None.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The answer to an `HttpRequest`, whatever its status; header names are lower case."""

    status: int
    reason: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of ``FIND t WHERE field = value AND ...``.

    Parameters
    ----------
    field
        The field's name.
    operator
        ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=`` or ``like``.
    value
        What the field is compared with.
    """

    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class Bound:
    """A value inside the text of a condition, which is never read as part of its language."""

    value: Value


type Where = str | tuple[str | Bound, ...] | tuple[Condition, ...]
"""Which rows: a filter text such as ``status=open``, one with values in it, or conditions that must all hold; an empty
one takes all rows."""

TableOperation = Literal["find", "insert", "save", "append", "update", "delete", "merge"]


@dataclass(frozen=True, slots=True)
class TableRequest:
    """One operation on one table of the bot's data.

    ==========  ===========================  ===========================================
    operation   uses                         answers
    ==========  ===========================  ===========================================
    ``find``    ``where``                    the array of rows
    ``insert``  ``row``                      ``{id, success}`` or ``{success, error}``
    ``save``    ``id``, ``row``              the row as it is stored
    ``append``  ``values``, and              the row as it is stored
                ``columns``: their names if
                the table has none itself
    ``update``  ``where``, ``row``           how many rows
    ``delete``  ``where``                    how many rows
    ``merge``   ``rows``, ``field``          ``{inserted, updated}``
    ==========  ===========================  ===========================================
    """

    operation: TableOperation
    table: str
    where: Where = ()
    id: Value = None
    row: Mapping[str, Value] = field(default_factory=dict)
    rows: Sequence[Value] = ()
    values: Sequence[Value] = ()
    columns: Sequence[str] = ()
    field: str = ""


MemoryScope = Literal["bot", "user"]
AttachmentKind = Literal["kb", "tool"]


class Host(Protocol):
    """The world outside a script."""

    def seconds(self) -> float:
        """Return a clock that never goes back; the machine measures a turn's time with it."""

    def say(self, text: str) -> None:
        """Take note of a message that is said; one that the turn has no room for is a `basic.errors.BudgetError`."""

    def log(self, text: str) -> None:
        """Keep a line that PRINT wrote for the bot's author."""

    def http(self, key: EffectKey, request: HttpRequest) -> HttpResponse:
        """Make a request; every status is an answer, no answer is a `ScriptError`."""

    def table(self, key: EffectKey, request: TableRequest) -> Value:
        """Carry out an operation on the bot's data; see `TableRequest` for what it answers."""

    def recall(self, scope: MemoryScope, name: str) -> Value:
        """Return what is remembered under a name, with all that this turn has remembered; NOTHING if nothing is."""

    def remember(self, key: EffectKey, scope: MemoryScope, name: str, value: Value) -> None:
        """Remember a value under a name, for the bot or for this user."""

    def attach(self, key: EffectKey, kind: AttachmentKind, name: str) -> None:
        """Attach a knowledge base or a tool to the session; one that does not exist is a `ScriptError`."""

    def detach(self, key: EffectKey, kind: AttachmentKind, name: str | None) -> None:
        """Detach one, or all of a kind; one that does not exist is a `ScriptError`."""

    def complete(self, key: EffectKey, prompt: str) -> str:
        """Return what the bot's language model says to a prompt; a `ScriptError` where the bot has none."""
