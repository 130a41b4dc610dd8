"""The values of the language, and how its operators compare and convert them.

A value is anything that JSON can hold. Values are immutable: two variables never share one that changes, so a dialog
can be saved and loaded between any two messages without a difference.

Where the documentation of the language leaves it open, these are the rules:

- ``NOTHING`` counts as 0 beside a number and equals the empty text, because a missing field is NOTHING and a missing
  memory is an empty text, and scripts test for both in both ways;
- text that is a number compares as one beside a number (an answer to HEAR is text);
- integers beyond 64 bits become floating point; a number without a finite value is an error.
"""

import json
import math
import re
from collections.abc import Mapping

from basic.errors import ScriptError
from basic.sizes import measure_size

type Value = bool | int | float | str | list[Value] | dict[str, Value] | None
type Number = int | float

_INT64_LIMIT = 2**63
_MAX_DIGITS = 400
"""Characters of the longest text that is read as a number; no finite number is longer."""

_NUMERIC = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def is_numeric(text: str) -> bool:
    """Return whether a trimmed text is a number: ``12``, ``-1.5``, ``.25``, ``1e3``; not ``1,000``."""
    return len(text) <= _MAX_DIGITS and _NUMERIC.fullmatch(text.strip()) is not None


def to_finite(number: Number) -> Number:
    """Return a number in the range of the language.

    Raises
    ------
    ScriptError
        If it has no finite value.
    """
    if isinstance(number, int):
        if -_INT64_LIMIT <= number < _INT64_LIMIT:
            return number
        try:
            number = float(number)
        except OverflowError:
            number = math.inf
    if not math.isfinite(number):
        raise ScriptError("the number is too large")
    return number


def from_json(value: Value) -> Value:
    """Return a JSON value as scripts hold it: finite numbers of the language, and no lone surrogates in texts.

    Raises
    ------
    ScriptError
        If a number has no finite value.
    """
    match value:
        case bool() | None:
            return value
        case str():
            return value.encode(errors="replace").decode()
        case int() | float():
            return to_finite(value)
        case list():
            return [from_json(item) for item in value]
        case dict():
            return {name: from_json(item) for name, item in value.items()}


def parse_numeric(text: str) -> Number | None:
    """Return the number in a text, or None."""
    if len(text) > _MAX_DIGITS:
        return None
    trimmed = text.strip()
    if not _NUMERIC.fullmatch(trimmed):
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
        If it is an array, a map, or a text that is not a number.
    """
    match value:
        case None:
            return 0
        case bool():
            return int(value)
        case int() | float():
            return value
        case str():
            number = parse_numeric(value)
            if number is None:
                raise ScriptError(f"{quote(value)} is not a number")
            return number
        case _:
            raise ScriptError(f"{describe_type(value)} is not a number")


def to_text(value: Value) -> str:
    """Return a value as TALK shows it.

    Integral floats have no ``.0``, booleans are ``true`` and ``false``, NOTHING is empty, arrays and maps are JSON.

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
            return _format_float(value)
        case _:
            measure_size(value)
            return json.dumps(_drop_fractions(value), ensure_ascii=False)


def _format_float(value: float) -> str:
    """Format a float with the 15 digits that are exact, so that 0.1 + 0.2 is 0.3."""
    if value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - beyond, not every integer is a float
        return str(int(value))
    return format(value, ".15g")


def _drop_fractions(value: Value) -> Value:
    """Replace integral floats by integers."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case list():
            return [_drop_fractions(item) for item in value]
        case dict():
            return {key: _drop_fractions(item) for key, item in value.items()}
        case _:
            return value


def is_truthy(value: Value) -> bool:
    """Return whether a condition is true: false, 0, the empty text, NOTHING, and an empty array or map are not."""
    return bool(value)


def is_equal(left: Value, right: Value) -> bool:
    """Return whether two values are equal; texts compare with case, numbers as numbers, arrays and maps by their parts.

    Raises
    ------
    BudgetError
        If an array or a map is larger than a value may be.
    """
    if isinstance(left, list | dict) or isinstance(right, list | dict):
        measure_size(left)
        measure_size(right)
    return _equal(left, right)


def _equal(left: Value, right: Value) -> bool:  # noqa: PLR0911 - one case per pair of types
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
            return len(text) <= len("false") and to_text(flag) == text.lower()
        case (int() | float() as number, str() as text) | (str() as text, int() | float() as number):
            return number == parse_numeric(text)
        case (int() | float(), int() | float()):
            return left == right
        case (list(), list()):
            return len(left) == len(right) and all(map(_equal, left, right))
        case (dict(), dict()):
            return left.keys() == right.keys() and all(_equal(left[key], right[key]) for key in left)
        case _:
            return False


def contains(container: Value, part: Value) -> bool:
    """Return whether an array contains an item, a map a key, or a text a part.

    Raises
    ------
    BudgetError
        If an array or a map is larger than a value may be.
    """
    match container:
        case list():
            # Once for all items: `is_equal` would measure the part again for each item.
            measure_size(container)
            measure_size(part)
            return any(_equal(item, part) for item in container)
        case dict():
            return find_key(container, to_text(part)) is not None
        case _:
            return to_text(part) in to_text(container)


def compare(left: Value, right: Value) -> int:
    """Return -1, 0 or 1 if ``left`` is less than, equal to or greater than ``right``.

    Two texts compare by their characters, anything else as numbers.

    Raises
    ------
    ScriptError
        If the two cannot be compared.
    """
    if isinstance(left, str | None) and isinstance(right, str | None):
        return _compare(to_text(left), to_text(right))
    return _compare(to_number(left), to_number(right))


def _compare[T: (str, float)](left: T, right: T) -> int:
    return (left > right) - (left < right)


def find_key(entries: Mapping[str, Value], name: str) -> str | None:
    """Return the key of a map for a name: the exact name, or else one that differs only in case."""
    if name in entries:
        return name
    folded = name.casefold()
    return next((key for key in entries if key.casefold() == folded), None)


def get_entry(entries: Mapping[str, Value], name: str) -> Value:
    """Return the value of a map for a name, ignoring case; NOTHING if it has no such key."""
    key = find_key(entries, name)
    return None if key is None else entries[key]


def describe_type(value: Value) -> str:
    """Return the type of a value for a message to the author."""
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
    """Return a text in quotes for a message, shortened to fit a line."""
    shown = text if len(text) <= 40 else text[:37] + "..."  # noqa: PLR2004 - fits a line with the message around it
    return f'"{shown}"'
