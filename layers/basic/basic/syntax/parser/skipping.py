"""Skipping the rest of a line or of a statement that cannot be parsed."""

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.tokens import TokenKind

MAX_BRACKET_LINES = 20
"""Lines that are searched for the end of a bracket where nothing else shows whether it has one."""

_STATEMENT_ENDS = ("ELSE", "END", "ENDIF")


def skip_line(cursor: TokenCursor) -> None:
    """Go to the end of the line."""
    cursor.brackets = ()
    while not cursor.is_line_end():
        cursor.index += 1


def skip_statement(cursor: TokenCursor) -> None:
    """Go to the end of the statement, or of the brackets around it; one with an open bracket ends with its line."""
    open_brackets, line_end = 0, None
    while (token := cursor.tokens[cursor.index]).kind is not TokenKind.END:
        if token.kind is TokenKind.SIGN and token.text in ("(", "[", "{", "#{"):
            open_brackets += 1
        elif token.kind is TokenKind.SIGN and token.text in (")", "]", "}"):
            if not open_brackets:
                return
            open_brackets -= 1
        elif not open_brackets and not cursor.brackets and _ends_statement(cursor):
            return
        elif token.kind is TokenKind.NEWLINE:
            line_end = line_end or cursor.index
            if token.position.line - cursor.tokens[line_end].position.line > MAX_BRACKET_LINES:
                break
        cursor.index += 1
    if open_brackets and line_end is not None:
        cursor.index = line_end


def _ends_statement(cursor: TokenCursor) -> bool:
    return cursor.is_statement_end() or cursor.current.word in _STATEMENT_ENDS
