"""The comparisons of a filter: equality is the language's own, LIKE ignores case, NOTHING has no order."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence

from basic.values import Value, is_equal, parse_numeric, to_number, to_text


def _ordered(holds: Callable[[float | str, float | str], bool]) -> Callable[[Value, Value], bool]:
    def compare(left: Value, right: Value) -> bool:
        pair = _to_comparable(left, right)
        return pair is not None and holds(*pair)

    return compare


def _to_comparable(left: Value, right: Value) -> tuple[float | str, float | str] | None:
    if isinstance(left, str) and isinstance(right, str):
        return left, right
    if left is None or right is None or isinstance(left, list | dict) or isinstance(right, list | dict):
        return None
    numbers = [parse_numeric(value) if isinstance(value, str) else to_number(value) for value in (left, right)]
    first, second = numbers
    return None if first is None or second is None else (first, second)


def is_like(value: Value, pattern: Value) -> bool:
    """Return whether a text matches a pattern: ``%`` is any text, ``_`` any character; case is ignored.

    A pattern with neither of them matches every text that contains it.
    """
    if value is None or isinstance(value, list | dict):
        return False
    text, wanted = to_text(value).casefold(), to_text(pattern).casefold()
    if "%" not in wanted and "_" not in wanted:
        return wanted in text
    first, *others = wanted.split("%")
    if not others:
        return _to_regex(first).fullmatch(text) is not None
    return _to_regex(first).match(text) is not None and _match_in_order(text, len(first), others)


def _to_regex(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if character == "_" else re.escape(character) for character in piece), re.DOTALL)


def _match_in_order(text: str, start: int, pieces: Sequence[str]) -> bool:
    """Find each piece as early as possible and the last one at the end: linear time, because nothing backtracks."""
    *middle, last = pieces
    for piece in middle:
        match = _to_regex(piece).search(text, start)
        if match is None:
            return False
        start = match.end()
    end = len(text) - len(last)
    return end >= start and _to_regex(last).match(text, end) is not None


COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": is_equal,
    "!=": lambda left, right: not is_equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "like": is_like,
}
"""Each comparison by its operator."""
