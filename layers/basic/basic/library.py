"""The library: what a script may call without side effects, the functions and the validators of HEAR.

The machine and the checker receive it as an argument; `STANDARD` is the one of every bot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from basic import functions, hear
from basic.errors import InvalidAnswer
from basic.keywords import find_keyword
from basic.turn import TurnFacts
from basic.values import Value


class LibraryFunction(Protocol):
    """A function of the library."""

    @property
    def min_args(self) -> int:
        """The minimum number of arguments."""

    @property
    def max_args(self) -> int | None:
        """The maximum number of arguments; None is any number."""

    @property
    def call(self) -> "FunctionBody":
        """The implementation; an invalid argument is a `ScriptError`. It changes no argument."""

    @property
    def cost(self) -> "FunctionCost":
        """What a call costs besides its result."""


class FunctionBody(Protocol):
    """The implementation of a function."""

    def __call__(self, arguments: Sequence[Value], turn: TurnFacts, /) -> Value:
        """Return the value of the function."""


class FunctionCost(Protocol):
    """The cost of a call."""

    def __call__(self, arguments: Sequence[Value], /) -> int:
        """Return the instructions to charge; a too large argument is a `BudgetError`."""


class AnswerValidator(Protocol):
    """The validation of answers to a HEAR with a type."""

    def __call__(
        self, type_name: str, text: str, attachments: Sequence[Mapping[str, Value]], turn: TurnFacts, /
    ) -> Value | InvalidAnswer:
        """Return the normalised answer, or what to ask for instead."""


@dataclass(frozen=True, slots=True)
class Library:
    """Functions by their names in upper case, with words joined by ``_``, and the validators of HEAR."""

    functions: Mapping[str, LibraryFunction]
    normalise: AnswerValidator

    def find_function(self, name: str) -> str | None:
        """Return the name of a function in the library, also for an alias from the keyword table; None if unknown."""
        function = name.upper().replace(" ", "_")
        keyword = find_keyword(function.replace("_", " "))
        names = (function, keyword.name, *keyword.aliases) if keyword else (function,)
        candidates = (candidate.replace(" ", "_") for candidate in names)
        return next((candidate for candidate in candidates if candidate in self.functions), None)


STANDARD = Library(functions.FUNCTIONS, hear.normalise)
"""The functions and the HEAR types of the language."""
