"""Visiting the nodes of a syntax tree."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import cast

from basic.diagnostics import Position

_CHILD_FIELDS: dict[type, tuple[str, ...]] = {}


def walk(root: object) -> Iterator[object]:
    """Visit each node below and including ``root``, also in tuples and slots, without recursion."""
    remaining = [root]
    while remaining:
        node = remaining.pop()
        node_type = type(node)
        if node_type is tuple:
            remaining += cast("tuple[object, ...]", node)
        elif node_type is dict:
            remaining += cast("dict[str, object]", node).values()
        elif names := _get_child_fields(node_type):
            yield node
            remaining += [getattr(node, name) for name in names]


def _get_child_fields(node_type: type) -> tuple[str, ...]:
    """Return the fields of a node that may hold other nodes; empty for anything else."""
    names = _CHILD_FIELDS.get(node_type)
    if names is None:
        declared = fields(node_type) if is_dataclass(node_type) else ()
        names = tuple(child.name for child in declared if child.type is not Position)
        _CHILD_FIELDS[node_type] = names
    return names
