"""READ BY and WRITE BY: what a user may do with a table and its fields.

As in SQL, a filter needs permission to read the fields it names: a user who may not see a salary must not infer it by
filtering for salaries over 5,000, over 6,000 and so on.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from basic.data.store import Row
from basic.errors import ScriptError
from basic.program import Column, TableDefinition

type Groups = frozenset[str] | None
"""The groups of the user a script runs for; None is the bot itself, which has all permissions."""


@dataclass(frozen=True, slots=True)
class TablePermissions:
    """The permissions of a user on one table.

    Attributes
    ----------
    definition
        The table; without a definition everything is allowed.
    groups
        The groups of the user.
    """

    definition: TableDefinition | None
    groups: Groups

    def require_read(self, fields: Iterable[str]) -> None:
        """Require permission to find rows by some fields.

        Raises
        ------
        ScriptError
            If the user may not read the table or one of the fields.
        """
        if self.definition is not None:
            self._require(self.definition.readers, "read the table", self.definition.name)
            for column in _find_columns(self.definition, fields):
                self._require(column.readers, f"read {column.name} of", self.definition.name)

    def require_write(self, fields: Iterable[str]) -> None:
        """Require permission to insert, update or delete rows, setting some fields.

        Raises
        ------
        ScriptError
            If the user may not write the table or one of the fields.
        """
        if self.definition is not None:
            self._require(self.definition.writers, "write the table", self.definition.name)
            for column in _find_columns(self.definition, fields):
                self._require(column.writers, f"write {column.name} of", self.definition.name)

    def hide_unreadable(self, row: Row, written: Collection[str] = ()) -> Row:
        """Return a row without the fields the user may not read; fields that were just written are included."""
        return {name: value for name, value in row.items() if name in written or self._can_read(name)}

    def list_readable_columns(self) -> Sequence[Column]:
        """Return the columns of the definition that the user may read."""
        if self.definition is None or not self._allows(self.definition.readers):
            return ()
        return [column for column in self.definition.columns if self._allows(column.readers)]

    def _can_read(self, name: str) -> bool:
        return self.definition is None or (
            self._allows(self.definition.readers)
            and all(self._allows(column.readers) for column in _find_columns(self.definition, [name]))
        )

    def _allows(self, roles: Collection[str]) -> bool:
        return not roles or self.groups is None or not self.groups.isdisjoint(roles)

    def _require(self, roles: Collection[str], action: str, table: str) -> None:
        if not self._allows(roles):
            raise ScriptError(f"only {' and '.join(roles)} may {action} {table}")


def _find_columns(table: TableDefinition, names: Iterable[str]) -> list[Column]:
    """Return the columns of some field names; ``address.street`` is a part of the column ``address``."""
    column_names = {part.casefold() for name in names for part in (name, name.partition(".")[0])}
    return [column for column in table.columns if column.name.casefold() in column_names]
