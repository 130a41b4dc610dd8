"""The virtual machine: starts a script and resumes it turn by turn."""

from collections.abc import Mapping
from dataclasses import replace

from basic import hear
from basic.errors import BudgetError, ScriptError
from basic.hear.matching import is_same
from basic.library import STANDARD, Library
from basic.machine import (
    automation,
    calls,
    containers,
    control_flow,
    data,
    dialog,
    files,
    http,
    mail,
    memory,
    operators,
    text,
)
from basic.machine import hear as hear_operations
from basic.machine.calls import bind_arguments
from basic.machine.commands import Handler, command_operation
from basic.machine.execution_state import ExecutionState, Frame, PendingHear, StateError, dump_state, load_state
from basic.machine.hear import Attachments, answer_hear, list_options
from basic.machine.outcome import (
    Event,
    Outcome,
    QuickRepliesEvent,
    QuickReply,
    Status,
    StoredState,
    TalkEvent,
)
from basic.machine.run import Operation, Run, TurnContext
from basic.program import Program
from basic.values import Value

_HANDLERS: Mapping[str, Handler] = {
    **control_flow.HANDLERS,
    **dialog.HANDLERS,
    **memory.HANDLERS,
    **data.HANDLERS,
    **http.HANDLERS,
    **files.HANDLERS,
    **mail.HANDLERS,
    **automation.HANDLERS,
    **text.HANDLERS,
}

OPERATIONS: Mapping[str, Operation] = {
    **operators.OPERATIONS,
    **containers.OPERATIONS,
    **memory.OPERATIONS,
    **control_flow.OPERATIONS,
    **calls.OPERATIONS,
    **hear_operations.OPERATIONS,
    **dialog.OPERATIONS,
    "do": command_operation(_HANDLERS),
}
"""The operation of each opcode."""

SUPPORTED_COMMANDS = frozenset(_HANDLERS) | {"TALK"}
"""The keywords that the machine can execute: those with the role COMMAND, and SET SCHEDULE with a computed time."""

_WAITING_COMMANDS = frozenset((*data.HANDLERS, *http.HANDLERS, *files.HANDLERS, *mail.HANDLERS)) | frozenset(
    ("LLM", "REWRITE", "THINK KB", "TALK TO")
)
"""The keywords that use a service for a time which the script does not know: a request, a search, a file."""


def may_wait(program: Program) -> bool:
    """Return whether a turn of a program may take long: whether any of its scripts uses a service.

    Reading a memory does not count: it takes a few milliseconds.
    """
    return any(
        opcode == "do" and keyword in _WAITING_COMMANDS
        for script in program.scripts.values()
        for opcode, keyword, _ in script.code
    )


_PURE_COMMANDS = frozenset(
    (
        *control_flow.HANDLERS,
        *("PRINT", "WAIT", "ADD SUGGESTION", "CLEAR SUGGESTIONS", "SET CONTEXT"),
        *("SET BOT MEMORY", "SET USER MEMORY", "REMEMBER", "GET SESSION", "SET SESSION"),
    )
)
"""The keywords that use no service: the state of the dialog and new values of memories are stored with the turn."""


def is_pure(program: Program) -> bool:
    """Return whether no script of a program uses a service, so that a turn can run again without an effect."""
    return all(
        opcode != "do" or keyword in _PURE_COMMANDS
        for script in program.scripts.values()
        for opcode, keyword, _ in script.code
    )


