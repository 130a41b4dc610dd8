"""What a call of a function costs, in instructions, besides its result: charged before the function runs.

The cost of a function that reads its arguments completely is at least their size in kilobytes. They are measured for
it, so they are not larger, or nested deeper, than a value may be.
"""

from collections.abc import Callable, Sequence

from basic.errors import BudgetError, ScriptError
from basic.filters.filter import measure_filter
from basic.filters.parser import parse_filter
from basic.sizes import measure_size
from basic.values import Value

type Cost = Callable[[Sequence[Value]], int]

_COMPARISONS_PER_INSTRUCTION = 8
_PARSED_CHARACTERS_PER_INSTRUCTION = 16
_ENCODED_BYTES_PER_INSTRUCTION = 8
"""PyYAML takes about a microsecond for each character."""

_PATTERN_INSTRUCTIONS = 32
"""FORMAT with the longest pattern takes about as long as these."""


def constant(_: Sequence[Value]) -> int:
    """Return the cost of a function that takes the same time for all arguments: none."""
    return 0


def linear(arguments: Sequence[Value]) -> int:
    """Return the cost of a function that reads its arguments once or twice."""
    return sum(map(measure_size, arguments)) >> 9


def appending(arguments: Sequence[Value]) -> int:
    """Return the cost of APPEND: of the new items only, because the result is charged."""
    return linear(arguments[1:])


def sorting(arguments: Sequence[Value]) -> int:
    """Return the cost of SORT: it compares n items n log n times, each time the items' characters."""
    rows = _count_rows(arguments)
    passes = rows.bit_length()
    return by_field(arguments) * max(passes, 1) + rows * passes // _COMPARISONS_PER_INSTRUCTION


def by_field(arguments: Sequence[Value]) -> int:
    """Return the cost of a function that looks up its other arguments, which are names of fields, in each row."""
    names = sum(map(measure_size, arguments[1:]))
    return linear(arguments) + _count_rows(arguments) * (names >> 10)


def joining(arguments: Sequence[Value]) -> int:
    """Return the cost of JOIN, of texts or of rows: the last argument is a field's name or a separator."""
    names = sum(map(measure_size, arguments[-1:]))
    rows = sum(len(argument) for argument in arguments[:-1] if isinstance(argument, list))
    return linear(arguments) + rows * (names >> 10)


def aggregating(arguments: Sequence[Value]) -> int:
    """Return the cost of AGGREGATE: its first argument is the name of a function."""
    return linear(arguments[:1]) + by_field(arguments[1:])


def filtering(arguments: Sequence[Value]) -> int:
    """Return the cost of FILTER with a text; an invalid one costs what finding that out takes."""
    items, condition = arguments
    reading = 2 * linear(arguments)
    if not isinstance(condition, str):
        return reading
    try:
        return measure_filter(parse_filter(condition), items)
    except BudgetError:
        raise
    except ScriptError:
        return reading + len(condition) // _PARSED_CHARACTERS_PER_INSTRUCTION


def formatting(arguments: Sequence[Value]) -> int:
    """Return the cost of FORMAT."""
    return linear(arguments) + (_PATTERN_INSTRUCTIONS if len(arguments) > 1 else 0)


def encoding(arguments: Sequence[Value]) -> int:
    """Return the cost of TOYAML."""
    return measure_size(arguments[0]) // _ENCODED_BYTES_PER_INSTRUCTION


def _count_rows(arguments: Sequence[Value]) -> int:
    return len(arguments[0]) if isinstance(arguments[0], list | dict) else 0
