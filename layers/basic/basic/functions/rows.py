"""Functions of rows: arrays of maps, as FIND returns them. Field names ignore case."""

import re
from collections.abc import Callable, Iterator, Mapping

from basic.arithmetic import sum_up
from basic.errors import ScriptError
from basic.filters.filter import Filter, get_field
from basic.filters.parser import parse_filter
from basic.functions import costs
from basic.functions.arrays import average, build_extreme, count, list_numbers, sum_values
from basic.functions.builtin import BuiltinFunction, describe, to_array, without_turn
from basic.functions.text import join as join_texts
from basic.sizes import check_size
from basic.values import Value, get_entry, quote, to_text

_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")

_AGGREGATES: Mapping[str, Callable[..., Value]] = {
    "SUM": sum_values,
    "AVG": average,
    "AVERAGE": average,
    "COUNT": count,
    "MIN": build_extreme("AGGREGATE", 1),
    "MAX": build_extreme("AGGREGATE", -1),
}


def filter_by_text(items: Value, condition: Value) -> list[Value]:
    """Return the rows that match a condition."""
    return filter_rows(items, parse_filter(to_text(condition)))


def filter_rows(items: Value, condition: Filter) -> list[Value]:
    """Return the rows that match a parsed condition."""
    return [row for row in to_array(items, "FILTER") if condition.matches(row)]


def rename(items: Value, mapping: Value) -> list[Value]:
    """Return rows with renamed fields or, if the mapping is one name, the values of that field."""
    text = to_text(mapping)
    source = to_array(items, "MAP")
    if "->" not in text:
        return [get_field(row, text.strip()) for row in source]
    names = dict(_parse_renaming(pair) for pair in text.split(",") if pair.strip())
    return [_rename_fields(row, names) for row in source]


def _parse_renaming(pair: str) -> tuple[str, str]:
    old, arrow, new = (piece.strip() for piece in pair.partition("->"))
    if not (old and arrow and new):
        raise ScriptError(f'MAP expects "old->new, old->new" or a field\'s name, and {quote(pair.strip())} is neither')
    return old.casefold(), new


def _rename_fields(row: Value, names: Mapping[str, str]) -> Value:
    if not isinstance(row, dict):
        return row
    return {names.get(name.casefold(), name): value for name, value in row.items()}


def fill(data: Value, template: Value) -> Value:
    """Replace each ``{{name}}`` in a template by a row's value; with an array of rows, fill one template per row.

    A placeholder without a value in the row is unchanged. A text is always the template, in either argument.
    """
    if isinstance(data, str):
        data, template = template, data
    filler = _TemplateFiller()
    if isinstance(data, list):
        return [filler.fill(template, _index_keys(row)) for row in data]
    return filler.fill(template, _index_keys(data))


def _index_keys(row: Value) -> Value:
    """Return a map that also has the lower-case form of each key: a template may have as many names as a map has."""
    if not isinstance(row, dict):
        return row
    folded = {key.casefold(): value for key, value in reversed(row.items())}
    return folded | row


class _TemplateFiller:
    """Fills templates and limits their total size to that of a value."""

    def __init__(self) -> None:
        self._characters = 0

    def fill(self, template: Value, row: Value) -> Value:
        self._grow(1)
        match template:
            case str():
                return self._fill_text(template, row)
            case list():
                return [self.fill(item, row) for item in template]
            case dict():
                return {name: self.fill(item, row) for name, item in template.items()}
            case _:
                return template

    def _fill_text(self, template: str, row: Value) -> str:
        if not isinstance(row, dict):
            raise ScriptError(f"FILL expects a map or an array of maps, not {describe(row)}")

        def replace(placeholder: re.Match[str]) -> str:
            name = placeholder[1].strip()
            key = name if name in row else name.casefold()
            text = to_text(row[key]) if key in row else placeholder[0]
            self._grow(len(text))
            return text

        self._grow(len(template))
        return _PLACEHOLDER.sub(replace, template)

    def _grow(self, characters: int) -> None:
        self._characters += characters
        check_size(self._characters)


