"""Nodes for expressions."""

from dataclasses import dataclass, field

from basic.diagnostics import Position
from basic.values import Value


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that is written out in the script."""

    position: Position
    value: Value


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, or a function without arguments that needs no brackets."""

    position: Position
    name: str


@dataclass(frozen=True, slots=True)
class Bare:
    """An unquoted word: the text of the word, unless the script has a variable of that name."""

    position: Position
    name: str


@dataclass(frozen=True, slots=True)
class Member:
    """``base.name``, or ``base?.name``, which is NOTHING if the base is."""

    position: Position
    base: "Expression"
    name: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """``base[index]``."""

    position: Position
    base: "Expression"
    index: "Expression"


@dataclass(frozen=True, slots=True)
class Unary:
    """``NOT x`` or ``-x``."""

    position: Position
    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right``; the operator in its canonical spelling."""

    position: Position
    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """``[a, b]``."""

    position: Position
    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class MapLiteral:
    """``#{name: a, "other": b}``, and NEW OBJECT."""

    position: Position
    keys: tuple[str, ...]
    values: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Template:
    """Text with ``${expression}`` in it.

    Parameters
    ----------
    parts
        The texts and expressions, in order.
    unfilled
        Why some ``${`` are not filled in and stay in the text, by their positions.
    """

    position: Position
    parts: tuple["str | Expression", ...]
    unfilled: tuple[tuple[Position, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """``name(arguments)``: a function of the library, or a FUNCTION, a SUB or a script of the bot.

    ``explicit`` means that CALL precedes it; a script of the bot then takes precedence over a function of the library.
    """

    position: Position
    name: str
    arguments: tuple["Expression", ...]
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class ScriptCall:
    """``CALL "script"``."""

    position: Position
    script: "Expression"
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Hear:
    """HEAR as an expression: ask, wait, and return the user's answer.

    Parameters
    ----------
    prompt
        The question; None to ask nothing.
    type
        One of `basic.hear.TYPES`; empty to accept any answer.
    options
        The options of a menu.
    accepts_any
        Whether a menu also accepts any other text.
    default
        The value after too many invalid answers.
    variable
        The name of the variable that receives the answer.
    """

    position: Position
    prompt: "Expression | None" = None
    type: str = ""
    options: tuple["Expression", ...] = ()
    accepts_any: bool = False
    default: "Expression | None" = None
    variable: str = ""


@dataclass(frozen=True, slots=True)
class WhereClause:
    """The condition of a WHERE, or the clauses after it: texts in the language of filters, and the values in them."""

    position: Position
    parts: tuple["str | Expression", ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """``condition ? value : other``, of which one value is evaluated."""

    position: Position
    condition: "Expression"
    value: "Expression"
    other: "Expression"


type SlotValue = Expression | tuple[Expression, ...] | WhereClause


@dataclass(frozen=True, slots=True)
class Command:
    """A keyword with the values of its form: a statement, or an expression if it returns a value."""

    position: Position
    keyword: str
    slots: dict[str, SlotValue] = field(default_factory=dict)


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
    | FunctionCall
    | ScriptCall
    | Hear
    | Command
    | Conditional
)

type Target = Name | Member | Item
"""An expression that can be assigned to."""
