"""What comes out of a turn."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from basic.diagnostics import Position
from basic.values import Value

type State = dict[str, Value]
"""Everything a dialog is between two turns, as JSON can hold it; for the machine's eyes only."""

SuggestionKind = Literal["text", "context", "tool", "action"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A quick reply.

    Parameters
    ----------
    label
        What it says.
    kind
        ``text`` sends the value, ``context`` selects the context of that name, ``tool`` calls the script of that name,
        ``action`` is for the client.
    value
        See there.
    """

    label: str
    kind: SuggestionKind
    value: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One message. The last one of a turn carries the quick replies."""

    text: str
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """Quick replies that changed in a turn without a message."""

    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """WAIT: what follows should come that many seconds later."""

    seconds: float


type Event = Talk | Offer | Pause


class Status(StrEnum):
    """How a turn ended."""

    WAITING = "waiting"
    """A HEAR waits for the next message."""
    ENDED = "ended"
    """The script is over; what the user writes now is for the language model."""
    FAILED = "failed"
    """The script broke; it is over."""


@dataclass(frozen=True, slots=True)
class RunFault:
    """Why a script broke, for its author."""

    file: str
    place: Position
    sentence: str

    def __str__(self) -> str:
        """Show it the way the checker shows a fault."""
        return f"{self.file}:{self.place.line}:{self.place.column}: {self.sentence}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn gave.

    Parameters
    ----------
    events
        What the user gets, in order.
    state
        What the next turn starts from.
    status
        How the turn ended.
    result
        The value of RETURN when the script ended: a tool's answer.
    fault
        Why it broke, if it did.
    """

    events: tuple[Event, ...]
    state: State
    status: Status
    result: Value = None
    fault: RunFault | None = None
