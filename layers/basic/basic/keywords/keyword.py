"""What the table of the language says about one keyword."""

from dataclasses import dataclass
from enum import StrEnum


class Group(StrEnum):
    """The chapters of the reference."""

    DIALOG = "Dialog"
    MEMORY = "Variables and memory"
    CONTROL = "Control flow"
    TEXT = "Text"
    NUMBERS = "Numbers"
    DATES = "Dates"
    ARRAYS = "Arrays and maps"
    HTTP = "HTTP"
    DATA = "Data"
    FILES = "Files"
    MAIL = "Mail, messages and tasks"
    AUTOMATION = "Automation and tools"


class Role(StrEnum):
    """How the front end reads a keyword."""

    STRUCTURE = "structure"
    """The parser knows it: blocks, definitions, HEAR, assignments."""
    COMMAND = "command"
    """Its forms say how to read it; the machine has a handler of its name."""
    FUNCTION = "function"
    """A function of the library; its forms say how to read it without brackets."""
    LATER = "later"
    """Read and reported by its name, not run yet."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """One keyword of the language.

    Parameters
    ----------
    name
        In upper case, its words joined by one blank.
    forms
        How it is written. Words in upper case stand for themselves; ``[...]`` may be left out; any other word is an
        expression: ``name~`` may be a bare word that stands for itself, ``name!`` binds tighter than any operator,
        ``name...`` is one or more of them separated by commas, ``name?`` is a condition over a row's fields.
    doc
        One sentence.
    result
        Whether it has a result, so that it can stand in an expression.
    aliases
        Other names of the same.
    """

    name: str
    group: Group
    forms: tuple[str, ...]
    doc: str
    role: Role = Role.COMMAND
    result: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def supported(self) -> bool:
        """Whether this runtime runs it."""
        return self.role is not Role.LATER
