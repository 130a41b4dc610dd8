"""The state of a dialog: what lies between two turns, and where every running script stands."""

import copy
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from basic.errors import BudgetError
from basic.machine.outcome import State, Suggestion
from basic.values import Value, measure_size

FORMAT = 1
"""Grows when older states could not be gone on with."""

MOST_BYTES = 256 * 1024
"""Bytes of the largest state, written as JSON."""


class StateError(ValueError):
    """A state that this machine cannot go on with."""


@dataclass(slots=True)
class Frame:
    """A script or a routine that runs.

    Parameters
    ----------
    script
        The script's name.
    counter
        The next instruction.
    variables
        The routine's own variables; None for a script.
    stack
        The values that the statement at hand works with.
    blocks
        The open FOR EACH, FOR and SWITCH blocks: see `basic.machine.flow`.
    resume
        Whether a statement that fails is skipped.
    """

    script: str
    counter: int = 0
    variables: dict[str, Value] | None = None
    stack: list[Value] = field(default_factory=list)
    blocks: list[list[Any]] = field(default_factory=list)
    resume: bool = False


@dataclass(slots=True)
class Pending:
    """A HEAR that waits.

    Parameters
    ----------
    type
        What the validators know it by; empty if every answer will do.
    fallback
        What the answer is when all tries were in vain.
    menu
        Whether there are options.
    options
        The answers to choose from.
    any
        Whether any other answer will do too.
    tries
        The tries that were in vain.
    variable
        What the answer is for.
    """

    type: str = ""
    fallback: Value = ""
    menu: bool = False
    options: list[str] = field(default_factory=list)
    any: bool = False
    tries: int = 0
    variable: str = ""


@dataclass(slots=True)
class Session:
    """All that lasts.

    Parameters
    ----------
    program
        The id of the program that the running scripts belong to.
    variables
        The session's variables, by their names in lower case.
    frames
        What runs, the innermost last; empty when the script has ended.
    pending
        The HEAR that waits.
    suggestions
        The quick replies of the session.
    instructions
        The texts of SET CONTEXT.
    contexts
        Those with a name, and `context` the one that was selected.
    prompt
        The text of BEGIN SYSTEM PROMPT.
    collections, tools
        The attached knowledge bases and scripts.
    headers
        Those of SET HEADER.
    answered
        How many HEARs have been answered.
    """

    program: str
    variables: dict[str, Value] = field(default_factory=dict)
    frames: list[Frame] = field(default_factory=list)
    pending: Pending | None = None
    suggestions: list[Suggestion] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)
    contexts: dict[str, str] = field(default_factory=dict)
    context: str = ""
    prompt: str = ""
    collections: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    answered: int = 0


def dump(session: Session) -> State:
    """Return a session as plain data.

    Raises
    ------
    BudgetError
        If it is larger than a state may be.
    """
    # The size first: parts that are shared would be written out each time, and nesting would be gone through.
    measure_size(session.variables)
    for frame in session.frames:
        blocks: list[Value] = [list(block) for block in frame.blocks]
        measure_size([frame.variables, frame.stack, blocks])
    state: State = {"format": FORMAT, **asdict(session)}
    size = len(json.dumps(state, ensure_ascii=False).encode(errors="surrogatepass"))
    if size > MOST_BYTES:
        raise BudgetError(f"the state of the dialog is larger than {MOST_BYTES // 1024} KB")
    return state


def load(state: State) -> Session:
    """Return the session that `dump` wrote; it shares nothing with the state that could change.

    Raises
    ------
    StateError
        If it was written by a newer or an older machine.
    """
    data: dict[str, Any] = copy.copy(state)
    if data.pop("format", None) != FORMAT:
        raise StateError(f"the state has format {state.get('format')}, this machine goes on with {FORMAT}")
    data["frames"] = [
        Frame(
            **{
                **frame,
                "variables": None if frame["variables"] is None else dict(frame["variables"]),
                "stack": list(frame["stack"]),
                "blocks": [list(block) for block in frame["blocks"]],
            }
        )
        for frame in data["frames"]
    ]
    data["pending"] = None if data["pending"] is None else Pending(**data["pending"])
    data["suggestions"] = [Suggestion(**suggestion) for suggestion in data["suggestions"]]
    for name in ("variables", "contexts", "headers"):
        data[name] = dict(data[name])
    for name in ("instructions", "collections", "tools"):
        data[name] = list(data[name])
    return Session(**data)
