"""The tables of a bot as SQL sees them: those and the columns that a user may read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from basic.data.field_types import FIELD_TYPES
from basic.data.permissions import Groups, TablePermissions
from basic.data.store import Row
from basic.functions.encodings import to_json
from basic.program import Column, TableDefinition
from basic.values import Value, find_key

_COLUMN_TYPES: Mapping[str, str] = {"integer": "INTEGER", "boolean": "INTEGER", "number": "REAL"}
"""The types of SQLite by those of a TABLE; any other is a text, a date in the form of ISO 8601."""

_INTEGERS = range(-(2**63), 2**63)
"""Integers of SQLite."""


@dataclass(frozen=True, slots=True)
class SqlTable:
    """A table that may be read.

    Attributes
    ----------
    name
        Its name.
    columns
        The names of its columns, and their types in SQLite.
    """

    name: str
    columns: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        """Format it as it is described to a language model."""
        return f"{quote_name(self.name)} ({', '.join(f'{quote_name(name)} {kind}' for name, kind in self.columns)})"

    def build_values(self, row: Row) -> list[Value]:
        """Return the values of a row in the order of the columns."""
        keys = (find_key(row, name) for name, _ in self.columns)
        return [None if key is None else _convert(row[key]) for key in keys]


def list_readable_tables(definitions: Iterable[TableDefinition], groups: Groups) -> Iterator[SqlTable]:
    """Yield the tables that a user may read, with the columns that they may read.

    Parameters
    ----------
    definitions
        The TABLEs of a bot.
    groups
        The groups of the user; None for the bot itself.
    """
    for definition in definitions:
        columns = TablePermissions(definition, groups).list_readable_columns()
        if columns:
            yield SqlTable(definition.name, tuple((column.name, _get_type(column)) for column in columns))


def quote_name(name: str) -> str:
    """Return a name in the quotes of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _get_type(column: Column) -> str:
    field_type = FIELD_TYPES.get(column.type.lower())
    return "TEXT" if field_type is None else _COLUMN_TYPES.get(field_type.name, "TEXT")


def _convert(value: Value) -> Value:
    """Return a value that SQLite stores: lists and maps as JSON, larger integers than SQLite has as texts."""
    match value:
        case list() | dict():
            return to_json(value)
        case int() if value not in _INTEGERS:
            return str(value)
        case _:
            return value
