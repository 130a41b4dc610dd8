"""An answer to a typed HEAR, and what a type is."""

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from basic.turn import TurnFacts
from basic.values import Value

ANY_LENGTH = sys.maxsize
"""For types that look at no character of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody sent.

    Attributes
    ----------
    text
        Their text, without white space around it.
    attachments
        ``{name, content_type, url}`` of each.
    turn
        The facts of the turn, for *today* and for the language.
    """

    text: str
    attachments: Sequence[Mapping[str, Value]]
    turn: TurnFacts


@dataclass(frozen=True, slots=True)
class HearType:
    """A type of HEAR.

    Attributes
    ----------
    name
        In capitals.
    aliases
        Its other names.
    read
        Gives the normal form of an answer, or None if the answer is not of the type.
    empty
        What the variable holds after three answers that were not.
    says
        What the normal form is, for the reference: one line.
    expects
        What the user is told by language, with an example; English is always there.
    example
        An answer and its normal form; None where the answer is no text.
    longest
        How many characters an answer of the type may have; a longer one is not even looked at.
    kept
        Gives what a message that should be of the type is kept as, whether or not it is; None if it is kept as it is.
    known
        Gives the answer where nobody has to be asked for it, else None; None if people are always asked.
    """

    name: str
    aliases: Sequence[str]
    read: Callable[[Answer], Value]
    empty: Value
    says: str
    expects: Mapping[str, str]
    example: tuple[str, Value] | None
    longest: int = 200
    kept: Callable[[str], str] | None = None
    known: Callable[[TurnFacts], Value] | None = None


def plain(text: str) -> str:
    """Return a text in small letters, without accents and without the marks of a sentence at its end."""
    decomposed = unicodedata.normalize("NFKD", text.strip().rstrip(".!").strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
