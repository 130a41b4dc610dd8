"""What the names in a script mean: variables, routines, scripts, functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from basic.library import Library
from basic.syntax.tree.definitions import Routine, ScriptTree
from basic.syntax.tree.expressions import FunctionCall, Name


class CallTarget(NamedTuple):
    """The target of a call: the operation that performs it, and the name that the operation uses for it."""

    operation: Literal["routine", "script", "call"]
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a script can use.

    Parameters
    ----------
    scripts
        All scripts of the bot, by their names in lower case.
    assigned
        Every name that any of them assigns, in lower case, with its first spelling.
    routines
        The SUBs and FUNCTIONs of the script, by their names in lower case.
    library
        The functions.
    """

    scripts: Mapping[str, ScriptTree]
    assigned: Mapping[str, str]
    routines: Mapping[str, Routine]
    library: Library

    def list_tables(self) -> frozenset[str]:
        """Return the names of all tables that the scripts define, in lower case."""
        return frozenset(table.name.casefold() for tree in self.scripts.values() for table in tree.tables)

    def resolve_call(self, call: FunctionCall) -> CallTarget | None:
        """Return the target of a call, or None if the name is unknown."""
        name = call.name.lower().replace(" ", "_")
        if name in self.routines:
            return CallTarget("routine", name)
        function = self.library.find_function(name)
        if name in self.scripts and (call.explicit or function is None):
            return CallTarget("script", name)
        return None if function is None else CallTarget("call", function)

    def find_routine(self, name: Name) -> str | None:
        """Return the routine that a name without brackets calls, unless it is a variable."""
        word = name.name.lower()
        return word if word in self.routines and word not in self.assigned else None

    def find_function(self, name: Name) -> str | None:
        """Return the function that a name without brackets calls, such as NOW, unless it is a variable."""
        if name.name.lower() in self.assigned:
            return None
        function = self.library.find_function(name.name)
        return function if function is not None and self.library.functions[function].min_args == 0 else None
