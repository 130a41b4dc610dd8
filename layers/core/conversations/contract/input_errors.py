"""Errors about invalid input: specific, without a quotation of the input, and of bounded size."""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from conversations.contract.requests import ATTACHMENT_KINDS
from conversations.domain import errors

MAX_FAULTS = 5
"""How many faults an error describes; it counts the others."""

MAX_NAME_LENGTH = 64
"""Characters of a field's name or path in an error; the names of unknown fields are the client's."""

MAX_DETAIL_LENGTH = 1_000
"""Characters of an error's sentences. A frame of API Gateway has 128 KB at most, and the error must fit into one."""

_MESSAGE_FIELDS = frozenset({"content", "attachments", "initial_message"})
"""Fields whose errors are errors of a message (the seed's ``invalid_message``); all others are ``invalid_request``."""

_UNKNOWN_FIELD = "extra_forbidden"
"""Pydantic's type of the fault that a model has no such field."""

_SENTENCES = {
    "model_type": "must be a JSON object",
    "tuple_type": "must be a JSON array",
    "string_unicode": "must not contain half a surrogate pair",
}
"""Sentences for faults that pydantic describes in the words of Python, by its type of the fault."""


def build_validation_error(error: ValidationError, *, subject: str) -> errors.InvalidRequestError:
    """Build the error about an invalid body, query or frame, without quoting it.

    Parameters
    ----------
    error
        What pydantic found.
    subject
        The name of the input, for faults that belong to no field.
    """
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    fields = [str(fault["loc"][0]) if fault["loc"] else None for fault in faults]
    sentences = [
        f"{shorten_name(_format_path(fault['loc'])) or subject}: {_format_sentence(fault)}"
        for fault in faults[:MAX_FAULTS]
    ]
    if len(faults) > MAX_FAULTS:
        sentences.append(f"and {len(faults) - MAX_FAULTS} more")
    # A model without such a field has no message, so an unknown field is never an error of a message.
    known = {field for field, fault in zip(fields, faults, strict=True) if not _is_unknown_field(fault)}
    error_type = errors.InvalidRequestError if known.isdisjoint(_MESSAGE_FIELDS) else errors.InvalidMessageError
    field = next((field for field in fields if field), None)
    return error_type(
        _cut("; ".join(sentences), MAX_DETAIL_LENGTH), field=None if field is None else shorten_name(field)
    )


def build_field_error(field: str, sentence: str) -> errors.InvalidRequestError:
    """Build the error about one field, whose name is the client's."""
    error_type = errors.InvalidMessageError if field in _MESSAGE_FIELDS else errors.InvalidRequestError
    name = shorten_name(field)
    return error_type(f"{name}: {sentence}", field=name)


def shorten_name(name: str) -> str:
    """Return a name of a client's with at most ``MAX_NAME_LENGTH`` characters, all of them printable."""
    printable = (character if character.isprintable() else "?" for character in name[: MAX_NAME_LENGTH + 1])
    return _cut("".join(printable), MAX_NAME_LENGTH)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _is_unknown_field(fault: ErrorDetails) -> bool:
    return fault["type"] == _UNKNOWN_FIELD and len(fault["loc"]) == 1


def _format_path(location: tuple[int | str, ...]) -> str:
    """Return the path of a field as the client wrote it: without pydantic's name of the kind of an attachment."""
    match location:
        case ("attachments", int(), kind, *_) if kind in ATTACHMENT_KINDS:
            location = (*location[:2], *location[3:])
    return ".".join(str(part) for part in location)


def _format_sentence(fault: ErrorDetails) -> str:
    text = _SENTENCES.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:]
