"""One entry in the table of keywords."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile


class Chapter(StrEnum):
    """The chapters of the language.

    Each value is the name of the chapter's module in `basic.keywords` and `basic.machine`, of its examples in
    ``tools/basic_examples`` and of its page in ``docs/basic``.
    """

    DIALOG = "dialog"
    MEMORY = "memory"
    CONTROL_FLOW = "control_flow"
    TEXT = "text"
    NUMBERS = "numbers"
    DATES = "dates"
    ARRAYS = "arrays"
    HTTP = "http"
    DATA = "data"
    FILES = "files"
    MAIL = "mail"
    AUTOMATION = "automation"
    OFFICE = "office"

    @property
    def heading(self) -> str:
        """The heading of the chapter's page."""
        return _HEADINGS.get(self, self.replace("_", " ").capitalize())


_HEADINGS = {
    Chapter.MEMORY: "Variables and memory",
    Chapter.ARRAYS: "Arrays and maps",
    Chapter.HTTP: "HTTP",
    Chapter.MAIL: "Mail, messages and tasks",
    Chapter.AUTOMATION: "Automation and tools",
    Chapter.OFFICE: "Office suite, agents and servers",
}


class Role(StrEnum):
    """How the front end reads a keyword."""

    STRUCTURE = "structure"
    """The parser has code for it: blocks, definitions, HEAR, assignments."""
    COMMAND = "command"
    """The parser reads it by its forms, and the machine has a handler of its name."""
    FUNCTION = "function"
    """A function of the library, which the forms allow to call without brackets."""
    LATER = "later"
    """It is parsed and reported as not supported yet. A script fails when it reaches it."""
    IGNORED = "ignored"
    """It is parsed and reported as not supported yet. A script passes over it: no other statement depends on it."""
    NEEDLESS = "needless"
    """It is parsed, warned of and passed over: what it does in General Bots is not necessary here, and `reason` says
    why."""


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword of the language.

    Parameters
    ----------
    name
        In upper case, its words joined by one blank.
    chapter
        The chapter that describes it.
    forms
        Its syntax. Words in upper case are literal; ``[...]`` is optional; any other word is an expression:
        ``name~`` accepts a bare word as a text, ``name!`` binds tighter than any operator, ``name...`` is one or more
        expressions separated by commas, ``name?`` is a condition over a row's fields.
    summary
        What it does, in one sentence.
    result
        Whether it returns a value and can be part of an expression.
    aliases
        Other names of the keyword.
    reason
        Why it is not necessary.
    """

    name: str
    chapter: Chapter
    forms: tuple[str, ...]
    summary: str
    role: Role = Role.COMMAND
    result: bool = False
    aliases: tuple[str, ...] = ()
    reason: str = ""

    @property
    def takes_values(self) -> bool:
        """Whether anything follows its name in its first form."""
        return self.forms[0].upper() != self.name

    @property
    def is_supported(self) -> bool:
        """Whether this runtime runs it."""
        return self.role not in (Role.LATER, Role.IGNORED, Role.NEEDLESS)


def structure(chapter: Chapter, name: str, forms: tuple[str, ...], summary: str, *aliases: str) -> Keyword:
    """Return a keyword that the parser has code for."""
    return Keyword(name, chapter, forms, summary, role=Role.STRUCTURE, aliases=aliases)


def function_phrase(chapter: Chapter, forms: tuple[str, ...], summary: str, *aliases: str) -> Keyword:
    """Return a function that scripts may also call without brackets; its name begins its first form."""
    name = " ".join(takewhile(str.isupper, forms[0].partition("(")[0].split()))
    return Keyword(name, chapter, forms, summary, role=Role.FUNCTION, result=True, aliases=aliases)


def later(chapter: Chapter, name: str, form: str, summary: str) -> Keyword:
    """Return a keyword that is not supported yet."""
    return Keyword(name, chapter, (form,), summary, role=Role.LATER)


def ignored(chapter: Chapter, name: str, form: str, summary: str, *aliases: str) -> Keyword:
    """Return a keyword that is not supported yet, and that declares what no other statement depends on."""
    return Keyword(name, chapter, (form,), summary, role=Role.IGNORED, aliases=aliases)


def needless(chapter: Chapter, name: str, form: str, summary: str, reason: str, *aliases: str) -> Keyword:
    """Return a keyword that has no effect, because nothing depends on what it does in General Bots."""
    return Keyword(name, chapter, (form,), summary, role=Role.NEEDLESS, aliases=aliases, reason=reason)
