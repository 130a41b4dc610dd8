"""The types of HEAR: they validate answers, return their normal form, and have the message for an invalid answer."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from basic.errors import InvalidAnswer, ScriptError
from basic.hear import amounts, contacts, dates, documents, media, words
from basic.hear.hear_type import HearAnswer, HearType
from basic.turn import TurnFacts, get_language
from basic.values import Value, quote

__all__ = ["TYPES", "HearType", "InvalidAnswer", "get_empty_value", "get_known_answer", "normalise", "redacted_as"]

_ALL = (*words.TYPES, *amounts.TYPES, *dates.TYPES, *contacts.TYPES, *documents.TYPES, *media.TYPES)

TYPES: Mapping[str, HearType] = MappingProxyType(
    {name: hear_type for hear_type in _ALL for name in (hear_type.name, *hear_type.aliases)}
)
"""Every type by its name and its aliases, in upper case."""


def normalise(
    type_name: str, text: str, attachments: Sequence[Mapping[str, Value]], turn: TurnFacts
) -> Value | InvalidAnswer:
    """Return the normal form of an answer, or the message to the user if the answer is invalid.

    Parameters
    ----------
    type_name
        The type, in any case.
    text
        The user's text; empty if there are only attachments.
    attachments
        ``{name, content_type, url}`` of each.
    turn
        The facts of the turn: the language determines how ``1,234`` is read and the message, the date *tomorrow*.

    Raises
    ------
    ScriptError
        If the type is unknown.
    """
    hear_type = _get_type(type_name)
    answer = HearAnswer(text.strip(), attachments, turn)
    value = _parse(hear_type, answer) if len(answer.text) <= hear_type.max_length else None
    if value is not None:
        return value
    return InvalidAnswer(hear_type.retry_messages.get(get_language(turn.locale), hear_type.retry_messages["en"]))


def get_empty_value(type_name: str) -> Value:
    """Return the value of the variable after three invalid answers.

    Raises
    ------
    ScriptError
        If the type is unknown.
    """
    return _get_type(type_name).empty


def get_known_answer(type_name: str, turn: TurnFacts) -> Value:
    """Return the answer to a HEAR if it is known without asking the user, else None.

    Parameters
    ----------
    type_name
        The type, in any case; empty for a HEAR without a type.
    turn
        The facts of the turn.
    """
    hear_type = TYPES.get(type_name.upper())
    return None if hear_type is None or hear_type.get_known_answer is None else hear_type.get_known_answer(turn)


def redacted_as(type_name: str, text: str) -> str | None:
    """Return the text to store instead of a message to a HEAR, valid or not; None if the message is stored unchanged.

    Parameters
    ----------
    type_name
        The type, in any case; messages to an unknown type are not redacted.
    text
        The user's message.
    """
    hear_type = TYPES.get(type_name.upper())
    return None if hear_type is None or hear_type.redact is None else hear_type.redact(text)


def _parse(hear_type: HearType, answer: HearAnswer) -> Value:
    """Parse an answer, or the only thing in it that may be one; None if it is invalid."""
    value = hear_type.parse(answer)
    if value is not None or hear_type.find is None or _is_question(answer.text):
        return value
    found = hear_type.find(answer.text)
    return hear_type.parse(replace(answer, text=found[0])) if len(found) == 1 else None


def _is_question(text: str) -> bool:
    return text.endswith(("?", "\N{ARABIC QUESTION MARK}")) and len(text.split()) > 1


def _get_type(type_name: str) -> HearType:
    hear_type = TYPES.get(type_name.upper())
    if hear_type is None:
        raise ScriptError(f"HEAR has no type {quote(type_name)}")
    return hear_type
