r"""Literals in number and date patterns: ``'text'``, ``"text"`` and ``\x`` are literal text."""

LITERAL = r"'[^']*'|\"[^\"]*\"|\\."
"""The regular expression of a literal."""


def unquote(literal: str) -> str:
    """Return the text of a literal."""
    return literal[1:] if literal.startswith("\\") else literal[1:-1]
