"""The texts that clients send: what a message's content, an idempotency key, a file name and a number may contain.

Each rule exists once as a set of characters: the validators and the patterns of the API documents are built from it.
"""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

MAX_CONTENT_LENGTH = 8_000
"""Characters in a user's message (contract, section 2)."""

MAX_CLIENT_MESSAGE_ID_LENGTH = 128
"""Characters in a client's idempotency key; bounds the key of its record."""

# What pydantic trims: Unicode's White_Space, of which the last line are control characters that only trimming accepts.
_BLANK = r"\t\n\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_TRIMMED_CONTROL = r"\u000b-\u000d\u0085"
_CONTROL = r"\u0000-\u0008\u000b-\u001f\u007f-\u009f"
_ANY_CONTROL = r"\u0000-\u001f\u007f-\u009f"
# Unicode's Default_Ignorable_Code_Point, the blank Braille pattern and the annotation characters of category Cf. The
# last three ranges are written as characters, because the dialects of patterns have no common escape for them.
_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_visible = re.compile(f"[^{_BLANK}{_CONTROL}{_INVISIBLE}]")
_control = re.compile(f"[{_CONTROL}]")
_any_control = re.compile(f"[{_ANY_CONTROL}]")

_LINE = rf"(?:[^{_CONTROL}]|\r\n)*"
CONTENT_PATTERN = (
    rf"^[{_BLANK}{_TRIMMED_CONTROL}]*(?:[{_BLANK}{_INVISIBLE}]|\r\n)*[^{_CONTROL}{_BLANK}{_INVISIBLE}]{_LINE}"
    rf"[{_BLANK}{_TRIMMED_CONTROL}]*$"
)
"""Matches what ``Content`` accepts, apart from its length."""


def _normalize_newlines(value: object) -> object:
    """Replace CRLF, the newline of Windows, by LF, so that a message is the same from every system."""
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


def _require_visible_character(text: str) -> str:
    if not _visible.search(text):
        raise ValueError("must contain a visible character")
    return text


def _refuse_control_characters(text: str) -> str:
    if _control.search(text):
        raise ValueError("must not contain control characters other than tab and newline")
    return text


def _refuse_all_control_characters(text: str) -> str:
    if _any_control.search(text):
        raise ValueError("must not contain control characters")
    return text


Content = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_CONTENT_LENGTH),
    BeforeValidator(_normalize_newlines),
    AfterValidator(_refuse_control_characters),
    AfterValidator(_require_visible_character),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CONTENT_LENGTH,
            "pattern": CONTENT_PATTERN,
            "description": (
                "1 to 8,000 characters after trimming, at least one of them visible; no control characters but tab and"
                " newline; CRLF is stored as LF"
            ),
        }
    ),
]
"""The content of a user's message: trimmed, 1 to 8,000 characters, at least one of them visible, newlines as LF."""

ClientMessageId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_CLIENT_MESSAGE_ID_LENGTH),
    AfterValidator(_refuse_all_control_characters),
    WithJsonSchema(
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CLIENT_MESSAGE_ID_LENGTH,
            "pattern": f"^[^{_ANY_CONTROL}]*$",
        }
    ),
]
"""The idempotency key of a message, chosen by the client: 1 to 128 characters, no control characters."""

MAX_TITLE_LENGTH = 100
"""Characters of a conversation's title."""


def _remove_invisible(text: str) -> str:
    return text if _visible.search(text) else ""


Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_TITLE_LENGTH),
    AfterValidator(_refuse_all_control_characters),
    AfterValidator(_remove_invisible),
    WithJsonSchema({"type": "string", "maxLength": MAX_TITLE_LENGTH, "pattern": f"^[^{_ANY_CONTROL}]*$"}),
]
"""The title of a conversation: trimmed, one line, empty if none of its characters is visible."""

FileName = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255),
    AfterValidator(_refuse_control_characters),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^[^{_CONTROL}]*$"}),
]
"""A file name: 1 to 255 characters, no control characters but tab and newline."""


_DIGITS = re.compile(r"[0-9]{1,18}")


def _require_digits(value: object) -> object:
    """Refuse what pydantic would convert as well: signs, spaces, underscores, fractions, digits of other scripts."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number, written in at most 18 digits")
    return value


DIGITS = BeforeValidator(_require_digits)
"""A number that is written as text: in a query string, or in the environment."""


def is_blank(character: str) -> bool:
    """Return whether a character is white space, a control character or a format character."""
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")
