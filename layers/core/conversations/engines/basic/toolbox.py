"""The scripts of a bot as tools of its language model, in one turn."""

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from basic.bundle import Bundle
from basic.machine.execution_state import load_state
from basic.machine.outcome import Event, Outcome, Status, StoredState, TalkEvent
from basic.tool_arguments import build_schema, list_problems, parse_arguments
from basic.tools import list_tools, run_tool
from basic.values import to_text
from conversations.domain.metrics import describe_metrics
from conversations.domain.model import ModelTool, ToolCall
from conversations.domain.turn import Turn
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.host import TurnHost
from conversations.engines.basic.messages import build_turn_events
from conversations.engines.model.tools import CallLimits, Toolbox, ToolResult, ToolRound

logger = logging.getLogger(__name__)

MAX_TOOL_MESSAGES = 4
"""Messages that one call sends, if its texts fit into them; more are merged."""

_ROUND = "model"
"""The name of the model's answers in the journal."""

_MAX_NAME_LENGTH = 64
"""Characters of the name of a function (OpenAI and Bedrock)."""


@dataclass(slots=True)
class ScriptToolbox(Toolbox):
    """``Toolbox`` of the scripts that a dialog has attached.

    The journal of the turn has the model's answers that ask for tools, between the results of the tools' operations.
    If the turn is run again, it repeats the same calls with the same arguments, and the journal their effects.

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
    host: TurnHost
    state: StoredState
    _scripts: Mapping[str, str] = field(init=False)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._scripts = _build_names(list_tools(self.bundle.program, load_state(self.state)))

    def list_tools(self) -> Sequence[ModelTool]:
        """Return the attached scripts; see ``Toolbox.list_tools``."""
        return [self._describe(name, script) for name, script in self._scripts.items()]

    def _describe(self, name: str, script_name: str) -> ModelTool:
        script = self.bundle.program.scripts[script_name]
        return ModelTool(name, script.description or script_name.replace("_", " "), build_schema(script))

    def get_recorded_round(self) -> ToolRound | None:
        """Return the recorded answer; see ``Toolbox.get_recorded_round``. It reads the journal, one call of AWS."""
        match self.host.journal.get_recorded(_ROUND):
            case {"text": str(text), "calls": list(calls)}:
                return ToolRound(text, tuple(ToolCall(*(str(part) for part in _to_list(call))) for call in calls))
        return None

    def record_round(self, tool_round: ToolRound) -> None:
        """Record an answer; it is stored before the first effect of its tools. See ``Toolbox.record_round``."""
        calls: list[Any] = [[call.id, call.name, call.arguments] for call in tool_round.calls]
        self.host.journal.record(_ROUND, {"text": tool_round.text, "calls": calls})

    def call(self, call: ToolCall, limits: CallLimits) -> ToolResult:
        """Run a script with checked arguments; see ``Toolbox.call``."""
        self._count += 1
        script_name = self._scripts.get(call.name)
        if script_name is None:
            return ToolResult(f"There is no tool {call.name}. The tools are: {', '.join(self._scripts)}.")
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
            fields = {"bot": self.turn.bot.id, **describe_metrics({"ScriptFaults": 1})}
            logger.error("script failed: %s", outcome.fault, extra=fields)
            return ToolResult("The tool failed. Explain that it did not work.", events)
        return ToolResult(_describe_result(outcome), events, ends_turn=waits)


def _to_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _build_names(scripts: Iterable[str]) -> dict[str, str]:
    """Return the scripts by names that providers accept: letters, digits, ``_`` and ``-``."""
    names: dict[str, str] = {}
    for script in scripts:
        name = base = re.sub(r"[^A-Za-z0-9_-]", "_", script)[:_MAX_NAME_LENGTH] or "_"
        number = 1
        while name in names:
            number += 1
            name = f"{base[: _MAX_NAME_LENGTH - 4]}_{number}"
        names[name] = script
    return names


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
