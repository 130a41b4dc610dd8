"""The tree of a script: what the parser makes and the checker and the compiler read."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import cast

from basic.faults import FIRST, Place
from basic.values import Value

# ------------------------------------------------------------------------------------------------ expressions


@dataclass(frozen=True, slots=True)
class Literal:
    """A value as it is written."""

    at: Place
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or a function without arguments that needs no brackets."""

    at: Place
    name: str


@dataclass(frozen=True, slots=True)
class Bare:
    """A word that stands for itself, unless the script has a variable of that name."""

    at: Place
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name``."""

    at: Place
    base: "Expression"
    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """``base[index]``."""

    at: Place
    base: "Expression"
    index: "Expression"


@dataclass(frozen=True, slots=True)
class Unary:
    """``NOT x`` or ``-x``."""

    at: Place
    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``; the operator in its one canonical spelling."""

    at: Place
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """``[a, b]``."""

    at: Place
    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """``#{name: a, "other": b}``, and NEW OBJECT."""

    at: Place
    keys: tuple[str, ...]
    values: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Text with ``${expression}`` in it."""

    at: Place
    parts: tuple["str | Expression", ...]


@dataclass(frozen=True, slots=True)
class Call:
    """``name(arguments)``: a function of the library, or a FUNCTION, a SUB or a script of the bot.

    With CALL before it, ``explicit``, a script of the bot comes before a function of the library.
    """

    at: Place
    name: str
    arguments: tuple["Expression", ...]
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class CallScript:
    """``CALL "script"``."""

    at: Place
    script: "Expression"
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Hear:
    """HEAR as an expression: ask, wait, and be what the user answered.

    Parameters
    ----------
    prompt
        What is said first.
    type
        One of `basic.hear.TYPES`; empty if every answer will do.
    options
        The answers of a menu.
    any
        Whether a menu takes any other text too.
    default
        What it is when all tries were in vain.
    variable
        The name of the variable the answer is for.
    """

    at: Place
    prompt: "Expression | None" = None
    type: str = ""
    options: tuple["Expression", ...] = ()
    any: bool = False
    default: "Expression | None" = None
    variable: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value`` in a WHERE."""

    field: str
    operator: str
    value: "Expression"


@dataclass(frozen=True, slots=True)
class Where:
    """The conditions of a WHERE, all of which must hold."""

    at: Place
    comparisons: tuple[Comparison, ...]


type Slot = "Expression | tuple[Expression, ...] | Where"


@dataclass(frozen=True, slots=True)
class Command:
    """A keyword with what its form asks for: a statement, or an expression if it has a result."""

    at: Place
    keyword: str
    slots: dict[str, Slot] = field(default_factory=dict)


type Expression = (
    Literal
    | Name
    | Bare
    | Member
    | Item
    | Unary
    | Binary
    | ArrayLiteral
    | MapLiteral
    | Template
    | Call
    | CallScript
    | Hear
    | Command
)

type Target = Name | Member | Item
"""What can be assigned to."""

# ------------------------------------------------------------------------------------------------ statements

