"""A turn of a dialog as its user sees it: also when no HEAR waits for an answer, and when a script fails."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from basic import config
from basic.bundle import Bundle
from basic.errors import BudgetError
from basic.machine.execution_state import ExecutionState, load_state
from basic.machine.hear import Attachments
from basic.machine.machine import Machine, list_quick_replies
from basic.machine.outcome import Event, Outcome, QuickRepliesEvent, StoredState, TalkEvent
from basic.machine.run import TurnContext

START = "start"
"""The script that runs when a conversation begins."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The result of a turn.

    Attributes
    ----------
    events
        The events for the user, in order.
    state
        The state for the next turn; None for a bot without a start script.
    error
        Why the script failed and where, for its author; the user receives a general error message. Empty if it did not
        fail.
    """

    events: tuple[Event, ...]
    state: StoredState | None
    error: str = ""


def begin(bundle: Bundle, turn: TurnContext) -> TurnResult:
    """Run the start script, if the bot has one."""
    if START not in bundle.program.scripts:
        return TurnResult((), None)
    values = config.get_variables(bundle.config)
    return _build_result(bundle, Machine(bundle.program).start(START, turn, values=values))


def answer(
    bundle: Bundle, state: StoredState | None, text: str, turn: TurnContext, attachments: Attachments = ()
) -> TurnResult:
    """Process a message of the user.

    A waiting HEAR receives it. Otherwise it may select the quick reply of a tool, whose script runs then; the return
    value of that script is sent as a message. The reply to anything else is the fallback message of the configuration.
    """
    if state is None:
        return TurnResult((TalkEvent(config.get_fallback_message(bundle.config)),), None)
    session, machine = load_state(state), Machine(bundle.program)
    if session.pending is None:
        tool = _find_selected_tool(session, text)
        if tool in bundle.program.scripts:
            return _send_tool_result(bundle, tool, machine.start(tool, turn, state), turn)
    outcome = machine.run(state, text, turn, attachments)
    if session.pending is not None:
        return _build_result(bundle, outcome)
    fallback = TalkEvent(config.get_fallback_message(bundle.config), list_quick_replies(outcome.state))
    return TurnResult((fallback,), outcome.state)


def join_events(first: Sequence[Event], then: Sequence[Event]) -> tuple[Event, ...]:
    """Concatenate events; only the last ones keep their quick replies."""
    if any(isinstance(event, TalkEvent | QuickRepliesEvent) for event in then):
        first = _remove_suggestions(first)
    return (*first, *then)


def _build_result(bundle: Bundle, outcome: Outcome) -> TurnResult:
    if outcome.fault is None:
        return TurnResult(outcome.events, outcome.state)
    return _build_failure(bundle, outcome, str(outcome.fault))


def _send_tool_result(bundle: Bundle, tool: str, outcome: Outcome, turn: TurnContext) -> TurnResult:
    """Send the text that a tool returned, unless it exceeds the limits of the turn."""
    if outcome.fault is not None or not isinstance(outcome.result, str):
        return _build_result(bundle, outcome)
    try:
        turn.host.say(outcome.result)
    except BudgetError as error:
        return _build_failure(bundle, outcome, f"{bundle.program.scripts[tool].file}: {error}")
    return TurnResult(_append_message(outcome, outcome.result), outcome.state)


def _build_failure(bundle: Bundle, outcome: Outcome, error: str) -> TurnResult:
    return TurnResult(_append_message(outcome, config.get_error_message(bundle.config)), outcome.state, error)


def _append_message(outcome: Outcome, text: str) -> tuple[Event, ...]:
    """Return the events of a script and then a message, with the quick replies."""
    return join_events(outcome.events, [TalkEvent(text, list_quick_replies(outcome.state))])


def _find_selected_tool(session: ExecutionState, text: str) -> str:
    """Return the tool whose quick reply was selected; empty if none was."""
    label = text.strip().casefold()
    tools = (suggestion for suggestion in session.suggestions if suggestion.kind == "tool")
    selected = (tool.value for tool in tools if tool.label.strip().casefold() == label)
    return next((value.lower().removesuffix(".bas") for value in selected), "")


def _remove_suggestions(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(
        replace(event, quick_replies=()) if isinstance(event, TalkEvent) else event
        for event in events
        if not isinstance(event, QuickRepliesEvent)
    )
