"""Texts between single quotes: a ``'`` starts a comment, except where a value must come."""

import re
from collections.abc import Sequence

from basic.keywords import KEYWORDS, Role
from basic.syntax.tokens import Token, TokenKind

_TEXT = re.compile(r"'((?:[^'\\\n]|\\.|'')*)'")
_AFTER_TEXT = re.compile(r"[ \t\r]*(?:$|[+&,)\]}:;=<>!?.*/|]|(?:'|//)|(?<=[ \t])(?:[A-Za-z#_]))", re.MULTILINE)
_OPERATORS = frozenset(
    [
        "=",
        "==",
        "<>",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "\\",
        "&",
        "&&",
        "||",
        "(",
        "[",
        "{",
        "#{",
        ",",
        "??",
        ":",
    ]
)
_VALUE_WORDS = frozenset(
    [
        "AND",
        "AS",
        "CALL",
        "CASE",
        "CONTAINS",
        "DEFAULT",
        "DESCRIPTION",
        "ELSEIF",
        "ENUM",
        "IF",
        "IN",
        "LIKE",
        "MOD",
        "NOT",
        "OR",
        "RETURN",
        "STEP",
        "SWITCH",
        "TO",
        "UNTIL",
        "WEBHOOK",
        "WHERE",
        "WHILE",
        "WITH",
    ]
)


_COMMAND_WORDS = frozenset(
    name.split()[-1]
    for keyword in KEYWORDS
    if keyword.role is not Role.STRUCTURE and keyword.takes_values and "[" not in keyword.forms[0].split()[1]
    for name in (keyword.name, *keyword.aliases)
)
"""The last words of the keywords that are followed by a value."""


def match_single_quoted(text: str, index: int, tokens: Sequence[Token]) -> re.Match[str] | None:
    """Match a text between single quotes, whose content is group 1; None if a comment starts at the index.

    Parameters
    ----------
    text
        The script.
    index
        The index of the single quote.
    tokens
        The tokens before it.
    """
    if not _wants_value(tokens):
        return None
    match = _TEXT.match(text, index)
    # A comment may contain an apostrophe.
    return match if match is not None and _AFTER_TEXT.match(text, match.end()) else None


def _wants_value(tokens: Sequence[Token]) -> bool:
    last = next((token for token in reversed(tokens) if token.kind is not TokenKind.NEWLINE), None)
    if last is None:
        return False
    if last.kind is TokenKind.SIGN:
        return last.text in _OPERATORS
    if last is not tokens[-1]:
        return False
    word = last.word.rpartition("_")[2]
    return word in _VALUE_WORDS or word in _COMMAND_WORDS