def aggregate(operation: Value, items: Value, field: Value = None) -> Value:
    """Return the sum, mean, count, minimum or maximum of a field of rows, or of an array."""
    name = to_text(operation).strip().upper()
    if name not in _AGGREGATES:
        raise ScriptError(f"AGGREGATE expects SUM, AVG, COUNT, MIN or MAX, not {describe(operation)}")
    return _AGGREGATES[name](to_array(items, "AGGREGATE"), field)


def group_by(items: Value, field: Value) -> dict[str, Value]:
    """Return a map from each value of a field to the rows with that value, in order of appearance."""
    groups: dict[str, list[Value]] = {}
    for row in to_array(items, "GROUP_BY"):
        groups.setdefault(to_text(get_field(row, to_text(field))), []).append(row)
    return {**groups}


def pivot(items: Value, row_field: Value, value_field: Value) -> list[Value]:
    """Return a row for each value of a field, with the sum of another."""
    group_field, sum_field = to_text(row_field), to_text(value_field)
    groups = group_by(to_array(items, "PIVOT"), group_field)
    return [
        {group_field: key, sum_field: sum_up(list_numbers(rows, sum_field, "PIVOT"))} for key, rows in groups.items()
    ]


def join(first: Value, *rest: Value) -> Value:
    """Join the items of an array into a text, or two arrays of rows by a field."""
    if len(rest) <= 1:
        return join_texts(first, *rest)
    right, field = rest
    return join_rows(first, right, to_text(field))


def join_rows(left: Value, right: Value, field: str) -> list[Value]:
    """Inner-join two arrays of rows by a field; the left row's fields take precedence."""
    right_rows: dict[str, list[dict[str, Value]]] = {}
    for value, row in _iterate_keyed(right, field):
        right_rows.setdefault(value, []).append(row)
    pairs: list[Value] = []
    size = 0
    for value, row in _iterate_keyed(left, field):
        for right_row in right_rows.get(value, ()):
            size += 1 + 3 * (len(row) + len(right_row))
            check_size(size)
            pairs.append(right_row | row)
    return pairs


def _iterate_keyed(items: Value, field: str) -> Iterator[tuple[str, dict[str, Value]]]:
    for row in to_array(items, "JOIN"):
        if isinstance(row, dict) and (value := get_entry(row, field)) is not None:
            yield to_text(value), row


_ROWS = '[{"n": 1, "k": "a"}, {"n": 2, "k": "a"}]'

FUNCTIONS = (
    BuiltinFunction(
        "FILTER",
        without_turn(filter_by_text),
        2,
        2,
        "The rows that match a condition: = != <> > < >= <= like, AND, OR",
        f'COUNT(FILTER({_ROWS}, "n > 1")) = 1',
        cost=costs.filtering,
    ),
    BuiltinFunction(
        "MAP",
        without_turn(rename),
        2,
        2,
        'Rows with fields renamed by "old->new, …", or the values of one field',
        f'MAP({_ROWS}, "n") = [1, 2]',
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "FILL",
        without_turn(fill),
        2,
        2,
        "A template in which values of a map replace {{name}}; with an array of maps, one per map",
        'FILL({"name": "Ana"}, "Dear {{name}}") = "Dear Ana"',
    ),
    BuiltinFunction(
        "AGGREGATE",
        without_turn(aggregate),
        2,
        3,
        "SUM, AVG, COUNT, MIN or MAX of a field of rows",
        f'AGGREGATE("SUM", {_ROWS}, "n") = 3',
        cost=costs.aggregating,
    ),
    BuiltinFunction(
        "GROUP_BY",
        without_turn(group_by),
        2,
        2,
        "A map from each value of a field to its rows",
        f'KEYS(GROUP_BY({_ROWS}, "k")) = ["a"]',
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "PIVOT",
        without_turn(pivot),
        3,
        3,
        "A row for each value of a field, with the sum of another",
        f'PIVOT({_ROWS}, "k", "n") = [{{"k": "a", "n": 3}}]',
        cost=costs.by_field,
    ),
    BuiltinFunction(
        "JOIN",
        without_turn(join),
        1,
        3,
        "The items of an array as a text with a separator; or, of two arrays of rows, those with the same field",
        'JOIN(["a", "b"], "-") = "a-b"',
        cost=costs.joining,
    ),
)
