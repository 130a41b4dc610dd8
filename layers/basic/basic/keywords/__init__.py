"""The one table of the language: the parser, the checker and the reference read it.

Also here: the types of HEAR, and the words that name no variable.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from basic.keywords.control import AUTOMATION, CONTROL
from basic.keywords.dialog import DIALOG, MEMORY
from basic.keywords.functions import FUNCTIONS
from basic.keywords.keyword import Group, Keyword, Role
from basic.keywords.outside import DATA, FILES, HTTP, MAIL
from basic.values import Value

__all__ = ["HEAR_TYPES", "KEYWORDS", "RESERVED", "Group", "HearType", "Keyword", "Role", "keyword_of"]

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


@dataclass(frozen=True, slots=True)
class HearType:
    """A type of HEAR.

    Parameters
    ----------
    name
        What the validators know it by.
    empty
        What the answer is when all tries were in vain.
    supported
        Whether this runtime takes such answers.
    """

    name: str
    empty: Value = ""
    supported: bool = True


def _types(*types: tuple[str, HearType]) -> Mapping[str, HearType]:
    return {name: kind for names, kind in types for name in names.split()}


HEAR_TYPES = _types(
    ("TEXT STRING", HearType("TEXT")),
    ("EMAIL", HearType("EMAIL")),
    ("NAME", HearType("NAME")),
    ("INTEGER INT NUMBER", HearType("INTEGER", empty=0)),
    ("FLOAT DECIMAL DOUBLE", HearType("FLOAT", empty=0)),
    ("BOOLEAN BOOL", HearType("BOOLEAN", empty=False)),
    ("DATE", HearType("DATE")),
    ("HOUR TIME", HearType("HOUR")),
    ("MONEY CURRENCY AMOUNT", HearType("MONEY")),
    ("MOBILE PHONE", HearType("MOBILE")),
    ("ZIPCODE CEP POSTALCODE", HearType("ZIPCODE")),
    ("LANGUAGE", HearType("LANGUAGE")),
    ("CPF", HearType("CPF")),
    ("CNPJ", HearType("CNPJ")),
    ("URL", HearType("URL")),
    ("UUID", HearType("UUID")),
    ("COLOR COLOUR", HearType("COLOR")),
    ("CREDITCARD CARD", HearType("CREDITCARD")),
    ("PASSWORD", HearType("PASSWORD")),
    ("IMAGE", HearType("IMAGE", supported=False)),
    ("AUDIO", HearType("AUDIO", supported=False)),
    ("VIDEO", HearType("VIDEO", supported=False)),
    ("FILE DOCUMENT", HearType("FILE", supported=False)),
    ("QRCODE", HearType("QRCODE", supported=False)),
    ("LOGIN", HearType("LOGIN", supported=False)),
)
"""Every type, by each of its names."""


def keyword_of(phrase: str) -> Keyword | None:
    """Return the keyword that some words in upper case, joined by one blank, are; also by an alias."""
    return _BY_NAME.get(phrase)
