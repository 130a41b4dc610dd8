"""What a script may call without any effect: the functions, and the validators of HEAR.

The machine and the checker are given them; `STANDARD` is what every bot has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from basic import functions, hear
from basic.errors import Refusal
from basic.keywords import find_keyword
from basic.turn import TurnFacts
from basic.values import Value


class Function(Protocol):
    """A function of the library."""

    @property
    def min_args(self) -> int:
        """The fewest arguments it takes."""

    @property
    def max_args(self) -> int | None:
        """The most arguments it takes; None is any number."""

    @property
    def call(self) -> "FunctionCall":
        """What works it out; a fault is a `ScriptError`. It changes no argument."""


class FunctionCall(Protocol):
    """What a function does."""

    def __call__(self, arguments: Sequence[Value], turn: TurnFacts, /) -> Value:
        """Work the value out."""


class Normaliser(Protocol):
    """What a typed HEAR takes for an answer."""

    def __call__(
        self, type_name: str, text: str, attachments: Sequence[Mapping[str, Value]], turn: TurnFacts, /
    ) -> Value | Refusal:
        """Return the normal form of an answer, or say what is expected instead."""


@dataclass(frozen=True, slots=True)
class Library:
    """Functions by their names in upper case, words joined by ``_``, and the validators."""

    functions: Mapping[str, Function]
    normalise: Normaliser

    def function_name(self, name: str) -> str | None:
        """Return the name of a function as the library has it; also by an alias of the table of keywords."""
        wanted = name.upper().replace(" ", "_")
        keyword = find_keyword(wanted.replace("_", " "))
        names = (wanted, keyword.name, *keyword.aliases) if keyword else (wanted,)
        return next((known for each in names if (known := each.replace(" ", "_")) in self.functions), None)


STANDARD = Library(functions.FUNCTIONS, hear.normalise)
"""The functions and the types of the language."""
