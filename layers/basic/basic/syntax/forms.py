"""The forms of the table, made ready for reading a script by them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from basic.keywords import KEYWORDS, Keyword, Role

_PART = re.compile(r"\.\.\.|[\[\],~!?]|\w+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word, or a comma, that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """An expression.

    Parameters
    ----------
    name
        What the machine's handler knows it by.
    mark
        ``~`` for a bare word, ``!`` for one that binds tight, ``...`` for a list, ``?`` for a condition, or nothing.
    """

    name: str
    mark: str


@dataclass(frozen=True, slots=True)
class Optional:
    """Parts that may be left out."""

    parts: tuple["Part", ...]


type Part = Word | Slot | Optional
type Form = tuple[Part, ...]


def _parts(pieces: Iterator[str]) -> Form:
    parts: list[Part] = []
    for piece in pieces:
        if piece == "]":
            break
        if piece == "[":
            parts.append(Optional(_parts(pieces)))
        elif piece == "," or piece.isupper():
            parts.append(Word(piece))
        elif piece in ("~", "!", "?", "...") and isinstance(parts[-1], Slot):
            parts[-1] = Slot(parts[-1].name, piece)
        else:
            parts.append(Slot(piece, ""))
    return tuple(parts)


def _compile(keyword: Keyword) -> tuple[Form, ...]:
    words = len(keyword.name.split())
    return tuple(_parts(iter(_PART.findall(form)))[words:] for form in keyword.forms)


FORMS: Mapping[str, tuple[Form, ...]] = {
    keyword.name: _compile(keyword)
    for keyword in KEYWORDS
    if keyword.role is Role.COMMAND or (keyword.role is Role.FUNCTION and "(" not in keyword.forms[0])
}
"""The forms of each keyword that is read by its forms, without the keyword itself."""


def written(keyword: Keyword) -> str:
    """Say how a keyword is written, without the marks."""
    return " or ".join(f"`{re.sub(r'[~!?]', '', form)}`" for form in keyword.forms)
