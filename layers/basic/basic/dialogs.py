"""A turn of a dialog as its user sees it: also when no HEAR waits for an answer, and when a script fails."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from basic import config, tool_form
from basic.bot_server_config import has_bot_server
from basic.bundle import Bundle
from basic.errors import BudgetError
from basic.hear.cancelling import get_cancelled_message, is_cancel
from basic.hear.options import find_same_option
from basic.machine.execution_state import ExecutionState, ToolForm, dump_state, load_state
from basic.machine.hear import Attachments
from basic.machine.machine import Machine, list_quick_replies
from basic.machine.outcome import Event, Outcome, QuickRepliesEvent, StoredState, TalkEvent
from basic.machine.run import TurnContext
from basic.model_config import has_model
from basic.package_names import START_SCRIPT, get_script_name
from basic.tools import run_tool

_ID = re.compile(r"(?=[\w-]*\d)[\w-]{8,64}")
"""What scripts return as the id of something: a word of letters and digits."""


@dataclass(frozen=True, slots=True)
class TurnResult:
    """The result of a turn.

    Attributes
    ----------
    events
        The events for the user, in order.
    state
        The state for the next turn.
    error
        Why the script failed and where, for its author; the user receives a general error message. Empty if it did not
        fail.
    is_free_text
        Whether no script waits for the user's message, so that it is for the bot's language model; then the only event
        is the fallback message, for a bot without a model.
    picked_tool
        The tool that the user has picked, if the language model has to ask for its arguments; else empty.
    """

    events: tuple[Event, ...]
    state: StoredState
    error: str = ""
    is_free_text: bool = False
    picked_tool: str = ""


def begin(bundle: Bundle, turn: TurnContext) -> TurnResult:
    """Run the start script. A bot without one has a welcome message, if its configuration has."""
    if START_SCRIPT not in bundle.program.scripts:
        welcome = bundle.config.get(config.WELCOME_MESSAGE)
        return TurnResult((TalkEvent(welcome),) if welcome else (), dump_state(ExecutionState(bundle.program.id)))
    values = config.get_variables(bundle.config)
    return _build_result(bundle, Machine(bundle.program).start(START_SCRIPT, turn, values=values))


def answer(
    bundle: Bundle, state: StoredState, text: str, turn: TurnContext, attachments: Attachments = ()
) -> TurnResult:
    """Process a message of the user.

    A waiting HEAR receives it. Otherwise it may select the quick reply of a tool, whose script runs then; the return
    value of that script is sent as a message. If the script requires arguments, the language model asks for them, or
    else the bot does, one after the other. After a
    script that failed or was cancelled, the dialog begins again if nothing else can answer. It also begins again for a
    user without a role that the script requires, who may have it by now. Anything else is free text.
    """
    session, machine = load_state(state), Machine(bundle.program)
    # safeguard: role-checked
    if session.refused or not turn.facts.has_role(session.roles):
        return begin(bundle, turn)
    if session.pending is not None:
        outcome = machine.run(state, text, turn, attachments)
        return (
            _send_tool_result(bundle, session.tool, outcome, turn) if session.tool else _build_result(bundle, outcome)
        )
    tool = _find_selected_tool(session, text)
    if tool in bundle.program.scripts:
        return _pick_tool(bundle, tool, state, turn)
    if session.form is not None and session.form.script in bundle.program.scripts:
        return _FormTurn(bundle, state, turn).answer(session.form, text)
    # safeguard: begin-again
    if begins_again(bundle, state):
        return _begin_again(bundle, state, text, turn)
    outcome = machine.run(state, text, turn, attachments)
    return _build_free_text(bundle, outcome.state)


def begins_again(bundle: Bundle, state: StoredState) -> bool:
    """Return whether the next message begins the dialog again.

    It does if the script refused the user, and if it failed and nothing else answers.
    """
    session, is_answered = load_state(state), has_model(bundle.config) or has_bot_server(bundle.config)
    failed = session.restart and START_SCRIPT in bundle.program.scripts and not is_answered
    return session.refused or failed


def _begin_again(bundle: Bundle, state: StoredState, text: str, turn: TurnContext) -> TurnResult:
    """Begin the dialog again; a user who only repeats that it is cancelled does not want that."""
    if is_cancel(text, turn.facts):
        return TurnResult((TalkEvent(get_cancelled_message(turn.facts), list_quick_replies(state)),), state)
    return begin(bundle, turn)


def _build_free_text(bundle: Bundle, state: StoredState, picked_tool: str = "") -> TurnResult:
    fallback = TalkEvent(config.get_fallback_message(bundle.config), list_quick_replies(state))
    return TurnResult((fallback,), state, is_free_text=True, picked_tool=picked_tool)


def _pick_tool(bundle: Bundle, tool: str, state: StoredState, turn: TurnContext) -> TurnResult:
    script = bundle.program.scripts[tool]
    # safeguard: tool-picked-required
    if not any(argument.required for argument in script.arguments):
        return _send_tool_result(bundle, tool, run_tool(bundle, state, tool, {}, turn), turn)
    if has_model(bundle.config):
        return _build_free_text(bundle, state, tool)
    return _FormTurn(bundle, state, turn).proceed(ToolForm(tool))


@dataclass(frozen=True, slots=True)
class _FormTurn:
    """A turn in which the bot asks for an argument of a tool."""

    bundle: Bundle
    state: StoredState
    turn: TurnContext

    def answer(self, form: ToolForm, text: str) -> TurnResult:
        """Fill in an answer of the user."""
        argument = tool_form.find_next(self.bundle.program.scripts[form.script], form)
        if argument is None:
            return self.proceed(form)
        is_cancelled = tool_form.is_cancelled(form, text, self.turn.facts)
        filled = None if is_cancelled else tool_form.fill(argument, form, text, self.turn.facts)
        if filled is None:
            state = self._save(None)
            message = replace(tool_form.cancel(self.turn.facts), quick_replies=list_quick_replies(state))
            return TurnResult((message,), state)
        return self.proceed(filled, *([tool_form.refuse(self.turn.facts)] if filled.tries else []))

    def proceed(self, form: ToolForm, *events: TalkEvent) -> TurnResult:
        """Ask for the next argument, or run the tool."""
        argument = tool_form.find_next(self.bundle.program.scripts[form.script], form)
        if argument is not None:
            waiting, question = tool_form.ask(argument, form, self.turn.facts)
            try:
                return TurnResult((*events, question), self._save(waiting))
            except BudgetError as error:
                failure = TalkEvent(config.get_error_message(self.bundle.config))
                return TurnResult((failure,), self._save(None), f"{form.script}: {error}")
        outcome = run_tool(self.bundle, self.state, form.script, form.values, self.turn)
        return _send_tool_result(self.bundle, form.script, outcome, self.turn)

    def _save(self, form: ToolForm | None) -> StoredState:
        return dump_state(replace(load_state(self.state), form=form))


def join_events(first: Sequence[Event], then: Sequence[Event]) -> tuple[Event, ...]:
    """Concatenate events; only the last ones keep their quick replies."""
    if any(isinstance(event, TalkEvent | QuickRepliesEvent) for event in then):
        first = _remove_suggestions(first)
    return (*first, *then)


def _build_result(bundle: Bundle, outcome: Outcome) -> TurnResult:
    if outcome.fault is None:
        return TurnResult(outcome.events, outcome.state)
    if outcome.fault.is_refusal:
        # Not a failure of the script, so the author need not hear of it.
        return TurnResult(_append_message(outcome, config.get_refusal_message(bundle.config)), outcome.state)
    return _build_failure(bundle, outcome, str(outcome.fault))


def _send_tool_result(bundle: Bundle, tool: str, outcome: Outcome, turn: TurnContext) -> TurnResult:
    """Send the text that a tool returned, unless it has said that already, or it exceeds the limits of the turn."""
    if outcome.fault is not None or not isinstance(outcome.result, str) or _is_said(outcome, outcome.result):
        return _build_result(bundle, outcome)
    try:
        turn.host.say(outcome.result)
    except BudgetError as error:
        return _build_failure(bundle, outcome, f"{bundle.program.scripts[tool].file}: {error}")
    return TurnResult(_append_message(outcome, outcome.result), outcome.state)


def _is_said(outcome: Outcome, result: str) -> bool:
    """Return whether the messages of a tool make its result redundant: it is one of them, or a mere id."""
    messages = [event.text.strip() for event in outcome.events if isinstance(event, TalkEvent)]
    return result.strip() in messages or (bool(messages) and _ID.fullmatch(result.strip()) is not None)


def _build_failure(bundle: Bundle, outcome: Outcome, error: str) -> TurnResult:
    return TurnResult(_append_message(outcome, config.get_error_message(bundle.config)), outcome.state, error)


def _append_message(outcome: Outcome, text: str) -> tuple[Event, ...]:
    """Return the events of a script and then a message, with the quick replies."""
    return join_events(outcome.events, [TalkEvent(text, list_quick_replies(outcome.state))])


def _find_selected_tool(session: ExecutionState, text: str) -> str:
    """Return the tool whose quick reply was selected; empty if none was."""
    tools = [suggestion for suggestion in session.suggestions if suggestion.kind == "tool"]
    label = find_same_option([tool.label for tool in tools], text)
    return next((get_script_name(tool.value) for tool in tools if tool.label == label), "")


def _remove_suggestions(events: Iterable[Event]) -> tuple[Event, ...]:
    return tuple(
        replace(event, quick_replies=()) if isinstance(event, TalkEvent) else event
        for event in events
        if not isinstance(event, QuickRepliesEvent)
    )
