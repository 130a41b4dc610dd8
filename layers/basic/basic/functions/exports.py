"""Functions that encode rows as CSV, and maps as XML, for files and mails."""

import json
import re
from collections.abc import Iterator

from basic.functions.builtin import BuiltinFunction, without_turn
from basic.sizes import check_size, measure_size
from basic.values import Value, to_text

_QUOTED_IN_CSV = re.compile(r'[,"\r\n]|^\s|\s$')
_INVALID_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_INVALID_IN_NAME = re.compile(r"[^\w.-]")
_NAME_START = re.compile(r"[^\W\d]")


def to_csv(value: Value) -> str:
    """Encode rows as CSV (RFC 4180, with line feeds): maps with a line of their keys, arrays as lines, others alone.

    Raises
    ------
    BudgetError
        If the text would be larger than a value may be.
    """
    measure_size(value)
    rows = value if isinstance(value, list) else [] if value is None else [value]
    keys: list[str] = [*dict.fromkeys(key for row in rows if isinstance(row, dict) for key in row)]
    lines = [_join_cells(keys)] if keys else []
    size = sum(map(len, lines))
    for row in rows:
        # Rows with different keys have a cell for each key of all rows, so the table may be larger than its rows.
        check_size(size + len(keys))
        lines.append(_join_cells(_list_cells(row, keys)))
        size += len(lines[-1]) + 1
    check_size(size)
    return "\n".join(lines)


def _list_cells(row: Value, keys: list[str]) -> list[Value]:
    match row:
        case dict():
            return [row.get(key) for key in keys]
        case list():
            return row
        case _:
            return [row]


def _join_cells(cells: list[Value] | list[str]) -> str:
    return ",".join(map(_encode_cell, cells))


def _encode_cell(value: Value) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else to_text(value)
    return '"' + text.replace('"', '""') + '"' if _QUOTED_IN_CSV.search(text) else text


def to_xml(value: Value, root: Value = "data") -> str:
    """Encode a value as XML: a key is an element, an array elements of the same name (``item`` in another array).

    Raises
    ------
    BudgetError
        If the text would be larger than a value may be.
    """
    measure_size(value)
    parts: list[str] = []
    size = 0
    for part in _list_parts(_to_name(to_text(root)), value):
        size += len(part)
        check_size(size)
        parts.append(part)
    return "".join(parts)


def _list_parts(name: str, value: Value) -> Iterator[str]:
    """Yield the element of a value."""
    yield f"<{name}>"
    match value:
        case dict():
            for key, inner in value.items():
                for item in inner if isinstance(inner, list) else [inner]:
                    yield from _list_parts(_to_name(key), item)
        case list():
            for item in value:
                yield from _list_parts("item", item)
        case _:
            yield _escape(to_text(value))
    yield f"</{name}>"


def _to_name(key: str) -> str:
    """Return a key as the name of an element, with `_` for characters that a name cannot have."""
    name = _INVALID_IN_NAME.sub("_", key)
    return name if _NAME_START.match(name) else f"_{name}"


def _escape(text: str) -> str:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        text = text.replace(character, entity)
    return _INVALID_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


FUNCTIONS = (
    BuiltinFunction(
        "CSV",
        without_turn(to_csv),
        1,
        1,
        "Rows as CSV, with a line of their keys first; also of one map, or of an array of arrays",
        'CSV([{"n": 1, "t": "a, b"}]) = "n,t\\n1,\\"a, b\\""',
    ),
    BuiltinFunction(
        "XML",
        without_turn(to_xml),
        1,
        2,
        "A value as XML: keys are elements, items of an array elements of the same name; the root is `data`",
        'XML({"n": [1, 2]}) = "<data><n>1</n><n>2</n></data>"',
    ),
)
