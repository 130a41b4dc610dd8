"""The table of keywords, which the parser, the checker and the reference read: one module for each chapter.

`RESERVED` has the words that cannot name a variable. The types of HEAR and the functions have tables of their own, in
`basic.hear` and in `basic.functions`.
"""

from collections.abc import Mapping

from basic.keywords import (
    arrays,
    automation,
    control_flow,
    data,
    dates,
    dialog,
    files,
    http,
    mail,
    memory,
    office,
    text,
)
from basic.keywords.keyword import Chapter, Keyword, Role

__all__ = ["KEYWORDS", "RESERVED", "Chapter", "Keyword", "Role", "describe_unsupported", "find_keyword"]

_CHAPTERS = (dialog, memory, control_flow, text, dates, arrays, http, data, automation, files, mail, office)

KEYWORDS: tuple[Keyword, ...] = tuple(keyword for chapter in _CHAPTERS for keyword in chapter.KEYWORDS)

_BY_NAME: Mapping[str, Keyword] = {name: keyword for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases)}

RESERVED = frozenset(
    (
        "IF",
        "THEN",
        "ELSE",
        "ELSEIF",
        "END",
        "ENDIF",
        "SWITCH",
        "SELECT",
        "CASE",
        "FOR",
        "NEXT",
        "DO",
        "LOOP",
        "WHILE",
        "WEND",
        "UNTIL",
        "SUB",
        "FUNCTION",
        "CALL",
        "RETURN",
        "EXIT",
        "TALK",
        "HEAR",
        "AND",
        "OR",
        "NOT",
        "MOD",
        "TRUE",
        "FALSE",
        "NULL",
        "NOTHING",
    )
)
"""Words that are never a variable. Other keywords may be: real scripts have variables called ``list`` and ``name``."""


def find_keyword(phrase: str) -> Keyword | None:
    """Return the keyword of this name or alias, in upper case with its words joined by one blank, or None."""
    return _BY_NAME.get(phrase)


def describe_unsupported(name: str) -> str:
    """Return the sentence that says that a keyword, or a form of one, is not supported."""
    return f"{name} is not supported yet"