class Machine:
    """Runs the scripts of one program.

    Parameters
    ----------
    program
        The compiled scripts.
    library
        The functions they call.
    """

    def __init__(self, program: Program, library: Library = STANDARD) -> None:
        self.program = program
        self.library = library

    def start(
        self,
        script: str,
        turn: TurnContext,
        state: StoredState | None = None,
        values: Mapping[str, Value] | None = None,
        *,
        is_tool: bool = False,
    ) -> Outcome:
        """Run a script from its beginning to its first HEAR or its end.

        Parameters
        ----------
        script
            The script's name.
        turn
            The inputs of the turn.
        state
            The state after an earlier turn; scripts that are still running there end.
        values
            Its arguments by the names of its PARAMs, and other variables.
        is_tool
            Whether its return value is for the user, also after a HEAR.

        Raises
        ------
        StateError
            If there is no such script, or an incompatible machine wrote the state.
        """
        name = script.lower().removesuffix(".bas")
        if name not in self.program.scripts:
            raise StateError(f"the program has no script {script}")
        execution = (
            ExecutionState(self.program.id) if state is None else _end_scripts(load_state(state), self.program.id)
        )
        execution.restart = execution.refused = False
        execution.tool = name if is_tool else ""
        run = Run(self.program, self.library, execution, turn)
        run.enter(Frame(name))
        bind_arguments(run, dict(values or {}))
        run.execute(OPERATIONS)
        return self._build_outcome(run, state)

    def run(self, state: StoredState, text: str | None, turn: TurnContext, attachments: Attachments = ()) -> Outcome:
        """Resume at the HEAR that waits, with the user's message.

        Parameters
        ----------
        state
            The state after the last turn.
        text
            The user's message; None runs nothing.
        turn
            The inputs of the turn.
        attachments
            The attachments of the message, for the types of HEAR that need a file.

        Raises
        ------
        StateError
            If the state belongs to another program, or an incompatible machine wrote it.
        """
        execution = load_state(state)
        if execution.frames and execution.program != self.program.id:
            raise StateError(f"the dialog belongs to program {execution.program}, this is {self.program.id}")
        run = Run(self.program, self.library, execution, turn)
        if text is not None:
            _select_context(execution, text)
        if execution.pending is None:
            run.status = Status.ENDED
        elif text is None:
            run.status = Status.WAITING
        else:
            _answer(run, execution.pending, text, attachments)
        return self._build_outcome(run, state)

    def _build_outcome(self, run: Run, before: StoredState | None) -> Outcome:
        execution, fault, status = run.state, run.fault, run.status or Status.FAILED
        try:
            if status is not Status.WAITING:
                execution = _end_scripts(execution, self.program.id)
            state = dump_state(execution)
        except BudgetError as error:
            fault, status = fault or run.build_failure(error), Status.FAILED
            state = dump_state(replace(self._recover(before), restart=True))
        quick_replies = list_quick_replies(state)
        changed = quick_replies != list_quick_replies(before)
        events = _add_quick_replies(run.events, quick_replies, changed=changed)
        return Outcome(events, state, status, run.result, fault)

    def _recover(self, before: StoredState | None) -> ExecutionState:
        """Return the state before a turn whose own state is too large to be stored."""
        return _end_scripts(load_state(before) if before else ExecutionState(self.program.id), self.program.id)


def _answer(run: Run, pending: PendingHear, text: str, attachments: Attachments) -> None:
    try:
        answer_hear(run, pending, text, attachments)
    except ScriptError as error:
        run.fail(error)
    run.execute(OPERATIONS)


def list_quick_replies(state: StoredState | None) -> tuple[QuickReply, ...]:
    """Return the quick replies of a state: options of the menu, and those of ADD SUGGESTION if it accepts others.

    While the bot asks for the argument of a tool, they are the options of the argument. While a HEAR of a tool or with
    a type waits, tools are left out: their labels would be read as the answer.
    """
    if state is None:
        return ()
    execution = load_state(state)
    if execution.form is not None:
        return tuple(QuickReply(option, "text", option) for option in execution.form.options)
    suggestions = execution.suggestions
    if execution.pending is not None and (execution.tool or execution.pending.type):
        suggestions = [suggestion for suggestion in suggestions if suggestion.kind != "tool"]
    return list_options(execution.pending, suggestions)


def redacted_as(state: StoredState | None, text: str) -> str | None:
    """Return the text to store instead of a message in this state; None if the message is stored unchanged.

    The message is stored even if the turn fails, so this needs neither a program nor a valid state.
    """
    match state:
        case {"pending": {"type": str(type_name)}}:
            return hear.redacted_as(type_name, text)
    return None


def _end_scripts(execution: ExecutionState, program: str) -> ExecutionState:
    """Return a state without running scripts."""
    return replace(execution, program=program, frames=[], pending=None, headers={}, form=None, tool="", error="")


def _select_context(execution: ExecutionState, text: str) -> None:
    """Select a context if the message is the label of its quick reply."""
    for quick_reply in execution.suggestions:
        if quick_reply.kind == "context" and is_same(quick_reply.label, text):
            execution.context = quick_reply.value


def _add_quick_replies(
    events: list[Event], quick_replies: tuple[QuickReply, ...], *, changed: bool
) -> tuple[Event, ...]:
    """Add the quick replies to the last message; without a message they are an event of their own, if changed."""
    for index in reversed(range(len(events))):
        event = events[index]
        if isinstance(event, TalkEvent):
            return (*events[:index], replace(event, quick_replies=quick_replies), *events[index + 1 :])
    return (*events, QuickRepliesEvent(quick_replies)) if changed else tuple(events)
