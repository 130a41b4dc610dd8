"""The execution of one turn: frames, variables, limits, and the handling of errors."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from basic.errors import BudgetError, RoleError, ScriptError
from basic.host import EffectKey, Host
from basic.library import Library
from basic.machine.budget import Budget
from basic.machine.execution_state import ExecutionState, Frame
from basic.machine.outcome import Event, FileLink, ScriptFailure, Status, TalkEvent
from basic.program import Program
from basic.sizes import MAX_SIZE, measure_size, measure_text
from basic.turn import TurnFacts
from basic.values import Value, to_finite, to_text

MAX_CALL_DEPTH = 100
"""Nested calls."""

MAX_OUTPUT_BYTES = 1_000_000
"""Size of the messages of one turn; the host may allow less."""

MAX_ERROR_LENGTH = 1_000
"""Characters of the message of a skipped error that the dialog keeps."""

MAX_SECONDS = 60
"""Duration of one turn by the host's clock; the caller may allow less."""

type Operation = Callable[["Run", Any, Any], None]
"""Executes one opcode with its two operands."""


@dataclass(frozen=True, slots=True)
class TurnContext:
    """The inputs of a turn besides the dialog.

    Parameters
    ----------
    id
        The id of the turn; a retry has the same.
    facts
        What is read from the world once.
    host
        Executes all effects.
    seconds
        The time limit, by the host's clock.
    """

    id: str
    facts: TurnFacts
    host: Host
    seconds: float = MAX_SECONDS


