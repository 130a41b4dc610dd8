"""Texts without quotes behind DESCRIPTION and LIKE, which real scripts have: they are read, with a warning."""

import re

_QUOTED = r"[\"'\[{#\u201c\u201d\u201e\u2018\u201a]"
_CLAUSES = r"LIKE|DESCRIPTION|ENUM|DEFAULT|OPTIONAL|REQUIRED"
_VALUE = rf"-?\.?\d[\d.]*[ \t\r]*(?:$|,|(?:{_CLAUSES})\b)|(?:TRUE|FALSE|NULL|NOTHING)\b"
_PARAMETER = re.compile(r"(?:DESCRIPTION|LIKE)[ \t]+(?:AS|LIKE|DESCRIPTION)[ \t]+[\w\"']", re.IGNORECASE)
"""A parameter called like a clause, and its type or its first clause."""

_FIELD = re.compile(
    r"DESCRIPTION[ \t]+(?:\w+\([ \t]*(?:\d|max\b)|(?:text|string|varchar)[ \t\r]*$)", re.IGNORECASE | re.MULTILINE
)
"""A field of a TABLE called like the header, and its type."""

_DESCRIPTION = re.compile(rf"DESCRIPTION[ \t]+(?!{_QUOTED})(?P<text>[^\s=][^\n]*)", re.IGNORECASE)
_LIKE = re.compile(
    rf"LIKE[ \t]+(?!{_QUOTED}|(?:{_VALUE}))(?P<text>[^\s=][^\n\"]*?)(?=[ \t\r]*$|[ \t]+(?:{_CLAUSES})\b)",
    re.IGNORECASE | re.MULTILINE,
)


def match_bare_text(text: str, index: int, first_word: str) -> re.Match[str] | None:
    """Match DESCRIPTION or LIKE with a text without quotes.

    Parameters
    ----------
    text
        The script.
    index
        The index of a word.
    first_word
        The first word of its line in upper case; empty if it is that word itself.

    Returns
    -------
    A match whose group ``text`` is the text.
    """
    if first_word == "PARAM":
        if _PARAMETER.match(text, index) is not None:
            return None
        return _DESCRIPTION.match(text, index) or _LIKE.match(text, index)
    if first_word or _FIELD.match(text, index) is not None:
        return None
    return _DESCRIPTION.match(text, index)
