"""Conditions put together from texts and values: what a user answered must not become part of the condition."""

import re
from collections.abc import Sequence

from basic.syntax.tree import Binary, Expression, Literal

_AWAITS_VALUE = re.compile(r"(=|<|>|\blike)\s*['\"]?%?\s*$", re.IGNORECASE)
_QUOTES = "'\""

type Pieces = list[str | Expression]
"""The author's texts and the values between them, in order."""


def pieces_of(condition: Expression) -> Pieces | None:
    """Take ``"name='" + who + "'"`` apart; None if that is not how the condition is made.

    A value is a value where a comparison awaits one or a quote is open. Elsewhere, as in ``"total " + sign + " 5"``, it
    is the script's own word and the whole is read as a text.
    """
    operands = _operands(condition)
    if len(operands) == 1 or not isinstance(operands[0], Literal):
        return None
    pieces: Pieces = []
    written = ""
    for operand in operands:
        if isinstance(operand, Literal) and isinstance(operand.value, str):
            written += operand.value
            pieces.append(operand.value)
        elif _open_quote(written) or _AWAITS_VALUE.search(written):
            pieces.append(operand)
        else:
            return None
    return None if all(isinstance(piece, str) for piece in pieces) else pieces


def _operands(node: Expression) -> Sequence[Expression]:
    found: list[Expression] = []
    while isinstance(node, Binary) and node.operator in ("+", "&"):
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _open_quote(written: str) -> bool:
    """Tell whether the text ends inside quotes."""
    opened = ""
    for character in written:
        if opened:
            opened = "" if character == opened else opened
        elif character in _QUOTES:
            opened = character
    return bool(opened)
