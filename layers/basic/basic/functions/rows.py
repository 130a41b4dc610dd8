"""Functions of rows: arrays of maps, as FIND gives them. The names of fields ignore case."""

import re
from collections.abc import Callable, Iterator, Mapping

from basic.data import filters
from basic.errors import ScriptError
from basic.functions.arrays import average, count, extreme, numbers, total
from basic.functions.function import Function, array, bounded, pure, shown
from basic.functions.texts import join as join_texts
from basic.values import Value, find_key, get_entry, quote, to_finite, to_text

_PLACE = re.compile(r"\{\{([^{}]+)\}\}")

_AGGREGATES: Mapping[str, Callable[..., Value]] = {
    "SUM": total,
    "AVG": average,
    "AVERAGE": average,
    "COUNT": count,
    "MIN": extreme("AGGREGATE", 1),
    "MAX": extreme("AGGREGATE", -1),
}


def keep(items: Value, condition: Value) -> list[Value]:
    """Return the rows that fulfil a condition."""
    return keep_by(items, filters.parse(to_text(condition)))


def keep_by(items: Value, condition: filters.Filter) -> list[Value]:
    """Return the rows that fulfil a condition that has been read."""
    return [row for row in array(items, "FILTER") if condition.matches(row)]


def rename(items: Value, mapping: Value) -> list[Value]:
    """Return rows with other names for their fields, or, of a mapping that is one name, the values of that field."""
    text = to_text(mapping)
    found = array(items, "MAP")
    if "->" not in text:
        return [filters.field_of(row, text.strip()) for row in found]
    names = dict(_pair(pair) for pair in text.split(",") if pair.strip())
    return [_renamed(row, names) for row in found]


def _pair(pair: str) -> tuple[str, str]:
    old, arrow, new = (piece.strip() for piece in pair.partition("->"))
    if not (old and arrow and new):
        raise ScriptError(f'MAP expects "old->new, old->new" or a field\'s name, and {quote(pair.strip())} is neither')
    return old.casefold(), new


def _renamed(row: Value, names: Mapping[str, str]) -> Value:
    if not isinstance(row, dict):
        return row
    return {names.get(name.casefold(), name): value for name, value in row.items()}


def fill(data: Value, template: Value) -> Value:
    """Return a template with a row's values in the places of ``{{name}}``; of many rows, one of each.

    A place of which the row has nothing stays as it is. A text is always the template, whichever comes first.
    """
    if isinstance(data, str):
        data, template = template, data
    room = _Room()
    if isinstance(data, list):
        return [room.fill(template, row) for row in data]
    return room.fill(template, data)


class _Room:
    """Fills templates until they have grown to what a value may be."""

    def __init__(self) -> None:
        self._characters = 0

    def fill(self, template: Value, row: Value) -> Value:
        match template:
            case str():
                return self._text(template, row)
            case list():
                return [self.fill(item, row) for item in template]
            case dict():
                return {name: self.fill(item, row) for name, item in template.items()}
            case _:
                return template

    def _text(self, template: str, row: Value) -> str:
        if not isinstance(row, dict):
            raise ScriptError(f"FILL expects a map or an array of maps, not {shown(row)}")

        def value(place: re.Match[str]) -> str:
            key = find_key(row, place[1].strip())
            text = place[0] if key is None else to_text(row[key])
            self._grow(len(text))
            return text

        self._grow(len(template))
        return _PLACE.sub(value, template)

    def _grow(self, characters: int) -> None:
        self._characters += characters
        bounded(self._characters)


def aggregate(operation: Value, items: Value, field: Value = None) -> Value:
    """Return the sum, mean, count, least or greatest of a field of rows, or of an array."""
    name = to_text(operation).strip().upper()
    if name not in _AGGREGATES:
        raise ScriptError(f"AGGREGATE knows SUM, AVG, COUNT, MIN and MAX, not {shown(operation)}")
    return _AGGREGATES[name](array(items, "AGGREGATE"), field)


def group_by(items: Value, field: Value) -> dict[str, Value]:
    """Return a map of the values of a field to the rows that have them, in the order in which they appear."""
    groups: dict[str, list[Value]] = {}
    for row in array(items, "GROUP_BY"):
        groups.setdefault(to_text(filters.field_of(row, to_text(field))), []).append(row)
    return {**groups}


def pivot(items: Value, row_field: Value, value_field: Value) -> list[Value]:
    """Return a row for each value of a field, with the sum of another."""
    by, what = to_text(row_field), to_text(value_field)
    groups = group_by(array(items, "PIVOT"), by)
    return [{by: key, what: to_finite(sum(numbers(rows, what, "PIVOT")))} for key, rows in groups.items()]


def join(first: Value, *rest: Value) -> Value:
    """Join the items of an array to a text, or two arrays of rows by a field."""
    if len(rest) <= 1:
        return join_texts(first, *rest)
    right, field = rest
    return join_rows(first, right, to_text(field))


def join_rows(left: Value, right: Value, field: str) -> list[Value]:
    """Return a row for each pair of rows with the same value of a field (an inner join); the left one's fields win."""
    others: dict[str, list[dict[str, Value]]] = {}
    for value, other in _keyed(right, field):
        others.setdefault(value, []).append(other)
    joined: list[Value] = []
    size = 0
    for value, row in _keyed(left, field):
        for other in others.get(value, ()):
            size += len(row) + len(other)
            bounded(size)
            joined.append(other | row)
    return joined


def _keyed(items: Value, field: str) -> Iterator[tuple[str, dict[str, Value]]]:
    for row in array(items, "JOIN"):
        if isinstance(row, dict) and (value := get_entry(row, field)) is not None:
            yield to_text(value), row


_ROWS = '[{"n": 1, "k": "a"}, {"n": 2, "k": "a"}]'

FUNCTIONS = (
    Function(
        "FILTER",
        pure(keep),
        2,
        2,
        "The rows that fulfil a condition: = != <> > < >= <= like, AND, OR",
        f'COUNT(FILTER({_ROWS}, "n > 1")) = 1',
    ),
    Function(
        "MAP",
        pure(rename),
        2,
        2,
        'Rows with fields renamed by "old->new, …", or the values of one field',
        f'MAP({_ROWS}, "n") = [1, 2]',
    ),
    Function(
        "FILL",
        pure(fill),
        2,
        2,
        "A template with the values of a map in the places of {{name}}; of an array of maps, one of each",
        'FILL({"name": "Ana"}, "Dear {{name}}") = "Dear Ana"',
    ),
    Function(
        "AGGREGATE",
        pure(aggregate),
        2,
        3,
        "SUM, AVG, COUNT, MIN or MAX of a field of rows",
        f'AGGREGATE("SUM", {_ROWS}, "n") = 3',
    ),
    Function(
        "GROUP_BY",
        pure(group_by),
        2,
        2,
        "A map of the values of a field to their rows",
        f'KEYS(GROUP_BY({_ROWS}, "k")) = ["a"]',
    ),
    Function(
        "PIVOT",
        pure(pivot),
        3,
        3,
        "A row for each value of a field, with the sum of another",
        f'PIVOT({_ROWS}, "k", "n") = [{{"k": "a", "n": 3}}]',
    ),
    Function(
        "JOIN",
        pure(join),
        1,
        3,
        "The items of an array as a text with a separator; or, of two arrays of rows, those with the same field",
        'JOIN(["a", "b"], "-") = "a-b"',
    ),
)
