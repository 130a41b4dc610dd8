"""The state of a dialog between two turns: variables, running scripts and the HEAR that waits."""

import copy
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from basic.errors import BudgetError
from basic.machine.outcome import QuickReply, StoredState
from basic.sizes import measure_size
from basic.values import Value

STATE_FORMAT = 1
"""Bump on incompatible changes."""

MAX_STATE_BYTES = 256 * 1024
"""Size of a state as JSON."""


class StateError(ValueError):
    """A state that this machine cannot resume."""


@dataclass(slots=True)
class Frame:
    """A running script or routine. The names of the fields are stored.

    Parameters
    ----------
    script
        The script's name.
    counter
        The next instruction.
    variables
        The local variables of a routine; None for a script.
    stack
        The operands of the current statement.
    blocks
        The open FOR EACH, FOR and SWITCH blocks: see `basic.machine.control_flow`.
    resume
        Whether statements that fail are skipped.
    """

    script: str
    counter: int = 0
    variables: dict[str, Value] | None = None
    stack: list[Value] = field(default_factory=list)
    blocks: list[list[Any]] = field(default_factory=list)
    resume: bool = False

    def pop_many(self, count: int) -> list[Value]:
        """Remove the last values from the stack and return them, in the order they were pushed."""
        values = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return values


@dataclass(slots=True)
class PendingHear:
    """A HEAR that waits for an answer. The names of the fields are stored.

    Parameters
    ----------
    type
        The name of its type; empty if it accepts every answer.
    fallback
        The answer after the last invalid one.
    menu
        Whether there are options.
    options
        The answers to choose from.
    any
        Whether other answers are accepted too.
    tries
        The number of invalid answers.
    variable
        The variable for the answer.
    """

    type: str = ""
    fallback: Value = ""
    menu: bool = False
    options: list[str] = field(default_factory=list)
    any: bool = False
    tries: int = 0
    variable: str = ""


@dataclass(slots=True)
class ToolForm:
    """A tool that the user has picked, and whose arguments the bot asks for. The names of the fields are stored.

    Parameters
    ----------
    script
        The script's name.
    values
        The answers so far, by the names of the PARAMs.
    options
        The answers to the current question; empty if it has others.
    tries
        The number of invalid answers to the current question.
    """

    script: str
    values: dict[str, Value] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    tries: int = 0


@dataclass(slots=True)
class ExecutionState:
    """Everything that lasts from turn to turn. The names of the fields are stored.

    Parameters
    ----------
    program
        The id of the program of the running scripts.
    variables
        The global variables, by their names in lower case.
    frames
        The running scripts and routines, the innermost last; empty if no script runs.
    pending
        The HEAR that waits.
    suggestions
        The quick replies of ADD SUGGESTION.
    instructions
        The texts of SET CONTEXT.
    contexts, context
        The named contexts of SET CONTEXT, and the name of the selected one.
    prompt
        The text of BEGIN SYSTEM PROMPT.
    collections, tools
        The attached knowledge bases and scripts.
    headers
        The headers of SET HEADER.
    answered
        The number of answered HEARs.
    form
        The tool whose arguments the bot asks for, while no script runs.
    tool
        The tool that runs, whose return value is for the user also after a HEAR; empty if another script or none runs.
    cancelled
        Whether the user cancelled the last HEAR.
    restart
        Whether the script failed or was cancelled, so that the dialog begins again with the next message.
    error
        The message of the last statement that ON ERROR RESUME NEXT skipped; empty if there is none.
    roles
        The roles of ALLOW ROLE, of which the user must have one; empty if none is required.
    refused
        Whether the user had none of them, so that the dialog begins again with the next message.
    answer_mode
        The mode of SET ANSWER MODE, in lower case; empty if the script has set none.
    max_lines
        The number of SET MAX LINES; 0 if the script has set none.
    """

    program: str
    variables: dict[str, Value] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    pending: PendingHear | None = None
    suggestions: list[QuickReply] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    contexts: dict[str, str] = field(default_factory=dict)
    context: str = ""
    prompt: str = ""
    collections: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    form: ToolForm | None = None
    tool: str = ""
    cancelled: bool = False
    restart: bool = False
    error: str = ""
    roles: list[str] = field(default_factory=list)
    refused: bool = False
    answer_mode: str = ""
    max_lines: int = 0


def dump_state(execution: ExecutionState) -> StoredState:
    """Serialize the state of a dialog.

    Raises
    ------
    BudgetError
        If it is too large.
    """
    # Check the size of everything first: shared parts would be serialized several times, deep nesting would recurse.
    measure_size(execution.variables)
    measure_size([part for frame in execution.frames for part in (frame.variables, frame.stack, frame.blocks)])
    measure_size(execution.contexts)
    measure_size(None if execution.form is None else execution.form.values)
    measure_size([*execution.instructions, *execution.headers.values(), execution.prompt])
    state: StoredState = {"format": STATE_FORMAT, **asdict(execution)}
    for name in ("form", "tool", "cancelled", "restart", "error", "roles", "refused", "answer_mode", "max_lines"):
        # So an earlier version can resume most dialogs, too.
        if not state[name]:
            del state[name]
    size = len(json.dumps(state, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > MAX_STATE_BYTES:
        raise BudgetError(f"the state of the dialog is larger than {MAX_STATE_BYTES // 1024} KB")
    return state


def load_state(state: StoredState) -> ExecutionState:
    """Deserialize the state of a dialog; it shares no mutable part with the stored one.

    Raises
    ------
    StateError
        If a newer or an older machine wrote it.
    """
    data: dict[str, Any] = copy.copy(state)
    if data.pop("format", None) != STATE_FORMAT:
        raise StateError(f"the state has format {state.get('format')}, but this machine needs format {STATE_FORMAT}")
    data["frames"] = [_load_frame(frame) for frame in data["frames"]]
    data["pending"] = None if data["pending"] is None else PendingHear(**data["pending"])
    # Earlier versions stored no form.
    form = data.get("form")
    data["form"] = (
        None if form is None else ToolForm(**{**form, "values": dict(form["values"]), "options": list(form["options"])})
    )
    data["suggestions"] = [QuickReply(**suggestion) for suggestion in data["suggestions"]]
    for name in ("variables", "contexts", "headers"):
        data[name] = dict(data[name])
    for name in ("instructions", "collections", "tools"):
        data[name] = list(data[name])
    # Left out if there are none.
    data["roles"] = list(data.get("roles", ()))
    return ExecutionState(**data)


def _load_frame(frame: dict[str, Any]) -> Frame:
    copies = {
        "variables": None if frame["variables"] is None else dict(frame["variables"]),
        "stack": list(frame["stack"]),
        "blocks": [list(block) for block in frame["blocks"]],
    }
    return Frame(**{**frame, **copies})
