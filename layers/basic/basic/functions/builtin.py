"""A built-in function of the language, and how its arguments are converted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from basic.errors import ScriptError
from basic.functions.costs import Cost, constant, linear
from basic.turn import TurnFacts
from basic.values import Value, describe_type, quote, to_number, to_text

type Arguments = Sequence[Value]
type FunctionBody = Callable[[Arguments, TurnFacts], Value]


@dataclass(frozen=True, slots=True)
class BuiltinFunction:
    """A function that scripts can call.

    Attributes
    ----------
    name
        In upper case, its words joined by ``_``.
    call
        Computes the value from the arguments and the facts of the turn; invalid arguments are a `ScriptError`.
    min_args
        The fewest arguments it accepts.
    max_args
        The most arguments it accepts; None is any number.
    summary
        What it returns, in one line of the reference.
    example
        An equation in the language itself that is true; the tests run it.
    cost
        Returns the cost of a call from the arguments; see `basic.functions.costs`.
    """

    name: str
    call: FunctionBody
    min_args: int
    max_args: int | None
    summary: str
    example: str
    cost: Cost = linear


def without_turn(call: Callable[..., Value]) -> FunctionBody:
    """Adapt a function that takes the arguments one by one and ignores the turn."""

    def body(arguments: Arguments, _: TurnFacts) -> Value:
        return call(*arguments)

    return body


def with_turn(call: Callable[..., Value]) -> FunctionBody:
    """Adapt a function that takes the facts of the turn first and then the arguments one by one."""

    def body(arguments: Arguments, turn: TurnFacts) -> Value:
        return call(turn, *arguments)

    return body


def build_fact(name: str, get: Callable[[TurnFacts], Value], summary: str, example: str) -> BuiltinFunction:
    """Return a function without arguments that returns a fact of the turn."""
    return BuiltinFunction(name, with_turn(get), 0, 0, summary, example, cost=constant)


def to_integer(value: Value, name: str, argument: str) -> int:
    """Convert an argument that must be a whole number.

    Raises
    ------
    ScriptError
        If it is not; the message names the function and the argument.
    """
    try:
        number = to_number(value)
    except ScriptError as error:
        raise ScriptError(f"{name} expects {argument} as a whole number, and {error}") from None
    if number != int(number):
        raise ScriptError(f"{name} expects {argument} as a whole number, not {to_text(number)}")
    return int(number)


def to_array(value: Value, name: str) -> list[Value]:
    """Convert an argument that must be an array; NOTHING is an empty one.

    Raises
    ------
    ScriptError
        If it is something else.
    """
    if value is None:
        return []
    if not isinstance(value, list):
        raise ScriptError(f"{name} expects an array, not {describe(value)}")
    return value


def describe(value: Value) -> str:
    """Describe a value in an error: texts and numbers literally, others by their kind."""
    match value:
        case str():
            return quote(value)
        case bool() | int() | float():
            return to_text(value)
        case _:
            return describe_type(value)
