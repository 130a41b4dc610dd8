"""Changes of an UPDATE that compute with a field of the row, as in SQL: ``UPDATE t SET stock = stock - 1``.

The language has variables where SQL has fields. A name is a field if the same UPDATE sets it, and the bot has no
variable of this name.
"""

from collections.abc import Mapping
from typing import NamedTuple

from basic.syntax.tree.expressions import Binary, Command, Expression, MapLiteral, Name, WhereClause
from basic.syntax.tree.walk import walk

_OPERATORS = ("+", "-", "*", "/", "&")


class FieldComputation(NamedTuple):
    """``total = price * cups + 1``: the field to set, the first field, and the operators with their operands."""

    name: str
    field: Name
    steps: tuple[tuple[str, Expression], ...]


def list_computations(node: Command, assigned: Mapping[str, str]) -> list[FieldComputation]:
    """Return the fields of an UPDATE that are computed from a field.

    Parameters
    ----------
    node
        The keyword.
    assigned
        The variables of the bot, in lower case.
    """
    row = _get_changes(node)
    if row is None:
        return []
    fields = _list_fields(row, assigned)
    found = [_find_computation(key, value, fields) for key, value in zip(row.keys, row.values, strict=True)]
    return [computation for computation in found if computation is not None]


def find_constants(node: Command, computations: list[FieldComputation]) -> MapLiteral | None:
    """Return the other changes of an UPDATE; None if it is written in another form."""
    row = _get_changes(node)
    if row is None:
        return None
    computed = {computation.name for computation in computations}
    pairs = [(key, value) for key, value in zip(row.keys, row.values, strict=True) if key not in computed]
    return MapLiteral(row.position, tuple(key for key, _ in pairs), tuple(value for _, value in pairs))


def find_field_reference(node: Command, assigned: Mapping[str, str]) -> Name | None:
    """Return where an UPDATE means a field in another way than `list_computations` finds it."""
    row = _get_changes(node)
    if row is None:
        return None
    fields = _list_fields(row, assigned)
    understood = {id(computation.field) for computation in list_computations(node, assigned)}
    names = (part for part in walk(row.values) if isinstance(part, Name) and id(part) not in understood)
    return next((name for name in names if name.name.lower() in fields), None)


def find_shadowed_field(node: Command, assigned: Mapping[str, str]) -> Name | None:
    """Return the variable in ``UPDATE t SET n = n + 1`` that may be meant as the field."""
    row = _get_changes(node)
    if row is None:
        return None
    for key, value in zip(row.keys, row.values, strict=True):
        computation = _find_computation(key, value, frozenset((key.lower(),)))
        if computation is not None and key.lower() in assigned:
            return computation.field
    return None


def describe_field_reference(name: Name) -> str:
    """Return why such an UPDATE is not supported, and what to write instead."""
    field = name.name
    return (
        f"the field `{field}` is not supported here: the new value of a field may begin with a field, as in "
        f"`{field} = {field} + 1`; otherwise read the row with FIND before, and write `row.{field}`"
    )


def _get_changes(node: Command) -> MapLiteral | None:
    row = node.slots.get("row")
    if node.keyword == "UPDATE" and isinstance(row, MapLiteral) and isinstance(node.slots.get("where"), WhereClause):
        return row
    return None


def _list_fields(row: MapLiteral, assigned: Mapping[str, str]) -> frozenset[str]:
    return frozenset(key.lower() for key in row.keys).difference(assigned)


def _find_computation(name: str, value: Expression, fields: frozenset[str]) -> FieldComputation | None:
    steps: list[tuple[str, Expression]] = []
    node = value
    while isinstance(node, Binary) and node.operator in _OPERATORS:
        steps.append((node.operator, node.right))
        node = node.left
    if not steps or not isinstance(node, Name) or node.name.lower() not in fields:
        return None
    has_field = any(
        isinstance(part, Name) and part.name.lower() in fields for part in walk([step[1] for step in steps])
    )
    return None if has_field else FieldComputation(name, node, tuple(reversed(steps)))
