"""SET HEADER and CLEAR HEADERS: the headers of a script's later requests."""

import re
from collections.abc import Mapping

from basic.errors import ScriptError
from basic.values import Value, quote, to_text

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,100}", re.ASCII)
"""The name of a header: RFC 9110, section 5.1."""

_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]{0,8000}")
"""The value of a header: RFC 9110, section 5.5. No line break, so nothing can be smuggled in behind it."""

_OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers that frame the request or lead it elsewhere; only the client sets them."""

MOST_HEADERS = 50


def with_header(headers: Mapping[str, str], name: Value, value: Value) -> dict[str, str]:
    """Return headers with one set, whatever the case of its name; an empty value takes it away.

    Raises
    ------
    ScriptError
        If a name or a value is none, if the header is the client's own, or if there are too many.
    """
    spelled, text = to_text(name).strip(), to_text(value).strip()
    check(spelled, text)
    others = {other: kept for other, kept in headers.items() if other.lower() != spelled.lower()}
    if not text:
        return others
    if len(others) >= MOST_HEADERS:
        raise ScriptError(f"a script sets at most {MOST_HEADERS} headers")
    return others | {spelled: text}


def check(name: str, value: str) -> None:
    """Refuse what may not be sent as a header.

    Raises
    ------
    ScriptError
        If it may not. The sentence never holds the value, which may be a secret.
    """
    if not _TOKEN.fullmatch(name):
        raise ScriptError(f"{quote(name)} is no name of a header, such as X-Api-Key")
    if name.lower() in _OURS:
        raise ScriptError(f"the header {name} is not for scripts to set")
    if not _VALUE.fullmatch(value):
        raise ScriptError(f"the value of the header {name} has a line break, or a letter that headers cannot hold")
