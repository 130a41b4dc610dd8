"""What the compilers of one script or routine share."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from basic.compiler.emitter import Emitter
from basic.compiler.names import Names
from basic.syntax.tree.expressions import Conditional, Expression


@dataclass(frozen=True, slots=True)
class Scope:
    """The script or routine that is compiled.

    Parameters
    ----------
    emitter
        Receives the instructions.
    names
        The names of the script.
    local_names
        The local variables of the routine, in lower case; a script has none.
    """

    emitter: Emitter
    names: Names
    local_names: frozenset[str] = frozenset()

    def is_local(self, name: str) -> bool:
        """Return whether a variable is local to the routine."""
        return name.lower() in self.local_names


class ExpressionWriter(Protocol):
    """Compiles the operands of the expressions and statements that contain them."""

    def compile(self, node: Expression, /) -> None:
        """Emit the instructions that push the value of an expression."""

    def compile_conditional(self, node: Conditional) -> None:
        """Emit the instructions that push one of two values."""

    def compile_all(self, nodes: Iterable[Expression], /) -> int:
        """Emit the instructions that push some values, and return their number."""
