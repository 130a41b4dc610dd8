"""What may be written at a position of a script."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from basic.functions import ALIASES, FUNCTIONS
from basic.hear import TYPES
from basic.keywords import KEYWORDS
from basic.syntax.lexer import tokenize
from basic.syntax.tokens import TokenKind
from tools.bots.language_server.help import describe_function, describe_keyword, describe_type

_TYPE = re.compile(r"\bHEAR\b.*\bAS\s+(?P<words>\w*)$", re.IGNORECASE)
_SCRIPT = re.compile(
    r"\b(?:CALL|USE[ _]TOOL|ADD[ _]TOOL|ADD[ _]SUGGESTION[ _]TOOL)\s+\"(?P<words>[^\"]*)$", re.IGNORECASE
)
_WORDS = re.compile(r"(?P<words>[A-Za-z_]\w*(?: +[A-Za-z_]\w*)*)?$")


class Kind(Enum):
    """What a proposal is."""

    KEYWORD = auto()
    FUNCTION = auto()
    TYPE = auto()
    SCRIPT = auto()
    VARIABLE = auto()


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal.

    Attributes
    ----------
    text
        What is written.
    kind
        What it is.
    replaces
        How many characters before the position it replaces.
    help
        Its help, as Markdown.
    """

    text: str
    kind: Kind
    replaces: int
    help: str = ""


def list_proposals(script: str, line: str, scripts: Iterable[str]) -> list[Proposal]:
    """Return what may follow the beginning of a line.

    Parameters
    ----------
    script
        The script.
    line
        The line up to the position.
    scripts
        The names of the scripts that can be called.
    """
    if match := _SCRIPT.search(line):
        return [Proposal(name, Kind.SCRIPT, len(match["words"])) for name in scripts]
    if _is_in_text_or_comment(line):
        return []
    if match := _TYPE.search(line):
        types = {hear_type.name: hear_type for hear_type in TYPES.values()}
        return [Proposal(name, Kind.TYPE, len(match["words"]), describe_type(each)) for name, each in types.items()]
    match = _WORDS.search(line)
    words = match["words"] or "" if match else ""
    return [*_list_keywords(words), *_list_functions(words), *_list_variables(script, words)]


def _is_in_text_or_comment(line: str) -> bool:
    outside = re.sub(r'"(?:[^"]|"")*"', "", line)
    return '"' in outside or "'" in outside or re.match(r"\s*REM\b", outside, re.IGNORECASE) is not None


def _list_keywords(words: str) -> Iterator[Proposal]:
    """Yield the keywords that begin with the last words; the more of them belong to it, the more it replaces."""
    ends = [words[match.start() :] for match in re.finditer(r"[A-Za-z_]\w*", words)]
    typed = {end: re.sub(r" +|_", " ", end).upper() for end in ends}
    for keyword in KEYWORDS:
        if keyword.is_supported:
            end = next((end for end, text in typed.items() if keyword.name.startswith(text)), "")
            if end or not words:
                yield Proposal(keyword.name, Kind.KEYWORD, len(end), describe_keyword(keyword))


def _list_functions(words: str) -> Iterator[Proposal]:
    word = words.rpartition(" ")[2]
    for name, function in FUNCTIONS.items():
        if name not in ALIASES and word and name.startswith(word.upper()):
            yield Proposal(name, Kind.FUNCTION, len(word), describe_function(function))


def _list_variables(script: str, words: str) -> Iterator[Proposal]:
    word = words.rpartition(" ")[2]
    words_of_keywords = {name for keyword in KEYWORDS if keyword.is_supported for name in keyword.name.split()}
    known = words_of_keywords | FUNCTIONS.keys() | TYPES.keys()
    names = {token.text for token in tokenize(script).tokens if token.kind is TokenKind.NAME}
    for name in sorted(names):
        if word and name != word and name.lower().startswith(word.lower()) and name.upper() not in known:
            yield Proposal(name, Kind.VARIABLE, len(word))
