"""Skipping the rest of a line or of a statement that cannot be parsed."""

from collections.abc import Sequence

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.tokens import Token, TokenKind

MAX_BRACKET_LINES = 100
"""Lines that are searched for the end of a bracket where nothing else shows whether it has one."""

_OPENING = ("(", "[", "{", "#{", "${")
_CLOSING = (")", "]", "}")
_CLOSERS = {"WITH": ("WITH",), "DO": ("ON", "SCHEDULE")}
"""What ends the lines of a statement, by its last word: options, or what runs at an event or later."""

_STATEMENT_ENDS = ("THEN", "ELSE", "END", "ENDIF")


def skip_line(cursor: TokenCursor) -> None:
    """Go to the end of the line."""
    cursor.brackets = ()
    while not cursor.is_line_end():
        cursor.index += 1


def skip_open_bracket(cursor: TokenCursor, start: int) -> bool:
    """Go to the end of the line in which a bracket ends that is open in the current line.

    Parameters
    ----------
    cursor
        The tokens, after an error in a statement.
    start
        The index of the first token of the statement.

    Returns
    -------
    False if no bracket is open, or it has no end.
    """
    line_end = cursor.index
    while cursor.tokens[line_end].kind not in (TokenKind.NEWLINE, TokenKind.END):
        line_end += 1
    opening = _find_open_bracket(cursor.tokens, start, line_end)
    end = None if opening is None else find_bracket_end(cursor.tokens, opening)
    if end is None:
        return False
    cursor.index = end
    skip_line(cursor)
    return True


def _find_open_bracket(tokens: Sequence[Token], start: int, end: int) -> int | None:
    """Return the index of the outermost bracket that is open at the end of some tokens."""
    open_brackets: list[int] = []
    for index in range(start, end):
        if _is_sign(tokens[index], _OPENING):
            open_brackets.append(index)
        elif _is_sign(tokens[index], _CLOSING) and open_brackets:
            open_brackets.pop()
    return open_brackets[0] if open_brackets else None


def find_bracket_end(tokens: Sequence[Token], opening: int) -> int | None:
    """Return the index of the token that closes a bracket; None if no token does."""
    depth = 0
    for index in range(opening, len(tokens)):
        depth += _is_sign(tokens[index], _OPENING) - _is_sign(tokens[index], _CLOSING)
        if not depth:
            return index
    return None


def _is_sign(token: Token, signs: tuple[str, ...]) -> bool:
    return token.kind is TokenKind.SIGN and token.text in signs


def skip_statement(cursor: TokenCursor) -> None:
    """Go to the end of the statement, or of the brackets around it; one with an open bracket ends with its line."""
    open_brackets, line_end = 0, None
    while (token := cursor.tokens[cursor.index]).kind is not TokenKind.END:
        if _is_sign(token, _OPENING):
            open_brackets += 1
        elif _is_sign(token, _CLOSING):
            if not open_brackets:
                return
            open_brackets -= 1
        elif not open_brackets and not cursor.brackets and _ends_statement(cursor):
            break
        elif token.kind is TokenKind.NEWLINE:
            line_end = line_end or cursor.index
            if token.position.line - cursor.tokens[line_end].position.line > MAX_BRACKET_LINES:
                break
        cursor.index += 1
    if open_brackets and line_end is not None:
        cursor.index = line_end
    _skip_lines(cursor)


def _skip_lines(cursor: TokenCursor) -> None:
    """Go past the lines that belong to a statement: up to END WITH if it ends in WITH, up to END ON if in DO."""
    closers = _CLOSERS.get(cursor.previous.word)
    if closers is not None and cursor.is_line_end():
        _skip_to_end(cursor, closers)


def skip_handler(cursor: TokenCursor) -> None:
    """Go past END ON, if the next lines up to one are the handler of an event: without another ON or a routine."""
    _skip_to_end(cursor, ("ON",), frozenset(("ON", "SUB", "FUNCTION")))


def _skip_to_end(cursor: TokenCursor, closers: tuple[str, ...], others: frozenset[str] = frozenset()) -> None:
    """Go past END and one of its words; stay if there is none, or if a line begins with one of other words before."""
    for index in range(cursor.index, len(cursor.tokens) - 1):
        token = cursor.tokens[index]
        closer = cursor.tokens[index + 1].word if token.word == "END" else token.word.removeprefix("END").lstrip("_")
        if token.word.startswith("END") and closer in closers:
            cursor.index = index + (2 if token.word == "END" else 1)
            return
        if token.word in others and cursor.tokens[index - 1].kind is TokenKind.NEWLINE:
            return


def _ends_statement(cursor: TokenCursor) -> bool:
    return cursor.is_statement_end() or cursor.current.word in _STATEMENT_ENDS
