"""The scripts of a bot as tools of its language model, in one turn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import Protocol

from basic.bundle import Bundle
from basic.data.sql_tables import SqlTable
from basic.machine.execution_state import load_state
from basic.machine.outcome import Event, Outcome, Status, StoredState, TalkEvent
from basic.machine.run import TurnContext
from basic.tool_arguments import build_schema, list_problems, parse_arguments
from basic.tools import list_tools, run_tool
from basic.values import to_text
from conversations.data_classes import dataclass
from conversations.domain.knowledge import FoundPassage
from conversations.domain.model import ModelTool, ToolCall
from conversations.domain.turn import Turn
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.messages import build_turn_events
from conversations.engines.basic.replay_journal import ReplayJournal
from conversations.engines.basic.script_failures import log_script_failure
from conversations.engines.model.tools import CallLimits, ToolResult, ToolSource, build_tool_name

MAX_TOOL_MESSAGES = 4
"""Messages that one call sends, if its texts fit into them; more are merged."""


class ToolHost(Protocol):
    """The host of scripts that are tools: ``TurnHost``."""

    journal: ReplayJournal

    def turn(self, turn_id: str, now: datetime) -> TurnContext:
        """Return the machine's turn with this host."""
        ...

    def find_passages(self, bases: Sequence[str], query: str) -> list[FoundPassage]:
        """Return the passages of knowledge bases that match a question best."""
        ...

    def list_tables(self) -> Sequence[SqlTable]:
        """Return the tables that the user may read."""
        ...

    def select(self, statement: str, tables: Sequence[SqlTable], seconds: float) -> str:
        """Return the result of a SELECT statement as CSV."""
        ...

    def limit(self, seconds: float, max_messages: int) -> None:
        """Set the time and the messages of the script that runs next."""
        ...


@dataclass(slots=True)
class ScriptTools(ToolSource):
    """``ToolSource`` of the scripts that a dialog has attached.

    Attributes
    ----------
    turn
        The turn.
    bundle
        The version of the bot.
    host
        The host of its scripts.
    state
        The state of the dialog, which the tools change.
    """

    turn: Turn
    bundle: Bundle
    host: ToolHost
    state: StoredState
    _scripts: Mapping[str, str] = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        names: dict[str, str] = {}
        for script in list_tools(self.bundle.program, load_state(self.state)):
            names[build_tool_name(script, names)] = script
        self._scripts = names

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the attached scripts; see ``ToolSource.list_tools``."""
        return [self._describe(name, script) for name, script in self._scripts.items()]

    def _describe(self, name: str, script_name: str) -> ModelTool:
        script = self.bundle.program.scripts[script_name]
        return ModelTool(name, script.description or script_name.replace("_", " "), build_schema(script))

    def has_tool(self, name: str) -> bool:
        """Return whether a script has this name as a tool."""
        return name in self._scripts

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Run a script with checked arguments; see ``ToolSource.call``."""
        self._count += 1
        script_name = self._scripts[call.name]
        # The keys of effects and the random numbers differ from those of other calls of the turn.
        turn = self.host.turn(f"{self.turn.id}:tool-{self._count}", self.turn.now)
        arguments = parse_arguments(self.bundle.program.scripts[script_name], call.arguments, turn.facts)
        problems = "; ".join(list_problems(arguments))
        # safeguard: tool-arguments
        if problems:
            return ToolResult(f"The tool has not run. {problems}. Ask the user for what you do not know.")
        seconds = min(limits.seconds, MAX_SCRIPT_SECONDS)
        self.host.limit(seconds, limits.max_messages)
        outcome = run_tool(self.bundle, self.state, script_name, arguments.values, replace(turn, seconds=seconds))
        self.state = outcome.state
        return self._build_result(outcome, limits.max_messages)

    def _build_result(self, outcome: Outcome, max_messages: int) -> ToolResult:
        waits = outcome.status is Status.WAITING
        output = outcome.events if waits else _list_messages(outcome.events)
        events = build_turn_events(output, min(MAX_TOOL_MESSAGES, max_messages))
        if outcome.fault is not None:
            log_script_failure(self.turn.bot.id, str(outcome.fault))
            return ToolResult("The tool failed. Explain that it did not work.", events)
        return ToolResult(_describe_result(outcome), events, ends_turn=waits)


def _list_messages(events: Iterable[Event]) -> list[TalkEvent]:
    """Return the messages without quick replies, which the answer of the model has, and without delays before it."""
    return [replace(event, quick_replies=()) for event in events if isinstance(event, TalkEvent)]


def _describe_result(outcome: Outcome) -> str:
    """Return the value of RETURN, and what the user has been shown, for the model."""
    result = to_text(outcome.result)
    shown = "\n".join(event.text for event in outcome.events if isinstance(event, TalkEvent) and event.text.strip())
    if not shown or shown.strip() == result.strip():
        return result or "Done."
    return "\n".join(part for part in (result, f"The user has been shown: {shown}") if part)