class Run:
    """One turn of one dialog.

    Attributes
    ----------
    state
        The state of the dialog, which the turn changes.
    frame
        The innermost script or routine.
    budget
        The limits of the turn.
    status
        None until the turn has ended.
    result
        The value that the outermost script returned.
    """

    def __init__(self, program: Program, library: Library, state: ExecutionState, turn: TurnContext) -> None:
        self.program = program
        self.library = library
        self.state = state
        self.turn = turn.id
        self.facts = replace(turn.facts, cancelled=state.cancelled, error=state.error)
        self.host = turn.host
        self.events: list[Event] = []
        self.status: Status | None = None
        self.result: Value = None
        self.fault: ScriptFailure | None = None
        self.budget = Budget(turn.host.seconds, turn.seconds, self._list_values)
        self._effects = 0
        self._output = 0
        self.frame = state.frames[-1] if state.frames else Frame("")

    def execute(self, operations: Mapping[str, Operation]) -> None:
        """Run until a HEAR, the end of the script, or an error that is not skipped."""
        while self.status is None:
            try:
                self._execute_frame(operations)
            except ScriptError as error:
                self._recover(error)

    def _execute_frame(self, operations: Mapping[str, Operation]) -> None:
        """Run until another frame is the innermost."""
        frame = self.frame
        code, budget = self.program.scripts[frame.script].code, self.budget
        while self.frame is frame and self.status is None:
            opcode, first, second = code[frame.counter]
            frame.counter += 1
            budget.left -= 1
            if budget.left < budget.next_check:
                budget.check()
            operations[opcode](self, first, second)

    # -------------------------------------------------------------------------------------------- limits

    def check_value(self, value: Value) -> Value:
        """Return a new value if it is not too large, and charge its size.

        Raises
        ------
        BudgetError
            If it is too large.
        """
        match value:
            case str():
                if len(value) > MAX_SIZE:
                    raise BudgetError(f"a text is longer than {MAX_SIZE // 1024} KB")
                self.budget.charge_bytes(measure_text(value))
            case list() | dict():
                self.budget.charge_value(value)
            case int() | float() if not isinstance(value, bool):
                return to_finite(value)
            case _:
                pass
        return value

    def to_text(self, value: Value) -> str:
        """Convert a value to text, and charge its size."""
        if isinstance(value, list | dict):
            # Once more, because this is the slowest way to read a value.
            self.budget.charge_bytes(2 * measure_size(value))
        text = to_text(value)
        if text is not value:
            self.budget.charge_bytes(measure_text(text))
        return text

    def next_effect(self) -> EffectKey:
        """Return the key of the turn's next effect."""
        self.budget.check_deadline()
        self._effects += 1
        return EffectKey(self.turn, self._effects)

    def send_message(self, text: str, file: FileLink | None = None) -> None:
        """Send a message to the user, with a file if there is one.

        Raises
        ------
        BudgetError
            If the messages of the turn are too large.
        """
        self._output += len(text.encode(errors="replace"))
        if self._output > MAX_OUTPUT_BYTES:
            raise BudgetError(f"the turn sends more than {MAX_OUTPUT_BYTES:,} bytes")
        self.host.say(text)
        self.events.append(TalkEvent(text, file=file))

    def continue_with(self, answer: Value, *, cancelled: bool = False) -> None:
        """Give the value of a HEAR to the script."""
        self.state.pending = None
        self.state.answered += 1
        self.state.cancelled = cancelled
        self.facts = replace(self.facts, cancelled=cancelled)
        self.frame.stack.append(answer)

    # -------------------------------------------------------------------------------------------- variables

    def get_variable(self, name: str, *, local: bool) -> Value:
        """Return the value of a variable; NOTHING if it has none."""
        return self._scope(local=local).get(name)

    def set_variable(self, name: str, value: Value, *, local: bool) -> None:
        """Assign a value to a variable."""
        self._scope(local=local)[name] = value

    def delete_variable(self, name: str, *, local: bool) -> None:
        """Delete a variable."""
        self._scope(local=local).pop(name, None)

    def has_variable(self, name: str, *, local: bool) -> bool:
        """Return whether a variable has a value."""
        return name in self._scope(local=local)

    def _scope(self, *, local: bool) -> dict[str, Value]:
        variables = self.frame.variables
        return variables if local and variables is not None else self.state.variables

    def _list_values(self) -> Iterator[object]:
        """List everything that the dialog keeps."""
        state = self.state
        yield from (state.variables, state.instructions, state.contexts)
        for frame in state.frames:
            yield from (frame.variables, frame.stack, frame.blocks)

    # -------------------------------------------------------------------------------------------- frames

    def enter(self, frame: Frame) -> None:
        """Start a script or a routine.

        Raises
        ------
        BudgetError
            If too many calls are nested.
        """
        if len(self.state.frames) > MAX_CALL_DEPTH:
            raise BudgetError(f"calls are nested more than {MAX_CALL_DEPTH} deep")
        self.state.frames.append(frame)
        self.frame = frame

    def leave(self, value: Value) -> None:
        """End the innermost script or routine and return a value."""
        self.close_blocks(0)
        self.state.frames.pop()
        if self.state.frames:
            self.frame = self.state.frames[-1]
            self.frame.stack.append(value)
        else:
            self.status = Status.ENDED
            self.result = value

    def close_blocks(self, depth: int) -> None:
        """Close the innermost blocks of the frame down to a depth, and restore their variables."""
        while len(self.frame.blocks) > depth:
            kind, *rest = self.frame.blocks.pop()
            if kind == "each":
                _, _, name, local, before = rest
                if before:
                    self.set_variable(name, before[0], local=local)
                else:
                    self.delete_variable(name, local=local)

    # -------------------------------------------------------------------------------------------- errors

    def warn(self, message: str) -> None:
        """Log for the bot's author that the current statement is ignored, and why."""
        self.host.warn(str(self.build_failure(ScriptError(message))))

    def set_error(self, message: str) -> None:
        """Keep the message of an error for the script; empty if there is none."""
        self.state.error = message[:MAX_ERROR_LENGTH]
        self.facts = replace(self.facts, error=self.state.error)

    def _recover(self, error: ScriptError) -> None:
        """Skip the statement that failed if an ON ERROR RESUME NEXT is active, or else end the dialog."""
        frames = self.state.frames
        handler = next((index for index in reversed(range(len(frames))) if frames[index].resume), None)
        # safeguard: role-error-not-skipped
        if isinstance(error, BudgetError | RoleError) or handler is None:
            self.fail(error)
            return
        while len(frames) > handler + 1:
            self.close_blocks(0)
            frames.pop()
            self.frame = frames[-1]
        self.set_error(str(error))
        statement = self.program.scripts[self.frame.script].find_statement(self.frame.counter - 1)
        self.frame.stack.clear()
        self.close_blocks(statement.blocks)
        self.frame.counter = statement.end

    def fail(self, error: ScriptError) -> None:
        """End the turn with an error at the current instruction."""
        self.fault = self.build_failure(error)
        self.status = Status.FAILED
        self.state.restart = True
        # A tool that refuses its user says nothing about the rest of the dialog.
        self.state.refused = self.fault.is_refusal and not self.state.tool

    def build_failure(self, error: ScriptError) -> ScriptFailure:
        """Return an error with the position of the current instruction."""
        script = self.program.scripts[self.frame.script]
        position = script.get_position(self.frame.counter - 1)
        return ScriptFailure(script.file, position, str(error), is_refusal=isinstance(error, RoleError))
