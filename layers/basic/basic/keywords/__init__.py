"""The one table of the language: the parser, the checker and the reference read it.

Also here: the words that name no variable. The types of HEAR and the functions say of themselves what they are, in
`basic.hear` and in `basic.functions`.
"""

from collections.abc import Mapping

from basic.keywords.control import AUTOMATION, CONTROL
from basic.keywords.dialog import DIALOG, MEMORY
from basic.keywords.functions import FUNCTIONS
from basic.keywords.keyword import Group, Keyword, Role
from basic.keywords.outside import DATA, FILES, HTTP, MAIL

__all__ = ["KEYWORDS", "RESERVED", "Group", "Keyword", "Role", "keyword_of"]

KEYWORDS: tuple[Keyword, ...] = (*DIALOG, *MEMORY, *CONTROL, *FUNCTIONS, *HTTP, *DATA, *AUTOMATION, *FILES, *MAIL)

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


def keyword_of(phrase: str) -> Keyword | None:
    """Return the keyword that some words in upper case, joined by one blank, are; also by an alias."""
    return _BY_NAME.get(phrase)