type Block = tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = value``."""

    at: Place
    target: Target
    value: Expression


@dataclass(frozen=True, slots=True)
class Evaluate:
    """An expression as a statement; what it is worth is dropped."""

    at: Place
    expression: Expression


@dataclass(frozen=True, slots=True)
class TalkBlock:
    """BEGIN TALK ... END TALK: a message per line."""

    at: Place
    lines: tuple[Template, ...]


@dataclass(frozen=True, slots=True)
class SystemPrompt:
    """BEGIN SYSTEM PROMPT ... END SYSTEM PROMPT."""

    at: Place
    text: Template


@dataclass(frozen=True, slots=True)
class If:
    """IF with its branches in order."""

    at: Place
    branches: tuple[tuple[Expression, Block], ...]
    otherwise: Block


@dataclass(frozen=True, slots=True)
class Switch:
    """SWITCH or SELECT CASE."""

    at: Place
    subject: Expression
    cases: tuple[tuple[tuple[Expression, ...], Block], ...]
    default: Block


@dataclass(frozen=True, slots=True)
class ForEach:
    """FOR EACH variable IN items."""

    at: Place
    variable: str
    items: Expression
    body: Block


@dataclass(frozen=True, slots=True)
class ForTo:
    """FOR variable = start TO stop STEP step."""

    at: Place
    variable: str
    start: Expression
    stop: Expression
    step: Expression | None
    body: Block


@dataclass(frozen=True, slots=True)
class Loop:
    """DO and WHILE loops: go on while the condition is what is ``wanted``.

    Parameters
    ----------
    keyword
        ``DO`` or ``WHILE``, which EXIT tells apart.
    condition
        None loops until an EXIT.
    wanted
        False for UNTIL.
    first
        Whether the condition is looked at before the body.
    """

    at: Place
    keyword: str
    condition: Expression | None
    wanted: bool
    first: bool
    body: Block


@dataclass(frozen=True, slots=True)
class With:
    """WITH target: its lines set fields of the map that the target is or becomes."""

    at: Place
    target: Target
    entries: tuple[tuple[Place, tuple[str, ...], Expression], ...]


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN, with or without a value."""

    at: Place
    value: Expression | None


@dataclass(frozen=True, slots=True)
class Exit:
    """EXIT: ``kind`` is empty to end the script, or FOR, DO, WHILE, SUB or FUNCTION."""

    at: Place
    kind: str


@dataclass(frozen=True, slots=True)
class OnError:
    """ON ERROR RESUME NEXT, or ON ERROR GOTO 0."""

    at: Place
    resume: bool


type Statement = (
    Assign | Evaluate | TalkBlock | SystemPrompt | If | Switch | ForEach | ForTo | Loop | With | Return | Exit | OnError
)

# ------------------------------------------------------------------------------------------------ definitions


@dataclass(frozen=True, slots=True)
class Routine:
    """A SUB or a FUNCTION."""

    at: Place
    name: str
    parameters: tuple[str, ...]
    body: Block
    function: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """PARAM: an argument of a script that is called or used as a tool.

    ``type`` is one of ``string``, ``integer``, ``number``, ``boolean``, ``array``, ``object`` and ``date``.
    """

    at: Place
    name: str
    type: str
    example: Value
    description: str
    options: tuple[Value, ...]
    required: bool
    default: Value = None


@dataclass(frozen=True, slots=True)
class TableField:
    """A column of a TABLE."""

    at: Place
    name: str
    type: str
    length: int | None
    precision: int | None
    key: bool
    references: str
    readers: tuple[str, ...]
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """TABLE ... END TABLE."""

    at: Place
    name: str
    connection: str
    fields: tuple[TableField, ...]
    readers: tuple[str, ...]
    writers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole script.

    Parameters
    ----------
    body
        The statements outside any SUB or FUNCTION, in order.
    webhook
        The name the script answers a webhook by, empty if it is none; ``webhook_at`` is where it says so.
    """

    body: Block
    routines: tuple[Routine, ...]
    parameters: tuple[Parameter, ...]
    tables: tuple[Table, ...]
    description: str
    webhook: str
    webhook_at: Place = FIRST


_PARTS: dict[type, tuple[str, ...]] = {}


def walk(root: object) -> Iterator[object]:
    """Visit every node below and including ``root``, also in tuples and in slots; without recursion."""
    left = [root]
    while left:
        node = left.pop()
        kind = type(node)
        if kind is tuple:
            left += cast("tuple[object, ...]", node)
        elif kind is dict:
            left += cast("dict[str, object]", node).values()
        else:
            parts = _PARTS.get(kind)
            if parts is None:
                named = fields(kind) if is_dataclass(kind) else ()
                parts = _PARTS[kind] = tuple(part.name for part in named if part.type is not Place)
            if parts:
                yield node
                left += [getattr(node, part) for part in parts]
