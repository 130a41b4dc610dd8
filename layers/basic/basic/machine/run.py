"""One turn at work: the stacks, the budgets, and what happens when something fails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from basic.errors import BudgetError, ScriptError
from basic.host import EffectKey, Host
from basic.library import Library
from basic.machine.outcome import Event, RunFault, Status, Talk
from basic.machine.session import Frame, Session
from basic.program import Program
from basic.turn import TurnFacts
from basic.values import MAX_SIZE, Value, measure_size, to_finite, to_text

MOST_INSTRUCTIONS = 100_000
"""Instructions of one turn. Whatever makes or copies a kilobyte counts as one more."""

MOST_CALLS = 100
"""Calls inside calls."""

MOST_OUTPUT = 1_000_000
"""Bytes that one turn may say; its host may have room for less."""

MOST_SECONDS = 60
"""Time that one turn may take, by the host's clock, unless whoever runs it gives it less."""

_CLOCK_EVERY = 256

type Operation = Callable[["Run", Any, Any], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a turn is given besides the dialog.

    Parameters
    ----------
    id
        Names the turn; a retry has the same.
    facts
        What is read from the world once.
    host
        The way to everything outside.
    seconds
        Time that it may take, by the host's clock.
    """

    id: str
    facts: TurnFacts
    host: Host
    seconds: float = MOST_SECONDS


class Run:
    """One turn of one dialog.

    Attributes
    ----------
    session
        The dialog; changed as the turn goes on.
    frame
        The innermost script or routine.
    status
        None as long as the turn goes on.
    result
        What the outermost script returned.
    """

    def __init__(self, program: Program, library: Library, session: Session, turn: Turn) -> None:
        self.program = program
        self.library = library
        self.session = session
        self.turn = turn.id
        self.facts = turn.facts
        self.host = turn.host
        self._seconds = turn.seconds
        self.events: list[Event] = []
        self.status: Status | None = None
        self.result: Value = None
        self.fault: RunFault | None = None
        self.left = MOST_INSTRUCTIONS
        self._steps = 0
        self._output = 0
        self._started = turn.host.seconds()
        self.frame = session.frames[-1] if session.frames else Frame("")

    def go(self, operations: Mapping[str, Operation]) -> None:
        """Run until a HEAR, the end, or a fault that nobody skips."""
        while self.status is None:
            try:
                self._steps_of_frame(operations)
            except ScriptError as error:
                self._recover(error)

    def _steps_of_frame(self, operations: Mapping[str, Operation]) -> None:
        """Run until another frame is on top."""
        frame = self.frame
        code = self.program.scripts[frame.script].code
        while self.frame is frame and self.status is None:
            operation, first, second = code[frame.counter]
            frame.counter += 1
            self.left -= 1
            if self.left < 0:
                raise BudgetError(f"the turn takes more than {MOST_INSTRUCTIONS:,} instructions")
            if not self.left % _CLOCK_EVERY:
                self.look_at_clock()
            operations[operation](self, first, second)

    # -------------------------------------------------------------------------------------------- budgets

    def charge(self, size: int) -> None:
        """Count what is made or copied: a kilobyte is an instruction."""
        self.left -= size >> 10

    def look_at_clock(self) -> None:
        """Stop a turn that takes too long.

        Raises
        ------
        BudgetError
            If it does.
        """
        if self.host.seconds() - self._started > self._seconds:
            raise BudgetError(f"the turn takes more than {self._seconds:g} seconds")

    def made(self, value: Value) -> Value:
        """Return a value that was just made, if it is not too large.

        Raises
        ------
        BudgetError
            If it is.
        """
        match value:
            case str():
                if len(value) > MAX_SIZE:
                    raise BudgetError(f"a text is longer than {MAX_SIZE // 1024} KB")
                self.charge(len(value))
            case list() | dict():
                self.charge(measure_size(value))
            case int() | float() if not isinstance(value, bool):
                return to_finite(value)
            case _:
                pass
        return value

    def text(self, value: Value) -> str:
        """Return the text of a value, and count what that takes."""
        text = to_text(value)
        if text is not value:
            self.charge(len(text))
        return text

    def effect(self) -> EffectKey:
        """Return the key of the turn's next effect."""
        self.look_at_clock()
        self._steps += 1
        return EffectKey(self.turn, self._steps)

    def say(self, text: str) -> None:
        """Say a message.

        Raises
        ------
        BudgetError
            If the turn has said too much.
        """
        self._output += len(text.encode(errors="replace"))
        if self._output > MOST_OUTPUT:
            raise BudgetError(f"the turn says more than {MOST_OUTPUT:,} bytes")
        self.host.say(text)
        self.events.append(Talk(text))

    # -------------------------------------------------------------------------------------------- variables

    def read(self, name: str, *, local: bool) -> Value:
        """Return a variable; NOTHING if it has no value."""
        return self._scope(local=local).get(name)

    def write(self, name: str, value: Value, *, local: bool) -> None:
        """Give a variable a value."""
        self._scope(local=local)[name] = value

    def forget(self, name: str, *, local: bool) -> None:
        """Take a variable away."""
        self._scope(local=local).pop(name, None)

    def knows(self, name: str, *, local: bool) -> bool:
        """Tell whether a variable has a value."""
        return name in self._scope(local=local)

    def _scope(self, *, local: bool) -> dict[str, Value]:
        own = self.frame.variables
        return own if local and own is not None else self.session.variables

    # -------------------------------------------------------------------------------------------- frames

    def enter(self, frame: Frame) -> None:
        """Start a script or a routine.

        Raises
        ------
        BudgetError
            If too many run inside each other.
        """
        if len(self.session.frames) > MOST_CALLS:
            raise BudgetError(f"calls are nested more than {MOST_CALLS} deep")
        self.session.frames.append(frame)
        self.frame = frame

    def leave(self, value: Value) -> None:
        """End the innermost script or routine with a value."""
        self.close_blocks(0)
        self.session.frames.pop()
        if self.session.frames:
            self.frame = self.session.frames[-1]
            self.frame.stack.append(value)
        else:
            self.status = Status.ENDED
            self.result = value

    def close_blocks(self, keep: int) -> None:
        """Close the innermost blocks of the frame and give back what their variables were before."""
        while len(self.frame.blocks) > keep:
            kind, *rest = self.frame.blocks.pop()
            if kind == "each":
                _, _, name, local, before = rest
                if before:
                    self.write(name, before[0], local=local)
                else:
                    self.forget(name, local=local)

    def _recover(self, error: ScriptError) -> None:
        """Skip the statement that failed, or fail."""
        frames = self.session.frames
        handler = next((index for index in reversed(range(len(frames))) if frames[index].resume), None)
        if isinstance(error, BudgetError) or handler is None:
            self.fail(error)
            return
        while len(frames) > handler + 1:
            self.close_blocks(0)
            frames.pop()
            self.frame = frames[-1]
        span = self.program.scripts[self.frame.script].find_statement(self.frame.counter - 1)
        self.frame.stack.clear()
        self.close_blocks(span.blocks)
        self.frame.counter = span.end

    def fail(self, error: ScriptError) -> None:
        """End everything, and say where and why."""
        script = self.program.scripts[self.frame.script]
        self.fault = RunFault(script.file, script.get_position(self.frame.counter - 1), str(error))
        self.status = Status.FAILED
