"""The tools that a model may call in a turn, as the answer loop sees them."""

import re
from collections.abc import Container, Sequence
from typing import NamedTuple, Protocol

from conversations.data_classes import dataclass
from conversations.domain.model import ModelTool, ToolCall
from conversations.domain.turn import TurnEvent


@dataclass(frozen=True, slots=True)
class ToolRound:
    """An answer of the model that asks for tools.

    Attributes
    ----------
    text
        What it says before them.
    calls
        The calls, in order.
    """

    text: str
    calls: tuple[ToolCall, ...]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call.

    Attributes
    ----------
    content
        The result for the model: also why the call failed.
    events
        Messages of the tool for the user.
    ends_turn
        Whether the tool waits for the user's next message.
    """

    content: str
    events: Sequence[TurnEvent] = ()
    ends_turn: bool = False


class CallLimits(NamedTuple):
    """The limits of a call.

    Attributes
    ----------
    max_messages
        How many messages it may send.
    seconds
        How long it may take.
    """

    max_messages: int
    seconds: float


class ToolSource(Protocol):
    """Tools of one kind, in a turn. Each call is repeatable: the effects of an interrupted turn are not repeated."""

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tools."""
        ...

    def has_tool(self, name: str) -> bool:
        """Return whether a tool is one of these."""
        ...

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Call a tool."""
        ...


class Toolbox(Protocol):
    """The tools of a turn. If the turn is run again, it repeats the same calls, and no effect of them."""

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tools; empty if there are none, or if the conversation has no use for them."""
        ...

    def get_recorded_round(self) -> ToolRound | None:
        """Return what the model answered at this point in an earlier run of the turn; None if it was not recorded."""
        ...

    def record_round(self, tool_round: ToolRound) -> None:
        """Record an answer of the model that asks for tools."""
        ...

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Call a tool."""
        ...


MAX_NAME_LENGTH = 64
"""Characters of the name of a tool (OpenAI and Bedrock)."""


def build_tool_name(name: str, used: Container[str]) -> str:
    """Return a name that providers accept and that is not used: of letters, digits, ``_`` and ``-``."""
    accepted = base = re.sub(r"[^A-Za-z0-9_-]", "_", name)[:MAX_NAME_LENGTH] or "_"
    number = 1
    while accepted in used:
        number += 1
        accepted = f"{base[: MAX_NAME_LENGTH - 4]}_{number}"
    return accepted


class NoTools(Toolbox):
    """The toolbox of a bot without tools."""

    def list_tools(self) -> Sequence[ModelTool]:
        """Return nothing."""
        return ()

    def get_recorded_round(self) -> ToolRound | None:
        """Return nothing."""
        return None

    def record_round(self, tool_round: ToolRound) -> None:
        """Ignore an answer that asks for tools that do not exist: there is no effect to repeat."""

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:  # noqa: ARG002 - signature of the protocol
        """Return an error."""
        return ToolResult(f"There is no tool {call.name}.")
