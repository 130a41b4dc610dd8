"""The operators of expressions and their binding powers (Pratt parsing)."""

from basic.syntax.tokens import Token, TokenKind

LOWEST, NOT, COMPARISON, COALESCE, UNARY, POWER = 0, 3, 4, 5, 9, 10
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
    "IN": (COMPARISON, "IN"),
    "LIKE": (COMPARISON, "LIKE"),
    "??": (COALESCE, "??"),
    "&": (6, "&"),
    "+": (7, "+"),
    "-": (7, "-"),
    "*": (8, "*"),
    "/": (8, "/"),
    "\\": (8, "\\"),
    "%": (8, "MOD"),
    "MOD": (8, "MOD"),
    "^": (POWER, "^"),
}


_TWO_WORDS = ("STARTS WITH", "ENDS WITH")
_NEGATED = ("CONTAINS", "IN", "LIKE", "STARTS", "ENDS")
"""First words of the operators that may have a NOT before them."""


def find_operator(first: Token, second: Token, third: Token) -> tuple[int, str, int] | None:
    """Return the binding power, the canonical name and the number of tokens of an operator of one or more words.

    The name of one with a NOT before it begins with ``NOT``.
    """
    if first.word == "NOT" and second.word in _NEGATED:
        negated = find_operator(second, third, third)
        return None if negated is None else (negated[0], f"NOT {negated[1]}", negated[2] + 1)
    if f"{first.word} {second.word}" in _TWO_WORDS:
        return COMPARISON, f"{first.word} {second.word}", 2
    operator = get_operator(first)
    return None if operator is None else (*operator, 1)


def get_operator(token: Token) -> tuple[int, str] | None:
    """Return the binding power and the canonical name of the binary operator that a token is, or None."""
    match token.kind:
        case TokenKind.SIGN:
            return _OPERATORS.get(token.text)
        case TokenKind.NAME:
            return _OPERATORS.get(token.word)
        case _:
            return None
