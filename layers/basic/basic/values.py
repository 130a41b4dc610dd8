"""The values of the language and what its operators mean by them.

A value is what JSON can hold. Values are never changed in place: two variables never share one, which is what lets a
dialog be saved and loaded between any two messages without a difference.

Where the documents leave it open, this is the rule:

- ``NOTHING`` counts as 0 beside a number and equals the empty text, because a missing field is NOTHING and a missing
  memory is empty text, and scripts ask for both in both ways;
- text that is a number compares as one beside a number (an answer to HEAR is text);
- whole numbers beyond 64 bits go on as floating point; a number that has no finite value is an error.
"""

import json
import math
import re
from collections.abc import Mapping

from basic.errors import BudgetError, ScriptError

type Value = bool | int | float | str | list[Value] | dict[str, Value] | None
type Number = int | float

MAX_SIZE = 256 * 1024
"""Characters and parts of the largest value; no state could hold a larger one."""

MAX_DEPTH = 32
"""Arrays in maps in arrays: the nesting of the deepest value."""

_LARGEST_WHOLE = 2**63
_NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def is_numeric(text: str) -> bool:
    """Tell whether a text is a number once it is trimmed: ``12``, ``-1.5``, ``.25``, ``1e3``; not ``1,000``."""
    return _NUMERIC.fullmatch(text.strip()) is not None


def to_finite(number: Number) -> Number:
    """Return a number as the language keeps it.

    Raises
    ------
    ScriptError
        If it has no finite value.
    """
    if isinstance(number, int):
        if -_LARGEST_WHOLE <= number < _LARGEST_WHOLE:
            return number
        try:
            number = float(number)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise ScriptError("the number is too large")
    return number


def parse_number(text: str) -> Number | None:
    """Return the number that a text is, or None."""
    trimmed = text.strip()
    if not _NUMERIC.fullmatch(trimmed) or len(trimmed) > 400:  # noqa: PLR2004 - no finite number is longer
        return None
    number = float(trimmed)
    if not math.isfinite(number):
        return None
    return to_finite(int(trimmed)) if trimmed.lstrip("+-").isdigit() else number


def to_number(value: Value) -> Number:
    """Return a value as a number.

    Raises
    ------
    ScriptError
        If it is text that is no number, an array or a map.
    """
    match value:
        case None:
            return 0
        case bool():
            return int(value)
        case int() | float():
            return value
        case str():
            number = parse_number(value)
            if number is None:
                raise ScriptError(f"{quote(value)} is not a number")
            return number
        case _:
            raise ScriptError(f"{describe_type(value)} is not a number")


def to_text(value: Value) -> str:
    """Return a value as TALK says it.

    Whole floats have no ``.0``, booleans are ``true`` and ``false``, NOTHING is empty, arrays and maps are JSON.

    Raises
    ------
    BudgetError
        If an array or a map is larger than a value may be.
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return _decimal(value)
        case _:
            measure_size(value)
            return json.dumps(_plain(value), ensure_ascii=False)


def _decimal(value: float) -> str:
    """Write a float with the 15 digits that a float is sure of, so that 0.1 + 0.2 is 0.3."""
    if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - beyond, not every whole number is a float
        return str(int(value))
    return format(value, ".15g")


def _plain(value: Value) -> Value:
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value


def is_truthy(value: Value) -> bool:
    """Tell whether a condition holds: false, 0, the empty text, NOTHING, and an empty array or map do not."""
    return bool(value)


def are_equal(left: Value, right: Value) -> bool:
    """Tell whether two values are equal; text keeps case, numbers compare as numbers, arrays and maps by their parts.

    Raises
    ------
    BudgetError
        If an array or a map is larger than a value may be.
    """
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        measure_size(left)
        measure_size(right)
    return _equal(left, right)


def _equal(left: Value, right: Value) -> bool:  # noqa: PLR0911 - one line per pair of kinds
    match left, right:
        case (None, None):
            return True
        case (None, str() as text) | (str() as text, None):
            return text == ""
        case (None, _) | (_, None):
            return False
        case (str(), str()):
            return left == right
        case (bool() as flag, str() as text) | (str() as text, bool() as flag):
            return to_text(flag) == text.lower()
        case (int() | float() as number, str() as text) | (str() as text, int() | float() as number):
            return number == parse_number(text)
        case (int() | float(), int() | float()):
            return left == right
        case (list(), list()):
            return len(left) == len(right) and all(map(_equal, left, right))
        case (dict(), dict()):
            return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
        case _:
            return False


def compare(left: Value, right: Value) -> int:
    """Return -1, 0 or 1, as ``left`` comes before, with or after ``right``.

    Two texts compare by their characters, anything else as numbers.

    Raises
    ------
    ScriptError
        If only one of the two is a number.
    """
    if isinstance(left, str | None) and isinstance(right, str | None):
        return _order(to_text(left), to_text(right))
    return _order(to_number(left), to_number(right))


def _order[T: (str, float)](left: T, right: T) -> int:
    return (left > right) - (left < right)


def find_key(entries: Mapping[str, Value], name: str) -> str | None:
    """Return the key of a map as it is spelled there: the very name, or else one that differs from it in case only."""
    if name in entries:
        return name
    wanted = name.casefold()
    return next((key for key in entries if key.casefold() == wanted), None)


def get_entry(entries: Mapping[str, Value], name: str) -> Value:
    """Return what a map holds under a name, whatever its case; NOTHING if it holds nothing."""
    key = find_key(entries, name)
    return None if key is None else entries[key]


def measure_size(value: Value) -> int:
    """Return the size of a value: its parts and the characters of its texts.

    Raises
    ------
    BudgetError
        If it is larger than `MAX_SIZE` or nested deeper than `MAX_DEPTH`. Shared parts count each time, as they do
        when the value is written out.
    """
    size = 0
    left = [(value, 0)]
    while left:
        part, depth = left.pop()
        size += 1
        if isinstance(part, str):
            size += len(part)
        elif isinstance(part, list | dict):
            if depth >= MAX_DEPTH:
                raise BudgetError(f"a value is nested more than {MAX_DEPTH} deep")
            size += len(part)
            if isinstance(part, dict):
                size += sum(map(len, part))
                left += ((item, depth + 1) for item in part.values())
            else:
                left += ((item, depth + 1) for item in part)
        if size > MAX_SIZE:
            raise BudgetError(f"a value is larger than {MAX_SIZE // 1024} KB")
    return size


def describe_type(value: Value) -> str:
    """Name the kind of a value in a sentence for the author."""
    match value:
        case None:
            return "NOTHING"
        case bool():
            return "true/false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "an array"
        case dict():
            return "a map"


def quote(text: str) -> str:
    """Quote a text for a message, shortened to what a line can show."""
    shown = text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004 - fits a line with the sentence around it
    return f'"{shown}"'
