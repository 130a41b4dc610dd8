"""The machine as its users see it: a dialog is begun, and then goes from turn to turn."""

from collections.abc import Mapping
from dataclasses import replace

from basic import hear
from basic.errors import BudgetError, ScriptError
from basic.library import STANDARD, Library
from basic.machine.commands import carrying_out
from basic.machine.dialog import DIALOG, SAYING
from basic.machine.flow import FLOW, bind
from basic.machine.hearing import HEARING, Attachments, answer
from basic.machine.memory import MEMORY
from basic.machine.operators import OPERATORS
from basic.machine.outcome import Event, Offer, Outcome, RunFault, State, Status, Suggestion, Talk
from basic.machine.run import Operation, Run, Turn
from basic.machine.session import Frame, Session, StateError, dump, load
from basic.machine.web import WEB
from basic.program import Program
from basic.values import Value

_HANDLERS = {**DIALOG, **MEMORY, **WEB}
OPERATIONS: Mapping[str, Operation] = {**OPERATORS, **FLOW, **HEARING, **SAYING, "do": carrying_out(_HANDLERS)}
"""What every instruction does."""

KEYWORDS_WITH_HANDLERS = frozenset(_HANDLERS) | {"TALK"}
"""What the machine can carry out."""


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
        self, script: str, turn: Turn, state: State | None = None, values: Mapping[str, Value] | None = None
    ) -> Outcome:
        """Run a script from its beginning to its first HEAR, or to its end.

        Parameters
        ----------
        script
            The script's name.
        turn
            What the turn is given.
        state
            The session that it runs in, as an earlier turn left it; what was waiting there is given up.
        values
            Its arguments by the names of its PARAMs, and other variables it is given.

        Raises
        ------
        StateError
            If there is no such script, or another machine wrote the state.
        """
        name = script.lower().removesuffix(".bas")
        if name not in self.program.scripts:
            raise StateError(f"the program has no script {script}")
        session = Session(self.program.id) if state is None else _ended(load(state), self.program.id)
        run = Run(self.program, self.library, session, turn)
        run.enter(Frame(name))
        bind(run, dict(values or {}))
        run.go(OPERATIONS)
        return self._outcome(run, state)

    def run(self, state: State, text: str | None, turn: Turn, attachments: Attachments = ()) -> Outcome:
        """Go on where a HEAR waits, with what the user sent.

        Parameters
        ----------
        state
            As the last turn left it.
        text
            What the user wrote; with None nothing happens.
        turn
            What the turn is given.
        attachments
            What came with the text, for the types of HEAR that wait for a file.

        Raises
        ------
        StateError
            If the state belongs to another program, or another machine wrote it.
        """
        session = load(state)
        if session.frames and session.program != self.program.id:
            raise StateError(f"the dialog belongs to program {session.program}, this is {self.program.id}")
        run = Run(self.program, self.library, session, turn)
        if text is not None:
            _select_context(session, text)
        if session.pending is None:
            run.status = Status.ENDED
        elif text is None:
            run.status = Status.WAITING
        else:
            self._answered(run, text, attachments)
        return self._outcome(run, state)

    def _answered(self, run: Run, text: str, attachments: Attachments) -> None:
        pending = run.session.pending
        if pending is None:  # pragma: no cover - run asks only where one waits
            return
        try:
            answer(run, pending, text, attachments)
        except ScriptError as error:
            run.fail(error)
        run.go(OPERATIONS)

    def _outcome(self, run: Run, before: State | None) -> Outcome:
        session = run.session
        fault, status = run.fault, run.status or Status.FAILED
        try:
            if status is not Status.WAITING:
                session = _ended(session, self.program.id)
            state = dump(session)
        except BudgetError as error:
            script = self.program.scripts[run.frame.script]
            fault = fault or RunFault(script.file, script.get_position(run.frame.counter - 1), str(error))
            status = Status.FAILED
            # What this turn made of the session cannot be kept; what the turn before left can.
            state = dump(_ended(load(before) if before else Session(self.program.id), self.program.id))
        events = _with_suggestions(run.events, offered(state), changed=offered(state) != offered(before))
        return Outcome(events, state, status, run.result, fault)


def offered(state: State | None) -> tuple[Suggestion, ...]:
    """Return the quick replies that a state offers: a menu's options, or those of the session."""
    if state is None:
        return ()
    session = load(state)
    menu = session.pending.options if session.pending is not None else []
    options = tuple(Suggestion(option, "text", option) for option in menu)
    if session.pending is not None and session.pending.menu and not session.pending.any:
        return options
    return (*options, *session.suggestions)


def kept_as(state: State | None, text: str) -> str | None:
    """Return what a message is kept as that comes while this state waits; None if it is kept as it is.

    The message is to be kept so whatever becomes of the turn, so this needs no program, and no state that could be gone
    on with.
    """
    match state:
        case {"pending": {"type": str(type_name)}}:
            return hear.kept_as(type_name, text)
    return None


def _ended(session: Session, program: str) -> Session:
    """Give up what runs; what belongs to the session stays."""
    return replace(session, program=program, frames=[], pending=None, headers={})


def _select_context(session: Session, text: str) -> None:
    """Select a context when the user picked its quick reply, which sends its label."""
    for suggestion in session.suggestions:
        if suggestion.kind == "context" and suggestion.label.casefold() == text.strip().casefold():
            session.context = suggestion.value


def _with_suggestions(events: list[Event], suggestions: tuple[Suggestion, ...], *, changed: bool) -> tuple[Event, ...]:
    """Let the last message carry the quick replies; without a message they are an event of their own, if new."""
    for index in reversed(range(len(events))):
        event = events[index]
        if isinstance(event, Talk):
            return (*events[:index], replace(event, suggestions=suggestions), *events[index + 1 :])
    return (*events, Offer(suggestions)) if changed else tuple(events)
