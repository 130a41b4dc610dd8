"""Parsing the properties of a field of a TABLE; those of SQL that this runtime does not have are skipped."""

from dataclasses import dataclass, field

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.roles import TableRoles
from basic.syntax.parser.words import parse_name_or_text, parse_word
from basic.syntax.tokens import TokenKind

_WITH_VALUE = ("DEFAULT", "CHECK", "GENERATED", "COLLATE", "COMMENT")
_PROPERTIES = frozenset((*_WITH_VALUE, "NOT", "NULL", "UNIQUE", "REFERENCES", "PRIMARY", "KEY", "READ", "WRITE", "ON"))
_TABLE_PROPERTIES = (
    ("UNIQUE", "("),
    ("CHECK", "("),
    ("FOREIGN", "KEY"),
    ("CREATE", "INDEX"),
    ("CREATE", "UNIQUE"),
)
_CONSTRAINTS = ("UNIQUE", "CHECK", "FOREIGN", "PRIMARY")


@dataclass(slots=True)
class FieldProperties:
    """The properties of one field.

    Attributes
    ----------
    ignored
        The names of those that have no effect.
    """

    is_key: bool = False
    references: str = ""
    roles: TableRoles = field(default_factory=TableRoles)
    ignored: list[str] = field(default_factory=list)

    def parse(self, cursor: TokenCursor) -> None:
        """Parse properties up to the end of the line, or a comma.

        Raises
        ------
        ScriptSyntaxError
            If one is invalid.
        """
        while not cursor.is_statement_end() and not cursor.is_sign(","):
            if cursor.accept_word("REFERENCES"):
                self._parse_reference(cursor)
            elif not self.roles.parse(cursor):
                self._parse_word(cursor)

    def _parse_reference(self, cursor: TokenCursor) -> None:
        self.references = parse_name_or_text(cursor, "the other table")
        if cursor.is_sign("("):
            skip_to_property(cursor)
        while cursor.accept_word("ON"):
            self.ignored.append(f"ON {parse_word(cursor, '`DELETE` or `UPDATE`')}")
            if cursor.accept_word("SET", "NO"):
                parse_word(cursor, "what happens to the row")
            else:
                cursor.accept_word("CASCADE", "RESTRICT")

    def _parse_word(self, cursor: TokenCursor) -> None:
        word = parse_word(cursor, "a property of the field")
        if word == "NOT" and cursor.accept_word("NULL"):
            word = "NOT NULL"
        elif word in _WITH_VALUE:
            skip_to_property(cursor)
        if word == "KEY":
            self.is_key = True
        elif word not in ("PRIMARY", "NULL"):
            self.ignored.append(word)


def find_table_property(cursor: TokenCursor) -> str | None:
    """Return the name of the property of the entire table that is next, such as ``UNIQUE``; None for a field."""
    first, second = cursor.current, cursor.peek()
    if first.kind is not TokenKind.NAME:
        return None
    if (first.word, second.word or second.text) in _TABLE_PROPERTIES:
        return first.word if second.text == "(" else f"{first.word} {second.word}"
    if first.word == "CONSTRAINT" and cursor.peek(2).word in _CONSTRAINTS:
        return "CONSTRAINT"
    return None


def skip_to_property(cursor: TokenCursor) -> None:
    """Go past a value: to the next property of the field, a comma outside brackets, or the end of the line."""
    depth, is_first = 0, True
    while (token := cursor.tokens[cursor.index]).kind is not TokenKind.END:
        is_end = token.kind is TokenKind.NEWLINE or token.text == "," or (not is_first and token.word in _PROPERTIES)
        if not depth and is_end:
            return
        if token.kind is TokenKind.SIGN:
            depth += (token.text in ("(", "[", "{", "#{")) - (token.text in (")", "]", "}"))
        cursor.index += 1
        is_first = False
