"""The comparisons of a filter: equality is the language's own, LIKE ignores case, NOTHING has no order."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence

from basic.errors import ScriptError
from basic.values import Value, is_equal, parse_numeric, to_number, to_text

MAX_PATTERN_LENGTH = 500
"""Characters of a pattern with ``_``: it is compared with a text at each position."""


_DAY = re.compile(r"\d{4}-\d\d-\d\d(?=[ T]|$)", re.ASCII)


def get_day(value: Value) -> str | None:
    """Return the day of a date as ``2026-12-31``; NOTHING for a value that is no date."""
    match = _DAY.match(value) if isinstance(value, str) else None
    return match[0] if match else None


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
    if "_" in wanted and len(wanted) > MAX_PATTERN_LENGTH:
        raise ScriptError(f"a pattern of LIKE with _ has at most {MAX_PATTERN_LENGTH} characters")
    first, *others = wanted.split("%")
    start = _match_piece(first, text, 0)
    if not others or start is None:
        return start == len(text)
    return _match_in_order(text, start, others)


def _match_in_order(text: str, start: int, pieces: Sequence[str]) -> bool:
    """Find each piece as early as possible and the last one at the end: linear time, because nothing backtracks."""
    *middle, last = pieces
    for piece in middle:
        end = _find_piece(piece, text, start)
        if end is None:
            return False
        start = end
    end = len(text) - len(last)
    return end >= start and _match_piece(last, text, end) is not None


def _match_piece(piece: str, text: str, start: int) -> int | None:
    """Return where a piece that begins at a position ends, None if the text differs."""
    if "_" not in piece:
        return start + len(piece) if text.startswith(piece, start) else None
    match = _to_regex(piece).match(text, start)
    return match.end() if match else None


def _find_piece(piece: str, text: str, start: int) -> int | None:
    """Return where the first occurrence of a piece from a position on ends, None if there is none."""
    if "_" not in piece:
        position = text.find(piece, start)
        return None if position < 0 else position + len(piece)
    match = _to_regex(piece).search(text, start)
    return match.end() if match else None


def _to_regex(piece: str) -> re.Pattern[str]:
    return re.compile("".join("." if character == "_" else re.escape(character) for character in piece), re.DOTALL)


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
