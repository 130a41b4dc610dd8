"""What the names of a bot's scripts mean: variables, routines, scripts, functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from basic.library import Library
from basic.syntax.tree import (
    Assign,
    Bare,
    Block,
    Call,
    ForEach,
    ForTo,
    Item,
    Member,
    Name,
    Routine,
    Target,
    Tree,
    With,
    walk,
)


class Called(NamedTuple):
    """What a call calls: the operation that does it, and the name that the operation knows it by."""

    operation: Literal["routine", "script", "call"]
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names a script can use.

    Parameters
    ----------
    scripts
        All scripts of the bot, by their names in lower case.
    assigned
        Every name that any of them gives a value to, in lower case, as it is first written.
    routines
        The SUBs and FUNCTIONs of the script, by their names in lower case.
    library
        The functions.
    """

    scripts: Mapping[str, Tree]
    assigned: Mapping[str, str]
    routines: Mapping[str, Routine]
    library: Library

    def called(self, call: Call) -> Called | None:
        """Return what a call calls, or None if there is no such thing."""
        name = call.name.lower().replace(" ", "_")
        if name in self.routines:
            return Called("routine", name)
        function = self.library.function_name(name)
        if name in self.scripts and (call.explicit or function is None):
            return Called("script", name)
        return None if function is None else Called("call", function)

    def routine_of(self, name: Name) -> str | None:
        """Return the routine that a name without brackets calls, if it is no variable."""
        word = name.name.lower()
        return word if word in self.routines and word not in self.assigned else None

    def function_of(self, name: Name) -> str | None:
        """Return the function that a name without brackets calls, such as NOW, if it is no variable."""
        if name.name.lower() in self.assigned:
            return None
        function = self.library.function_name(name.name)
        return function if function is not None and self.library.functions[function].min_args == 0 else None


def script_name(file: str) -> str:
    """Return what CALL knows a file by: ``Start.bas`` is ``start``."""
    return file.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".bas")


def root(target: Target) -> Name | None:
    """Return the variable that a target is, or is a part of."""
    part: object = target
    while isinstance(part, Member | Item):
        part = part.base
    return part if isinstance(part, Name) else None


def assigned_names(part: object) -> dict[str, str]:
    """Return the names that get a value somewhere in a tree, in lower case, as they are first written."""
    names: list[str] = []
    for node in walk(part):
        match node:
            case Assign() | With():
                variable = root(node.target)
                names += [variable.name] if variable else []
            case ForEach() | ForTo():
                names.append(node.variable)
            case Tree():
                names += [parameter.name for parameter in node.parameters]
            case Routine():
                names += node.parameters
            case _:
                pass
    return {name.lower(): name for name in reversed(names) if name}


def mentioned_names(block: Block) -> frozenset[str]:
    """Return the variables that some statements mention, in lower case."""
    nodes = list(walk(block))
    loops = (node.variable.lower() for node in nodes if isinstance(node, ForEach | ForTo))
    return frozenset(loops).union(node.name.lower() for node in nodes if isinstance(node, Name | Bare))


def local_names(routine: Routine, outside: frozenset[str]) -> frozenset[str]:
    """Return the variables of a routine's own, in lower case.

    Its parameters are, and the names it gives a value to, unless the script mentions them outside its routines: then
    they are the session's.
    """
    parameters = (parameter.lower() for parameter in routine.parameters)
    return frozenset(assigned_names(routine.body)).difference(outside).union(parameters)
