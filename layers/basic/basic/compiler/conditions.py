"""Conditions that are composed of texts and values: a user's answer must not become part of the condition."""

import re
from collections.abc import Iterator, Sequence

from basic.syntax.tree.expressions import Binary, Expression, Literal, Template

_ENDS_BEFORE_VALUE = re.compile(r"(=|<|>|\blike)\s*['\"]?%?\s*$", re.IGNORECASE)
_QUOTES = "'\""

type ConditionParts = list[str | Expression]
"""The author's texts and the values between them, in order."""


def split_condition(condition: Expression) -> ConditionParts | None:
    """Split ``"name='" + who + "'"`` or ``"name=${who}"`` into its texts and values; return None for any other one.

    An operand is a value where a comparison expects one or a quote is open. Elsewhere, as in
    ``"total " + sign + " 5"``, it is a part of the condition itself, and the entire condition is evaluated as one text.
    What ``${}`` fills in is always a value, and so are then the other operands.
    """
    operands = _list_operands(condition)
    has_fillings = any(isinstance(operand, Template) for operand in operands)
    if not has_fillings and (len(operands) == 1 or not isinstance(operands[0], Literal)):
        return None
    parts: ConditionParts = []
    text = ""
    for operand in _list_parts(operands):
        if isinstance(operand, str):
            text += operand
            parts.append(operand)
        elif has_fillings or _has_open_quote(text) or _ENDS_BEFORE_VALUE.search(text):
            parts.append(operand)
        else:
            return None
    return None if all(isinstance(part, str) for part in parts) else parts


def list_values(parts: ConditionParts) -> list[Expression]:
    """Return the values of a condition."""
    return [part for part in parts if not isinstance(part, str)]


def list_texts(parts: ConditionParts) -> list[str | None]:
    """Return the texts of a condition, with None for each value."""
    return [part if isinstance(part, str) else None for part in parts]


def _list_operands(node: Expression) -> Sequence[Expression]:
    operands: list[Expression] = []
    while isinstance(node, Binary) and node.operator in ("+", "&"):
        operands.append(node.right)
        node = node.left
    return [node, *reversed(operands)]


def _list_parts(operands: Sequence[Expression]) -> Iterator[str | Expression]:
    """Yield the texts of the operands, and the expressions between them."""
    for operand in operands:
        match operand:
            case Literal(value=str(text)):
                yield text
            case Template(parts=parts):
                yield from parts
            case _:
                yield operand


def _has_open_quote(text: str) -> bool:
    """Return whether a text ends inside quotes."""
    quote = ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in _QUOTES:
            quote = character
    return bool(quote)
