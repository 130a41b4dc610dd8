"""SET HEADER and CLEAR HEADERS: the headers of a script's later requests."""

import re
from collections.abc import Mapping

from basic.errors import ScriptError
from basic.values import Value, quote, to_text

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}", re.ASCII)
"""The name of a header: RFC 9110, section 5.1."""

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8000}")
"""The value of a header: RFC 9110, section 5.5. It has no line break, which prevents header injection."""

_RESERVED = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that frame or route the request; only the client sets them."""

MAX_HEADERS = 50


def set_header(headers: Mapping[str, str], name: Value, value: Value) -> dict[str, str]:
    """Return headers with one set, ignoring the case of its name; an empty value removes it.

    Raises
    ------
    ScriptError
        If the name or the value is invalid, the header is reserved, or there are too many headers.
    """
    stripped_name, text = to_text(name).strip(), to_text(value).strip()
    validate(stripped_name, text)
    others = {other: other_value for other, other_value in headers.items() if other.lower() != stripped_name.lower()}
    if not text:
        return others
    if len(others) >= MAX_HEADERS:
        raise ScriptError(f"a script sets at most {MAX_HEADERS} headers")
    return others | {stripped_name: text}


def validate(name: str, value: str) -> None:
    """Validate a header.

    Raises
    ------
    ScriptError
        If it is invalid or reserved. The message never contains the value, which may be a secret.
    """
    if not _TOKEN.fullmatch(name):
        raise ScriptError(f"{quote(name)} is not a valid header name, such as X-Api-Key")
    if name.lower() in _RESERVED:
        raise ScriptError(f"the header {name} is reserved; scripts cannot set it")
    if not _VALUE.fullmatch(value):
        raise ScriptError(
            f"the value of the header {name} contains a line break or a character that is invalid in headers"
        )
