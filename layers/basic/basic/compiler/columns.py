"""What the values of a SAVE are called where no TABLE names them: like the variables and fields they are read from."""

from collections.abc import Sequence

from basic.compiler.names import Names
from basic.syntax.tree import Expression, Item, Literal, Member, Name


def columns_of(values: Sequence[Expression], names: Names) -> list[str]:
    """Return a name for each value, no two alike but for case.

    ``email`` is called so, and ``order.total`` and ``order["total"]`` are ``total``. What has no name, or one that a
    value before it has, is called by its place: ``column3``.
    """
    columns: dict[str, int] = {}
    for place, value in enumerate(values):
        name = _name_of(value, names)
        if name and name.casefold() not in map(str.casefold, columns):
            columns[name] = place
    placed = {place: name for name, place in columns.items()}
    taken = {name.casefold() for name in columns}
    return [placed.get(place) or _free(f"column{place + 1}", taken) for place in range(len(values))]


def _name_of(value: Expression, names: Names) -> str:
    match value:
        case Name(name=name) if names.function_of(value) is None:
            return name
        case Member(name=name) | Item(index=Literal(value=str(name))):
            return name
        case _:
            return ""


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
