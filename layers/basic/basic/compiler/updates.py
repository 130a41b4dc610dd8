"""Changes of an UPDATE that compute with the field itself, as SQL does: the language has only variables there."""

from collections.abc import Mapping

from basic.syntax.tree.expressions import Command, MapLiteral, Name, WhereClause
from basic.syntax.tree.walk import walk


def find_field_reference(node: Command, assigned: Mapping[str, str]) -> Name | None:
    """Return where ``UPDATE t SET stock = stock - 1`` means a field, because the bot has no variable of its name.

    Parameters
    ----------
    node
        The keyword.
    assigned
        The variables of the bot, in lower case.
    """
    row = node.slots.get("row")
    if (
        node.keyword != "UPDATE"
        or not isinstance(row, MapLiteral)
        or not isinstance(node.slots.get("where"), WhereClause)
    ):
        return None
    fields = {key.lower() for key in row.keys}
    names = (part for part in walk(row.values) if isinstance(part, Name))
    return next((name for name in names if name.name.lower() in fields and name.name.lower() not in assigned), None)


def describe_field_reference(name: Name) -> str:
    """Return why such an UPDATE is not supported, and what to write instead."""
    field = name.name
    return (
        f"computing with the field `{field}` is not supported yet; read the row with FIND before, and write "
        f"`row.{field}` instead of `{field}`"
    )
