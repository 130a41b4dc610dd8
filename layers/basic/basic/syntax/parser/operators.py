"""The operators of expressions and their binding powers (Pratt parsing)."""

from basic.syntax.tokens import Token, TokenKind

LOWEST, NOT, COMPARISON, UNARY, POWER = 0, 3, 4, 8, 9
"""Binding powers: a higher one binds tighter."""

_OPERATORS: dict[str, tuple[int, str]] = {
    "OR": (1, "OR"),
    "||": (1, "OR"),
    "AND": (2, "AND"),
    "&&": (2, "AND"),
    "=": (COMPARISON, "="),
    "==": (COMPARISON, "="),
    "<>": (COMPARISON, "<>"),
    "!=": (COMPARISON, "<>"),
    "<": (COMPARISON, "<"),
    "<=": (COMPARISON, "<="),
    ">": (COMPARISON, ">"),
    ">=": (COMPARISON, ">="),
    "IS": (COMPARISON, "="),
    "CONTAINS": (COMPARISON, "CONTAINS"),
    "&": (5, "&"),
    "+": (6, "+"),
    "-": (6, "-"),
    "*": (7, "*"),
    "/": (7, "/"),
    "\\": (7, "\\"),
    "%": (7, "MOD"),
    "MOD": (7, "MOD"),
    "^": (POWER, "^"),
}


def get_operator(token: Token) -> tuple[int, str] | None:
    """Return the binding power and the canonical name of the binary operator that a token is, or None."""
    match token.kind:
        case TokenKind.SIGN:
            return _OPERATORS.get(token.text)
        case TokenKind.NAME:
            return _OPERATORS.get(token.word)
        case _:
            return None
