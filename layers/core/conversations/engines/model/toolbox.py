"""The tools of a turn from several sources, with a journal that makes the turn repeatable."""

from collections.abc import Sequence
from typing import Any

from conversations.data_classes import dataclass
from conversations.domain.model import ModelTool, ToolCall
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.model.tools import CallLimits, Toolbox, ToolResult, ToolRound, ToolSource

MAX_TOOLS = 64
"""Tools of one turn; the description of each takes room in the prompt."""

_ROUND = "model"
"""The name of the model's answers in the journal."""


@dataclass(frozen=True, slots=True)
class JournaledToolbox(Toolbox):
    """``Toolbox`` of several sources.

    The journal has the model's answers that ask for tools, between the results of the tools' operations. If the turn is
    run again, it repeats the same calls with the same arguments, and the journal replays their effects.

    Attributes
    ----------
    journal
        The journal of the turn; reading it is one call of AWS.
    sources
        The sources. The first one that has a tool calls it.
    """

    journal: ReplayJournal
    sources: Sequence[ToolSource]

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the tools of all sources, each name once; see ``Toolbox.list_tools``."""
        tools: dict[str, ModelTool] = {}
        for source in self.sources:
            for tool in source.list_tools():
                tools.setdefault(tool.name, tool)
        return list(tools.values())[:MAX_TOOLS]

    def get_recorded_round(self) -> ToolRound | None:
        """Return the recorded answer; see ``Toolbox.get_recorded_round``."""
        match self.journal.get_recorded(_ROUND):
            case {"text": str(text), "calls": list(calls)}:
                return ToolRound(text, tuple(_parse_call(call) for call in calls))
        return None

    def record_round(self, tool_round: ToolRound) -> None:
        """Record an answer; it is stored before the first effect of its tools. See ``Toolbox.record_round``."""
        calls: list[Any] = [[call.id, call.name, call.arguments] for call in tool_round.calls]
        self.journal.record(_ROUND, {"text": tool_round.text, "calls": calls})

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Call a tool of the first source that has it; see ``Toolbox.call``."""
        source = next((source for source in self.sources if source.has_tool(call.name)), None)
        return ToolResult(f"There is no tool {call.name}.") if source is None else source.call(call, limits)


def _parse_call(call: Any) -> ToolCall:  # noqa: ANN401 - what `record_round` has written
    call_id, name, arguments = call
    return ToolCall(call_id, name, arguments)
