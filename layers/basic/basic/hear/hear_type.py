"""A type of HEAR and the answers it parses."""

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from basic.hear.sentences import Finder
from basic.turn import TurnFacts
from basic.values import Value

ANY_LENGTH = sys.maxsize
"""For types that do not parse the text."""


@dataclass(frozen=True, slots=True)
class HearAnswer:
    """The answer of a user to a typed HEAR.

    Attributes
    ----------
    text
        The user's text, without white space around it.
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
        In upper case.
    aliases
        Other names of the type.
    parse
        Returns the normal form of an answer, or None if the answer is invalid.
    empty
        The value of the variable after three invalid answers; no valid answer is equal to it.
    summary
        What the normal form is, in one line of the reference.
    retry_messages
        The message to a user whose answer is invalid, by language, with an example; English is required.
    example
        An answer and its normal form; None if the answer is not a text.
    max_length
        The most characters of an answer; a longer one is invalid.
    redact
        Returns the text to store instead of a user's message, valid or not; None if messages are stored unchanged.
    find
        Returns what may be answers in a sentence; None if a sentence is invalid.
    get_known_answer
        Returns the answer if it is known without asking, else None; None if the user is always asked.
    """

    name: str
    aliases: Sequence[str]
    parse: Callable[[HearAnswer], Value]
    empty: Value
    summary: str
    retry_messages: Mapping[str, str]
    example: tuple[str, Value] | None
    max_length: int = 200
    redact: Callable[[str], str] | None = None
    find: Finder | None = None
    get_known_answer: Callable[[TurnFacts], Value] | None = None


def simplify(text: str) -> str:
    """Return a text in lower case, without accents and without punctuation at its end."""
    decomposed = unicodedata.normalize("NFKD", text.strip().rstrip(".!").strip().casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
