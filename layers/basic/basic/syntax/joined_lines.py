"""Lines that continue: they end in a comma or an operator, or the next one begins with an operator or a clause."""

from collections.abc import Sequence

from basic.keywords import KEYWORDS, RESERVED, Role
from basic.syntax.tokens import Token, TokenKind

_OPEN_SIGNS = frozenset(
    (",", "+", "-", "*", "/", "\\", "&", "&&", "||", "??", "=", "==", "<>", "!=", "<", "<=", ">", ">=")
)
_OPERANDS = (TokenKind.NAME, TokenKind.TEXT, TokenKind.NUMBER)
_OPEN_WORDS = frozenset(("AND", "OR"))
_CONDITION_WORDS = frozenset(("WHERE", "AND", "OR"))
_CONTINUING_SIGNS = frozenset(("+", "&", "&&", "||", "??"))
_VALUE_SIGNS = frozenset(["(", "[", "{", "#{", "-"])
_VALUE_WORDS = frozenset(("NOT", "TRUE", "FALSE", "NULL", "NOTHING"))
_STATEMENT_WORDS = RESERVED.difference(_VALUE_WORDS).union(
    name.partition(" ")[0]
    for keyword in KEYWORDS
    if not keyword.result and keyword.role is not Role.FUNCTION
    for name in (keyword.name, *keyword.aliases)
)


def join_lines(tokens: Sequence[Token]) -> list[Token]:
    """Leave out the line ends inside statements that continue in the next line."""
    joined: list[Token] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.kind is not TokenKind.NEWLINE:
            joined.append(token)
        elif not joined or not (_continues(joined, tokens, index + 1) or _continues_sql(joined, start, tokens, index)):
            joined.append(token)
            start = len(joined)
    return joined


def _continues_sql(before: Sequence[Token], start: int, tokens: Sequence[Token], index: int) -> bool:
    """Return whether a condition follows WHERE, AND or OR, or a field the SET or a comma of `UPDATE table SET`.

    ``field = value`` at the start of a line is an assignment elsewhere.
    """
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None or following.kind is not TokenKind.NAME or following.word in _STATEMENT_WORDS:
        return False
    is_update = [token.word for token in before[start : start + 3 : 2]] == ["UPDATE", "SET"]
    return before[-1].word in _CONDITION_WORDS or (is_update and (before[-1].word == "SET" or before[-1].text == ","))


def _continues(before: Sequence[Token], tokens: Sequence[Token], index: int) -> bool:
    following = tokens[index] if index < len(tokens) else None
    if following is None or before[-1].kind in (TokenKind.NEWLINE, TokenKind.BLOCK):
        return False
    if following.kind is TokenKind.SIGN and following.text in _CONTINUING_SIGNS:
        return True
    if following.kind is TokenKind.NAME and tokens[index + 1].kind in _OPERANDS:
        # `WHERE` begins no statement, and `SET` after `UPDATE table` none either.
        is_set = following.word == "SET" and len(before) > 1 and before[-2].word == "UPDATE"
        if following.word == "WHERE" or is_set:
            return True
    return _is_open(before) and _starts_value(tokens, index)


def _is_open(before: Sequence[Token]) -> bool:
    last = before[-1]
    if last.kind is TokenKind.NAME:
        return last.word in _OPEN_WORDS
    if last.kind is not TokenKind.SIGN or last.text not in _OPEN_SIGNS:
        return False
    # The `*` of `HEAR x AS "A", *` is no operator.
    is_wildcard = last.text == "*" and len(before) > 1 and (before[-2].text == "," or before[-2].word in ("AS", "MENU"))
    return not is_wildcard


def _starts_value(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    match token.kind:
        case TokenKind.TEXT | TokenKind.NUMBER:
            return True
        case TokenKind.SIGN:
            return token.text in _VALUE_SIGNS
        case TokenKind.NAME:
            return token.word.partition("_")[0] not in _STATEMENT_WORDS and not _is_assigned(tokens, index + 1)
        case _:
            return False


def _is_assigned(tokens: Sequence[Token], index: int) -> bool:
    """Return whether a name before an index is assigned, as in ``a.b[0] =``."""
    depth = 0
    while index < len(tokens) and tokens[index].kind not in (TokenKind.NEWLINE, TokenKind.END):
        token = tokens[index]
        depth += (token.text == "[") - (token.text == "]")
        if not depth and token.text not in (".", "]") and tokens[index - 1].text != ".":
            return token.text == "="
        index += 1
    return False
