"""READ BY and WRITE BY: what whoever a script acts for may do with a table and its fields.

As in SQL, a condition needs the right to read the fields it names: who may not see a salary must not find it out by
asking who earns more than 5,000, more than 6,000 and so on.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from basic.data.store import Row
from basic.errors import ScriptError
from basic.program import Column, TableDefinition

type Groups = frozenset[str] | None
"""The groups of whom a script acts for; None is the bot itself, from which nothing is kept."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What may be done with one table.

    Attributes
    ----------
    definition
        The table; without one everything is allowed.
    groups
        Whose rights these are.
    """

    definition: TableDefinition | None
    groups: Groups

    def require_reading(self, asked: Iterable[str]) -> None:
        """Refuse to look for rows.

        Parameters
        ----------
        asked
            The names of the fields by which they are looked for.

        Raises
        ------
        ScriptError
            If the table may not be read, or one of the fields.
        """
        if self.definition is not None:
            self._require(self.definition.readers, "read the table", self.definition.name)
            for column in _meant(self.definition, asked):
                self._require(column.readers, f"read {column.name} of", self.definition.name)

    def require_writing(self, written: Iterable[str]) -> None:
        """Refuse to put, change or delete rows.

        Parameters
        ----------
        written
            The names of the fields that get a value.

        Raises
        ------
        ScriptError
            If the table may not be written, or one of the fields.
        """
        if self.definition is not None:
            self._require(self.definition.writers, "write the table", self.definition.name)
            for column in _meant(self.definition, written):
                self._require(column.writers, f"write {column.name} of", self.definition.name)

    def seen(self, row: Row, written: Collection[str] = ()) -> Row:
        """Return what may be read of a row, and what was just written of it."""
        return {name: value for name, value in row.items() if name in written or self._is_seen(name)}

    def _is_seen(self, name: str) -> bool:
        return self.definition is None or (
            self._allows(self.definition.readers)
            and all(self._allows(column.readers) for column in _meant(self.definition, [name]))
        )

    def _allows(self, roles: Collection[str]) -> bool:
        return not roles or self.groups is None or not self.groups.isdisjoint(roles)

    def _require(self, roles: Collection[str], act: str, table: str) -> None:
        if not self._allows(roles):
            raise ScriptError(f"only {' and '.join(roles)} may {act} {table}")


def _meant(table: TableDefinition, names: Iterable[str]) -> list[Column]:
    """Return the columns that names mean; ``address.street`` is a part of the column ``address``."""
    meant = {part.casefold() for name in names for part in (name, name.partition(".")[0])}
    return [column for column in table.columns if column.name.casefold() in meant]
