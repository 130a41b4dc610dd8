"""Typed HEAR: whether an answer is of a type, what its normal form is, and what to say when it is not."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from basic.errors import Refusal, ScriptError
from basic.hear import amounts, contacts, documents, media, moments, words
from basic.hear.answer import Answer, HearType
from basic.turn import TurnFacts, get_language
from basic.values import Value, quote

__all__ = ["TYPES", "HearType", "Refusal", "empty_value", "kept_as", "known", "normalise"]

_ALL = (*words.TYPES, *amounts.TYPES, *moments.TYPES, *contacts.TYPES, *documents.TYPES, *media.TYPES)

TYPES: Mapping[str, HearType] = MappingProxyType({name: kind for kind in _ALL for name in (kind.name, *kind.aliases)})
"""Every type by its name and by its aliases, in capitals."""


def normalise(
    type_name: str, text: str, attachments: Sequence[Mapping[str, Value]], turn: TurnFacts
) -> Value | Refusal:
    """Return the normal form of an answer, or what to say instead of taking it.

    Parameters
    ----------
    type_name
        The type, whatever its case.
    text
        What the user wrote; empty if they only attached something.
    attachments
        ``{name, content_type, url}`` of each.
    turn
        The facts of the turn: the language decides about ``1,234`` and about the sentence, the date about *tomorrow*.

    Raises
    ------
    ScriptError
        If there is no such type.
    """
    kind = _kind(type_name)
    answer = Answer(text.strip(), attachments, turn)
    value = kind.read(answer) if len(answer.text) <= kind.longest else None
    if value is not None:
        return value
    return Refusal(kind.expects.get(get_language(turn.locale), kind.expects["en"]))


def empty_value(type_name: str) -> Value:
    """Return what the variable holds after three answers that were not of the type.

    Raises
    ------
    ScriptError
        If there is no such type.
    """
    return _kind(type_name).empty


def known(type_name: str, turn: TurnFacts) -> Value:
    """Return the answer to a HEAR that nobody has to be asked for; None if somebody has to.

    Parameters
    ----------
    type_name
        The type, whatever its case; empty for a HEAR without one.
    turn
        The facts of the turn.
    """
    kind = TYPES.get(type_name.upper())
    return None if kind is None or kind.known is None else kind.known(turn)


def kept_as(type_name: str, text: str) -> str | None:
    """Return what a message is kept as that a HEAR has heard, taken or not; None if it is kept as it is.

    Parameters
    ----------
    type_name
        The type, whatever its case; one that is not known hides nothing.
    text
        What the user wrote.
    """
    kind = TYPES.get(type_name.upper())
    return None if kind is None or kind.kept is None else kind.kept(text)


def _kind(type_name: str) -> HearType:
    kind = TYPES.get(type_name.upper())
    if kind is None:
        raise ScriptError(f"HEAR knows no type {quote(type_name)}")
    return kind
