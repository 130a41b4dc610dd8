"""Text messages of scripts: the recipient and the text, checked before a host sends them."""

import re
import unicodedata

from basic.errors import ScriptError
from basic.host import Sms
from basic.values import Value, describe_type, to_text

MAX_SMS_LENGTH = 1_600
"""Characters of a text message (quota of a Publish of Amazon SNS)."""

# ITU-T E.164, section 6: at most 15 digits, of which the first are the country code. No country has numbers of less
# than 7 digits with the code.
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_SEPARATORS = re.compile(r"[ \u00a0().\-/]")


def build_sms(to: Value, text: str) -> Sms:
    """Return a text message.

    Parameters
    ----------
    to
        The telephone number of the recipient with ``+`` and the country code. Blanks, brackets, dots, hyphens and
        slashes in it are left out.
    text
        The text.

    Raises
    ------
    ScriptError
        If the number is invalid, or the text is empty or too long. The message contains neither, because it is logged.
    """
    return Sms(_parse_number(to), _clean(text))


def _parse_number(to: Value) -> str:
    if isinstance(to, dict | list):
        raise ScriptError(f"the recipient of a text message must be a telephone number, not {describe_type(to)}")
    number = _SEPARATORS.sub("", to_text(to).strip())
    if not number:
        raise ScriptError("the text message has no recipient")
    if not _NUMBER.fullmatch(number):
        raise ScriptError(
            "the recipient of the text message is not a telephone number with + and the country code, as in +15550100"
        )
    return number


def _clean(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    # Control characters have no place in a text message, and lone surrogates cannot be encoded.
    kept = (each for each in lines if each == "\n" or unicodedata.category(each) not in ("Cc", "Cs"))
    cleaned = "".join(kept).strip()
    if not cleaned:
        raise ScriptError("the text message has no text")
    if len(cleaned) > MAX_SMS_LENGTH:
        raise ScriptError(f"a text message has at most {MAX_SMS_LENGTH:,} characters")
    return cleaned
