"""The forms of the keyword table, compiled for the parser."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from basic.keywords import KEYWORDS, Keyword, Role

_PIECE = re.compile(r"\.\.\.|[\[\],=~!?]|\w+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, a comma or an equals sign that must be written exactly."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression.

    Parameters
    ----------
    name
        The name that the machine's handler uses for it.
    mark
        ``~`` for a bare word, ``!`` for one that binds tightly, ``...`` for a list, ``?`` for a condition; empty
        otherwise.
    """

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class OptionalParts:
    """Parts that may be left out."""

    parts: tuple["Part", ...]


type Part = Word | Slot | OptionalParts
type Form = tuple[Part, ...]


def _compile_parts(pieces: Iterator[str]) -> Form:
    parts: list[Part] = []
    for piece in pieces:
        if piece == "]":
            break
        if piece == "[":
            parts.append(OptionalParts(_compile_parts(pieces)))
        elif piece in (",", "=") or piece.isupper():
            parts.append(Word(piece))
        elif piece in ("~", "!", "?", "...") and isinstance(parts[-1], Slot):
            parts[-1] = Slot(parts[-1].name, piece)
        else:
            parts.append(Slot(piece, ""))
    return tuple(parts)


def _compile_forms(keyword: Keyword) -> tuple[Form, ...]:
    words = len(keyword.name.split())
    return tuple(_compile_parts(iter(_PIECE.findall(form)))[words:] for form in keyword.forms)


FORMS: Mapping[str, tuple[Form, ...]] = {
    keyword.name: _compile_forms(keyword)
    for keyword in KEYWORDS
    if keyword.role is Role.COMMAND or (keyword.role is Role.FUNCTION and "(" not in keyword.forms[0])
}
"""The forms of each keyword that is parsed by its forms, without the keyword itself."""


def describe_syntax(keyword: Keyword) -> str:
    """Return the forms of a keyword for a message, without the marks."""
    return " or ".join(f"`{re.sub(r'[~!?]', '', form)}`" for form in keyword.forms)
