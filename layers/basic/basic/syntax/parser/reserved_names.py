"""Reserved words that a script uses as variables: one error for each word, not one for each of its uses."""

from collections.abc import Sequence
from itertools import pairwise

from basic.diagnostics import Issue
from basic.keywords import RESERVED
from basic.syntax.tokens import Token, TokenKind

_STATEMENT_WORDS = frozenset(
    [
        "CASE",
        "DO",
        "END",
        "EXIT",
        "FOR",
        "FUNCTION",
        "LOOP",
        "NEXT",
        "RETURN",
        "SELECT",
        "SUB",
        "SWITCH",
        "TALK",
        "WEND",
        "WHILE",
    ]
)
"""Reserved words that begin a statement, so that they are keywords nowhere else, except after these:"""

_BEFORE_KEYWORDS = frozenset(["DO", "END", "EXIT", "LOOP", "RESUME", "SELECT"])
_AFTER_VARIABLE = ("=", ".", "[")
_SEPARATORS = (":", ";")
_ALSO_NAMES = ("CASE",)
"""Reserved words that a script may assign: it is then a variable wherever no branch begins with it."""


def report_reserved_names(tokens: list[Token], issues: list[Issue]) -> list[Token]:
    """Report each reserved word that is a variable and may not be, and return the tokens with its uses unreserved."""
    assigned: dict[str, Token] = {}
    for before, token, following in _list_triples(tokens):
        is_start = _is_statement_start(before) or (before is not None and before.word in ("LET", "SET"))
        is_assigned = is_start and following.text == "=" and following.kind is TokenKind.SIGN
        is_loop = before is not None and before.word in ("EACH", "FOREACH", "FOR_EACH") and following.word == "IN"
        if token.word in RESERVED and (is_assigned or is_loop):
            assigned.setdefault(token.word, token)
    for token in (token for word, token in assigned.items() if word not in _ALSO_NAMES):
        message = f"`{token.text}` is a reserved word and cannot be the name of a variable"
        issues.append(Issue(token.position, message))
    return [_unreserve(*triple, frozenset(assigned)) for triple in _list_triples(tokens)] if assigned else tokens


def _list_triples(tokens: Sequence[Token]) -> list[tuple[Token | None, Token, Token]]:
    """Return each token with the one before it and the one after it."""
    following = [*tokens[1:], tokens[-1]]
    return [(None, tokens[0], following[0])] + [
        (before, token, next_token) for (before, token), next_token in zip(pairwise(tokens), following[1:], strict=True)
    ]


def _unreserve(before: Token | None, token: Token, following: Token, assigned: frozenset[str]) -> Token:
    if token.kind is not TokenKind.NAME or token.word not in assigned:
        return token
    if _is_statement_start(before):
        is_variable = following.kind is TokenKind.SIGN and following.text in _AFTER_VARIABLE
    else:
        is_keyword = token.word not in _STATEMENT_WORDS or (before is not None and before.word in _BEFORE_KEYWORDS)
        is_variable = not is_keyword or following.text == "="
    return token._replace(word=f"${token.word}") if is_variable else token


def _is_statement_start(before: Token | None) -> bool:
    if before is None or before.kind is TokenKind.NEWLINE or before.word in ("THEN", "ELSE"):
        return True
    return before.kind is TokenKind.SIGN and before.text in _SEPARATORS
