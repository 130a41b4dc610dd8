"""The forms of scripts that can be rewritten without knowing what the script is for."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from basic.diagnostics import Position, Severity
from basic.package import build
from basic.syntax.lexer import tokenize
from basic.syntax.tokens import Token, TokenKind
from tools.bots.importing.edits import Edit, apply_edits

_OPENING, _CLOSING = ("(", "[", "{", "#{"), (")", "]", "}")
_STATEMENTS = frozenset(("TALK", "RETURN", "PRINT"))
"""Keywords that a conditional expression may follow."""

_NEW_CASE = "the_case"
_CASE_IN_TEXT = re.compile(r"\$\{case\b", re.IGNORECASE)
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


def _find_case_variables(text: str) -> list[Edit]:
    """Find the variable `case`, which is a reserved word, in a script without SWITCH."""
    tokens = tokenize(text).tokens
    if not {token.word for token in tokens}.isdisjoint(("SWITCH", "SELECT")):
        return []
    edits = []
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        is_key = before.text in (".", "?.") or (after.text == ":" and before.text in ("{", "#{", ","))
        if token.word == "CASE" and not is_key:
            edits.append(Edit(token.position, token.text, _NEW_CASE))
        if token.kind is TokenKind.TEXT and "\n" not in token.text:
            edits += [
                Edit(Position(token.position.line, token.position.column + match.start()), match[0], f"${{{_NEW_CASE}")
                for match in _CASE_IN_TEXT.finditer(token.text)
            ]
    if tokens[0].word == "CASE":
        edits.append(Edit(tokens[0].position, tokens[0].text, _NEW_CASE))
    return edits if any(not edit.old.startswith("$") for edit in edits) else []


def _find_conditional_expressions(text: str) -> list[Edit]:
    """Find conditions with `?` and `:`."""
    edits: list[Edit] = []
    for statement in _split_statements(tokenize(text).tokens):
        marks = [index for index, token in enumerate(statement) if token.text == "?"]
        if len(marks) == 1:
            edits += _rewrite_conditional(statement, marks[0])
    return edits


def _rewrite_conditional(statement: Sequence[Token], mark: int) -> list[Edit]:
    start, end = _find_start(statement, mark), _find_end(statement, mark)
    colons = [index for index in range(mark, end) if statement[index].text == ":"]
    if len(colons) != 1 or start == mark:
        return []
    colon, last = statement[colons[0]], statement[end - 1]
    return [
        Edit(statement[start].position, "", "IIF("),
        _replace_by_comma(statement, mark),
        _replace_by_comma(statement, statement.index(colon)),
        Edit(last.end, "", ")"),
    ]


def _replace_by_comma(statement: Sequence[Token], index: int) -> Edit:
    """Replace a sign and the blank before it by a comma."""
    before, sign = statement[index - 1], statement[index]
    gap = sign.position.column - before.end.column if before.end.line == sign.position.line else 0
    position = Position(sign.position.line, sign.position.column - gap)
    return Edit(position, " " * gap + sign.text, ",")


def _find_start(statement: Sequence[Token], mark: int) -> int:
    """Return the index of the first token of the condition."""
    depth = 0
    for index in reversed(range(mark)):
        text = statement[index].text
        depth += (text in _CLOSING) - (text in _OPENING)
        if depth < 0 or (depth == 0 and text == ","):
            return index + 1
    if statement[0].word in _STATEMENTS:
        return 1
    signs = (index for index, token in enumerate(statement) if token.text in ("=", "+=", "-="))
    return next(signs, mark - 1) + 1


def _find_end(statement: Sequence[Token], mark: int) -> int:
    """Return the index after the last token of the expression."""
    depth = 0
    for index in range(mark, len(statement)):
        text = statement[index].text
        depth += (text in _OPENING) - (text in _CLOSING)
        if depth < 0 or (depth == 0 and text == ","):
            return index
    return len(statement)


def _split_statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens of each line that is not empty."""
    statement: list[Token] = []
    for token in tokens:
        if token.kind in (TokenKind.NEWLINE, TokenKind.END, TokenKind.BLOCK):
            if statement:
                yield statement
            statement = []
        else:
            statement.append(token)


_REWRITES: Sequence[tuple[str, Callable[[str], list[Edit]]]] = (
    ("typographic quotes are straight", _find_typographic_quotes),
    ("the text has quotes", _find_bare_texts),
    ("IF as a function is IIF", _find_if_functions),
    (f"the variable `case` is `{_NEW_CASE}`, because `case` is a reserved word", _find_case_variables),
    ("a condition with `?` and `:` is IIF", _find_conditional_expressions),
)
"""What each rewrite does, and the edits that it needs."""
