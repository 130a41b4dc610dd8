"""Nodes for statements."""

from dataclasses import dataclass

from basic.diagnostics import Position
from basic.syntax.tree.expressions import Expression, Target, Template

type Block = tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``."""

    position: Position
    target: Target
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression as a statement; its value is discarded."""

    position: Position
    expression: Expression


@dataclass(frozen=True, slots=True)
class TalkBlock:
    """BEGIN TALK ... END TALK: one message; without a line of text, none."""

    position: Position
    text: Template


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """BEGIN SYSTEM PROMPT ... END SYSTEM PROMPT."""

    position: Position
    text: Template


@dataclass(frozen=True, slots=True)
class If:
    """IF with its branches in order, and the block of its ELSE."""

    position: Position
    branches: tuple[tuple[Expression, Block], ...]
    else_block: Block


@dataclass(frozen=True, slots=True)
class Switch:
    """SWITCH or SELECT CASE."""

    position: Position
    subject: Expression
    cases: tuple[tuple[tuple[Expression, ...], Block], ...]
    default: Block


@dataclass(frozen=True, slots=True)
class ForEach:
    """FOR EACH variable IN items."""

    position: Position
    variable: str
    items: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class ForTo:
    """FOR variable = start TO stop STEP step."""

    position: Position
    variable: str
    start: Expression
    stop: Expression
    step: Expression | None
    body: Block


@dataclass(frozen=True, slots=True)
class Loop:
    """DO and WHILE loops: repeat while the condition equals ``expected``.

    Parameters
    ----------
    keyword
        ``DO`` or ``WHILE``; EXIT distinguishes them.
    condition
        None repeats until an EXIT.
    expected
        False for UNTIL.
    pretest
        Whether the condition is evaluated before the body.
    """

    position: Position
    keyword: str
    condition: Expression | None
    expected: bool
    pretest: bool
    body: Block


@dataclass(frozen=True, slots=True)
class With:
    """WITH target: its lines set fields of the map in the target, which is created if necessary."""

    position: Position
    target: Target
    entries: tuple[tuple[Position, tuple[str, ...], Expression], ...]


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN, with or without a value."""

    position: Position
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Exit:
    """EXIT: ``kind`` is FOR, DO, WHILE, SUB or FUNCTION; empty to end the script."""

    position: Position
    kind: str


@dataclass(frozen=True, slots=True)
class LoopJump:
    """BREAK, or CONTINUE if ``continues``: ``kind`` is FOR, DO or WHILE; empty for the innermost loop."""

    position: Position
    kind: str
    continues: bool


@dataclass(frozen=True, slots=True)
class Dim:
    """DIM: variables with their first values."""

    position: Position
    assignments: tuple[Assign, ...]


@dataclass(frozen=True, slots=True)
class OnError:
    """ON ERROR RESUME NEXT, or ON ERROR GOTO 0."""

    position: Position
    resume: bool


type Statement = (
    Assign
    | Evaluate
    | TalkBlock
    | SystemPrompt
    | If
    | Switch
    | ForEach
    | ForTo
    | Loop
    | With
    | Return
    | Exit
    | LoopJump
    | Dim
    | OnError
)
