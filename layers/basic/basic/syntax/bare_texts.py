"""Texts without quotes behind DESCRIPTION and LIKE, which real scripts have: they are read, with a warning."""

import re

from basic.keywords import KEYWORDS, RESERVED

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


_NEXT_LINE = re.compile(r"\n[ \t]*(?P<word>[^\W\dA-Z_]\w*),?[ \t]+[^\n=\"()\[\]{}]+")
"""A line that begins with a word in small letters and has no sign of a program."""

_ENDS = (".", "!", "?", ":", ";")
_OPERANDS = ("AND", "OR", "NOT", "MOD", "TRUE", "FALSE", "NULL", "NOTHING")
_FIRST_WORDS = RESERVED.difference(_OPERANDS).union(
    name.partition(" ")[0] for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases)
)
"""The words that begin a statement."""


def find_text_end(text: str, end: int) -> int:
    """Return the end of a DESCRIPTION without quotes whose first line ends at an index.

    The lines that continue its sentence belong to it: the line before has no full stop, and they begin with a small
    letter and no keyword.
    """
    while not text[:end].rstrip(" \t\r").endswith(_ENDS):
        line = _NEXT_LINE.match(text, end)
        if line is None or line["word"].upper() in _FIRST_WORDS:
            break
        end = line.end()
    return end


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
