"""The forms of scripts that can be rewritten without knowing what the script is for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from basic.diagnostics import Severity
from basic.package import build
from basic.syntax.lexer import tokenize
from basic.syntax.tokens import TokenKind
from tools.bots.importing.edits import Edit, apply_edits

_CURLY_QUOTES = "\u201c\u201d\u201e\u2018\u201a"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a script.

    Attributes
    ----------
    line
        The line that was changed.
    description
        What was changed, for its author.
    """

    line: int
    description: str


def rewrite_script(text: str) -> tuple[str, list[Change]]:
    """Rewrite a script; a rewrite that leaves more errors than there were is not made."""
    changes: list[Change] = []
    for description, find_edits in _REWRITES:
        edits = find_edits(text)
        rewritten = apply_edits(text, edits)
        if edits and _count_errors(rewritten) <= _count_errors(text):
            changes += [Change(line, description) for line in sorted({edit.position.line for edit in edits})]
            text = rewritten
    return text, sorted(changes, key=lambda change: change.line)


def _count_errors(text: str) -> int:
    diagnostics = build({"script.bas": text}).diagnostics
    return sum(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics)


def _find_typographic_quotes(text: str) -> list[Edit]:
    """Find texts between typographic quotes, which the lexer reads and reports."""
    return [
        Edit(token.position, token.text, '"' + token.text[1:-1].replace('"', '""') + '"')
        for token in tokenize(text).tokens
        if token.kind is TokenKind.TEXT and token.text[0] in _CURLY_QUOTES
    ]


def _find_bare_texts(text: str) -> list[Edit]:
    """Find the texts of LIKE and DESCRIPTION that have no quotes."""
    quotes = f"\"'{_CURLY_QUOTES}"
    texts = (token for token in tokenize(text).tokens if token.kind is TokenKind.TEXT and token.text[:1] not in quotes)
    return [Edit(token.position, token.text, '"' + token.text.replace('"', '""') + '"') for token in texts]


def _find_if_functions(text: str) -> list[Edit]:
    """Find IF(condition, a, b) where a value is expected."""
    tokens = tokenize(text).tokens
    return [
        Edit(token.position, token.text, "IIF")
        for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False)
        if token.word == "IF" and after.text == "(" and before.text in ("=", "+", "&", "(", ",")
    ]


_REWRITES: Sequence[tuple[str, Callable[[str], list[Edit]]]] = (
    ("typographic quotes are straight", _find_typographic_quotes),
    ("the text has quotes", _find_bare_texts),
    ("IF as a function is IIF", _find_if_functions),
)
"""What each rewrite does, and the edits that it needs."""
