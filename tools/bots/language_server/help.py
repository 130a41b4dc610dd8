"""The help for a word of a script, from the tables that the parser and the reference read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basic.diagnostics import Position
from basic.functions import FUNCTIONS, BuiltinFunction
from basic.hear import TYPES, HearType
from basic.keywords import Keyword, Role, find_keyword
from basic.syntax.lexer import tokenize
from basic.syntax.tokens import Token, TokenKind

_MAX_WORDS = 4
"""Words of the longest keyword."""


@dataclass(frozen=True, slots=True)
class Help:
    """The help for some words.

    Attributes
    ----------
    start, end
        Where the words begin and end.
    text
        The help, as Markdown.
    """

    start: Position
    end: Position
    text: str


def find_help(script: str, position: Position) -> Help | None:
    """Return the help for the keyword, function or type of HEAR at a position; None in texts, comments and names."""
    words = [token for token in tokenize(script).tokens if token.kind is TokenKind.NAME]
    index = next(
        (index for index, word in enumerate(words) if word.position <= position <= word.end),
        None,
    )
    if index is None:
        return None
    for first, last in _list_phrases(words, index):
        phrase = words[first : last + 1]
        text = describe(" ".join(word.text for word in phrase), before=words[first - 1] if first else None)
        if text:
            return Help(phrase[0].position, phrase[-1].end, text)
    return None


def _list_phrases(words: Sequence[Token], index: int) -> Iterator[tuple[int, int]]:
    """Yield the first and the last word of each phrase around a word, the longest phrases first."""
    for length in range(_MAX_WORDS, 0, -1):
        for first in range(max(0, index - length + 1), index + 1):
            phrase = words[first : first + length]
            line = phrase[0].position.line
            if len(phrase) == length and first + length > index and all(word.position.line == line for word in phrase):
                yield first, first + length - 1


def describe(phrase: str, before: Token | None = None) -> str:
    """Return the help for a keyword, a function or, after AS, a type of HEAR; empty for other words."""
    name = phrase.upper().replace("_", " ")
    if before is not None and before.word == "AS" and name in TYPES:
        return describe_type(TYPES[name])
    keyword = find_keyword(name)
    if keyword is not None:
        return describe_keyword(keyword)
    function = FUNCTIONS.get(name.replace(" ", "_"))
    return "" if function is None else describe_function(function)


def describe_keyword(keyword: Keyword) -> str:
    """Return the help for a keyword."""
    forms = "\n".join(format_form(form) for form in keyword.forms)
    return f"```basic\n{forms}\n```\n\n{keyword.summary}{_build_note(keyword)}"


def _build_note(keyword: Keyword) -> str:
    if keyword.role is Role.NEEDLESS:
        return f"\n\n*Without effect: {keyword.reason}.*"
    return "" if keyword.is_supported else "\n\n*Not supported yet.*"


def describe_function(function: BuiltinFunction) -> str:
    """Return the help for a function."""
    return f"**{function.name}**: {function.summary}\n\n```basic\n{function.example}\n```"


def describe_type(hear_type: HearType) -> str:
    """Return the help for a type of HEAR."""
    example = "" if hear_type.example is None else f"\n\nFor example: `{hear_type.example[0]}`"
    return f"**HEAR … AS {hear_type.name}**: {hear_type.summary}{example}"


def format_form(form: str) -> str:
    """Return a form of a keyword without the marks for the parser."""
    return form.replace("values...", "value, value, …").translate({ord(mark): None for mark in "~!?"})
