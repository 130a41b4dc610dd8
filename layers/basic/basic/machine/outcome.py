"""The outcome of a turn."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from basic.diagnostics import Position
from basic.errors import ScriptError
from basic.values import Value

type StoredState = dict[str, Value]
"""The state of a dialog between two turns as JSON; only the machine reads it (`basic.machine.execution_state`)."""

MAX_QUICK_REPLY_BYTES = 16 * 1024
"""Bytes of the quick replies of one message. A frame has 128 KB (AWS quota), and the content up to 32 KB of them."""

_FIELD_BYTES = 32

QuickReplyKind = Literal["text", "context", "tool", "action"]


@dataclass(frozen=True, slots=True)
class QuickReply:
    """A quick reply, from ADD SUGGESTION or a menu.

    Parameters
    ----------
    label
        The text on the button.
    kind
        ``text`` sends the value, ``context`` selects the context of that name, ``tool`` calls the script of that name,
        ``action`` is for the client.
    value
        See `kind`.
    """

    label: str
    kind: QuickReplyKind
    value: str

    @property
    def size(self) -> int:
        """The bytes in a message, with the names of two fields around the texts."""
        # A client sends the label to select a context or a tool.
        sent = self.label if self.kind in ("context", "tool") else self.value
        return len(f"{self.label}{sent}".encode(errors="replace")) + _FIELD_BYTES


def require_space(quick_replies: Iterable[QuickReply], name: str) -> None:
    """Require that quick replies fit into one message.

    Raises
    ------
    ScriptError
        If they are too large; ``name`` is what they are called in its message.
    """
    if sum(quick_reply.size for quick_reply in quick_replies) > MAX_QUICK_REPLY_BYTES:
        raise ScriptError(f"{name} are larger than {MAX_QUICK_REPLY_BYTES // 1024} KB")


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that the user can download.

    Parameters
    ----------
    name
        Its name.
    content_type
        Its media type.
    url
        Where it can be downloaded.
    """

    name: str
    content_type: str
    url: str


@dataclass(frozen=True, slots=True)
class TalkEvent:
    """A message, with the file of SEND FILE. The last one of a turn carries the quick replies."""

    text: str
    quick_replies: tuple[QuickReply, ...] = ()
    file: FileLink | None = None


@dataclass(frozen=True, slots=True)
class QuickRepliesEvent:
    """Quick replies that changed in a turn without a message."""

    quick_replies: tuple[QuickReply, ...]


@dataclass(frozen=True, slots=True)
class WaitEvent:
    """A delay of the following events, in seconds."""

    seconds: float


type Event = TalkEvent | QuickRepliesEvent | WaitEvent


class Status(StrEnum):
    """How a turn ended."""

    WAITING = "waiting"
    """A HEAR waits for the next message."""
    ENDED = "ended"
    """The script has ended; further messages are for the language model."""
    FAILED = "failed"
    """The script has ended with an error."""


@dataclass(frozen=True, slots=True)
class ScriptFailure:
    """Why a script failed, for its author; ``is_refusal`` if the user has not the role that it requires."""

    file: str
    position: Position
    message: str
    is_refusal: bool = False

    def __str__(self) -> str:
        """Format it like a diagnostic of the checker."""
        return f"{self.file}:{self.position.line}:{self.position.column}: {self.message}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a turn.

    Parameters
    ----------
    events
        What to send to the user, in order.
    state
        The state for the next turn.
    status
        How the turn ended.
    result
        The value of RETURN if the script ended: the answer of a tool.
    fault
        Why the script failed, if it did.
    """

    events: tuple[Event, ...]
    state: StoredState
    status: Status
    result: Value = None
    fault: ScriptFailure | None = None
