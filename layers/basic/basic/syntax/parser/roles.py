"""Parsing READ BY and WRITE BY: the roles that may read and write a table, or a field of it."""

from dataclasses import dataclass, field

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.words import parse_name_or_text


@dataclass(slots=True)
class TableRoles:
    """The roles of one table, or of one field."""

    readers: list[str] = field(default_factory=list)
    writers: list[str] = field(default_factory=list)

    def parse(self, cursor: TokenCursor) -> bool:
        """Parse ``READ BY "role1;role2", role3`` or ``WRITE BY ...``; return False if neither is next."""
        if cursor.accept_phrase("READ BY"):
            self.readers += _parse_roles(cursor)
        elif cursor.accept_phrase("WRITE BY"):
            self.writers += _parse_roles(cursor)
        else:
            return False
        return True


def _parse_roles(cursor: TokenCursor) -> list[str]:
    names = _parse_role_list(cursor)
    while cursor.accept_sign(","):
        names += _parse_role_list(cursor)
    return names


def _parse_role_list(cursor: TokenCursor) -> list[str]:
    """Parse one name or text; a text may hold several roles."""
    position = cursor.current.position
    names = [name.strip() for name in parse_name_or_text(cursor, "a role").split(";")]
    if not all(names):
        # An empty role would grant access to every user or to none, which no author means.
        message = 'the name of a role is empty; usage: `READ BY "hr;managers"`'
        raise ScriptSyntaxError(position, message)
    return names
