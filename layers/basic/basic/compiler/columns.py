"""Naming the values of a SAVE without a TABLE: after the variables and fields they are read from."""

from collections.abc import Sequence

from basic.compiler.names import Names
from basic.syntax.tree.expressions import Expression, Item, Literal, Member, Name


def name_columns(values: Sequence[Expression], names: Names) -> list[str]:
    """Return a name for each value; no two differ only in case.

    ``email`` gives its own name, and ``order.total`` and ``order["total"]`` give ``total``. Other values, and those
    whose name an earlier value has, are named by their number: ``column3``.
    """
    columns: dict[str, int] = {}
    for index, value in enumerate(values):
        name = _get_name(value, names)
        if name and name.casefold() not in map(str.casefold, columns):
            columns[name] = index
    by_index = {index: name for name, index in columns.items()}
    used = {name.casefold() for name in columns}
    return [by_index.get(index) or _make_unused(f"column{index + 1}", used) for index in range(len(values))]


def _get_name(value: Expression, names: Names) -> str:
    match value:
        case Name(name=name) if names.find_function(value) is None:
            return name
        case Member(name=name) | Item(index=Literal(value=str(name))):
            return name
        case _:
            return ""


def _make_unused(name: str, used: set[str]) -> str:
    while name in used:
        name += "_"
    return name
