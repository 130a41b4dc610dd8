"""Parsing TABLE ... END TABLE."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from basic.diagnostics import Issue, Position, Severity
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.roles import TableRoles
from basic.syntax.parser.skipping import skip_line
from basic.syntax.parser.table_properties import FieldProperties, find_table_property, skip_to_property
from basic.syntax.parser.words import parse_name_or_text, parse_word
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.definitions import Table, TableField


@dataclass(slots=True)
class _TableHead:
    """What the first line of a table says, as far as it can be parsed; other lines may add roles."""

    name: str = ""
    connection: str = ""
    roles: TableRoles = field(default_factory=TableRoles)


class TableParser:
    """Parses the definition of a table.

    Parameters
    ----------
    cursor
        The tokens.
    issues
        Receives what is wrong with a line of the definition; the others are parsed anyway.
    """

    def __init__(self, cursor: TokenCursor, issues: list[Issue]) -> None:
        self._cursor = cursor
        self._issues = issues

    def parse(self) -> Table:
        """Parse a table up to its END TABLE; TABLE was read."""
        cursor, position = self._cursor, self._cursor.previous.position
        before = len(self._issues)
        head = _TableHead()
        self._try(lambda: self._parse_head(head))
        fields: list[TableField] = []
        while cursor.current.kind is not TokenKind.END and not self._accept_end():
            self._try(lambda: self._parse_line(fields, head.roles))
        if cursor.current.kind is TokenKind.END:
            # The lines of the script after it are no fields.
            del self._issues[before:]
            self._issues.append(Issue(position, "TABLE has no END TABLE"))
        readers, writers = tuple(head.roles.readers), tuple(head.roles.writers)
        return Table(position, head.name, head.connection, tuple(fields), readers, writers)

    def _try(self, parse_line: Callable[[], None]) -> None:
        """Parse a line; report a syntax error and skip the rest of the line."""
        try:
            parse_line()
        except ScriptSyntaxError as error:
            self._issues.append(Issue(error.position, error.message))
            skip_line(self._cursor)

    def _parse_head(self, head: _TableHead) -> None:
        head.name = parse_name_or_text(self._cursor, "the table")
        if self._cursor.accept_word("ON"):
            head.connection = parse_name_or_text(self._cursor, "the connection")
        while head.roles.parse(self._cursor):
            pass

    def _accept_end(self) -> bool:
        return self._cursor.accept_phrase("END TABLE") or self._cursor.accept_word("ENDTABLE")

    def _parse_line(self, fields: list[TableField], roles: TableRoles) -> None:
        cursor = self._cursor
        if cursor.current.kind is TokenKind.NEWLINE:
            cursor.advance()
            return
        if cursor.accept_phrase("PRIMARY KEY"):
            self._parse_key(fields)
        elif cursor.is_sign("("):
            self._warn(cursor.current.position, ["("])
            skip_line(cursor)
        elif (name := find_table_property(cursor)) is not None:
            self._warn(cursor.current.position, [name])
            skip_to_property(cursor)
            skip_line(cursor)
        elif not roles.parse(cursor):
            cursor.accept_word("FIELD")
            fields.append(self._parse_field())
        # The line after a comma continues the definition.
        if not cursor.accept_sign(",") and not cursor.is_statement_end():
            raise ScriptSyntaxError(cursor.current.position, f"unexpected {cursor.describe_current()}")

    def _parse_key(self, fields: list[TableField]) -> None:
        """Parse ``PRIMARY KEY (field)``; PRIMARY KEY was read."""
        cursor, position = self._cursor, self._cursor.previous.position
        if not cursor.accept_sign("("):
            message = f"`(` is missing before {cursor.describe_current()}, as in `PRIMARY KEY (id)`"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        name = parse_name_or_text(cursor, "the field")
        if cursor.is_sign(","):
            self._warn(position, ["PRIMARY KEY of several fields"])
            skip_line(cursor)
            return
        if not cursor.accept_sign(")"):
            raise ScriptSyntaxError(cursor.get_missing_position(), f"`)` is missing before {cursor.describe_current()}")
        for index, declared in enumerate(fields):
            if declared.name.casefold() == name.casefold():
                fields[index] = replace(declared, key=True)
                return
        raise ScriptSyntaxError(position, f"PRIMARY KEY names the field `{name}`, which is not above it")

    def _parse_field(self) -> TableField:
        cursor = self._cursor
        position, name = cursor.current.position, parse_name_or_text(cursor, "the field")
        properties = FieldProperties()
        if cursor.accept_sign("*"):
            properties.ignored.append("*")
        cursor.accept_word("AS")
        type_name, length, precision = self._parse_type(position, name)
        properties.parse(cursor)
        self._warn(position, properties.ignored)
        return TableField(
            position,
            name,
            type_name,
            length,
            precision,
            properties.is_key,
            properties.references,
            tuple(properties.roles.readers),
            tuple(properties.roles.writers),
        )

    def _warn(self, position: Position, ignored: Sequence[str]) -> None:
        """Warn of properties that have no effect."""
        if ignored:
            message = f"without effect in a TABLE: {', '.join(f'`{name}`' for name in dict.fromkeys(ignored))}"
            self._issues.append(Issue(position, message, Severity.WARNING))

    def _parse_type(self, position: Position, field_name: str) -> tuple[str, int | None, int | None]:
        """Parse the type of a field, its length and its precision; ``text[]`` is an array."""
        cursor = self._cursor
        if cursor.is_statement_end() or cursor.is_sign(","):
            message = f"the field `{field_name}` has no type, so it is a text"
            self._issues.append(Issue(position, message, Severity.WARNING))
            return "text", None, None
        name = parse_word(cursor, "the field's type").lower()
        cursor.accept_word("PRECISION", "VARYING")
        length, precision = self._parse_length() if cursor.accept_sign("(") else (None, None)
        if name.startswith("timestamp") and cursor.accept_word("WITH", "WITHOUT"):
            cursor.accept_phrase("TIME ZONE")
        while cursor.accept_sign("["):
            name, length, precision = "array", None, None
            if cursor.current.kind is TokenKind.NUMBER:
                cursor.advance()
            if not cursor.accept_sign("]"):
                message = f"`]` is missing before {cursor.describe_current()}"
                raise ScriptSyntaxError(cursor.get_missing_position(), message)
        return name, length, precision

    def _parse_length(self) -> tuple[int | None, int | None]:
        """Parse ``150)``, ``10, 2)`` or ``max)``; the opening bracket was read."""
        cursor = self._cursor
        if cursor.is_word("MAX") and cursor.peek().text == ")":
            cursor.index += 2
            return None, None
        numbers: list[int] = []
        while cursor.current.kind is TokenKind.NUMBER:
            value = cursor.advance().value
            if isinstance(value, int):
                numbers.append(value)
            if not cursor.accept_sign(","):
                break
        if not cursor.accept_sign(")") or not numbers:
            message = "invalid length of the field; write `(150)` or `(10, 2)`"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        return numbers[0], numbers[1] if len(numbers) > 1 else None
