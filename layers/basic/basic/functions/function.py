"""What a function of the language is, and how its arguments are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from basic.errors import BudgetError, ScriptError
from basic.turn import TurnFacts
from basic.values import MAX_SIZE, Value, describe_type, quote, to_number, to_text

type Arguments = Sequence[Value]
type Call = Callable[[Arguments, TurnFacts], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that scripts may call.

    Attributes
    ----------
    name
        In capitals, its words joined by ``_``.
    call
        Takes the arguments and the facts of the turn, gives the value; a fault is a `ScriptError`.
    min_args
        The fewest arguments it takes.
    max_args
        The most arguments it takes; None is any number.
    says
        What it does, for the reference: one line.
    example
        An equation in the language itself that holds; the tests run it.
    """

    name: str
    call: Call
    min_args: int
    max_args: int | None
    says: str
    example: str


def pure(call: Callable[..., Value]) -> Call:
    """Make a `Call` of a function that needs no facts of the turn and takes its arguments one by one."""

    def with_arguments(arguments: Arguments, _: TurnFacts) -> Value:
        return call(*arguments)

    return with_arguments


def turning(call: Callable[..., Value]) -> Call:
    """Make a `Call` of a function that takes the facts of the turn first and then its arguments one by one."""

    def with_arguments(arguments: Arguments, turn: TurnFacts) -> Value:
        return call(turn, *arguments)

    return with_arguments


def whole(value: Value, name: str, what: str) -> int:
    """Read an argument that must be a whole number.

    Raises
    ------
    ScriptError
        If it is none; the sentence names the function and what the argument is.
    """
    try:
        number = to_number(value)
    except ScriptError as error:
        raise ScriptError(f"{name} expects {what} as a whole number, and {error}") from None
    if number != int(number):
        raise ScriptError(f"{name} expects {what} as a whole number, not {to_text(number)}")
    return int(number)


def array(value: Value, name: str) -> list[Value]:
    """Read an argument that must be an array; NOTHING is an empty one.

    Raises
    ------
    ScriptError
        If it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise ScriptError(f"{name} expects an array, not {shown(value)}")
    return value


def bounded(characters: int) -> None:
    """Refuse to make a text that no value could hold, before it takes the memory.

    Raises
    ------
    BudgetError
        If it would have more characters than a value may.
    """
    if characters > MAX_SIZE:
        raise BudgetError(f"a value is larger than {MAX_SIZE // 1024} KB")


def shown(value: Value) -> str:
    """Show a value in a sentence for the author: texts and numbers themselves, of others the kind."""
    match value:
        case str():
            return quote(value)
        case bool() | int() | float():
            return to_text(value)
        case _:
            return describe_type(value)
