"""Keywords whose words are joined by underscores beyond their names, as in ``ADD_SUGGESTION_TOOL``."""

from collections.abc import Iterator, Sequence

from basic.diagnostics import Position
from basic.keywords import find_keyword
from basic.syntax.forms import FORMS, Word
from basic.syntax.tokens import Token, TokenKind

_AFTER_VARIABLE = ("=", ".", "[")


def split_joined_words(tokens: Sequence[Token]) -> list[Token]:
    """Split each name that is a keyword and the first word of one of its forms."""
    split: list[Token] = []
    for index, token in enumerate(tokens):
        following = tokens[min(index + 1, len(tokens) - 1)]
        is_candidate = token.kind is TokenKind.NAME and "_" in token.word and following.text not in _AFTER_VARIABLE
        split += _split(token) if is_candidate else (token,)
    return split


def _split(token: Token) -> Iterator[Token]:
    name, _, word = token.word.rpartition("_")
    keyword = find_keyword(name.replace("_", " "))
    if keyword is None or not _has_form(keyword.name, word) or find_keyword(token.word.replace("_", " ")):
        yield token
        return
    end = len(name)
    yield token._replace(text=token.text[:end], word=name)
    position = Position(token.position.line, token.position.column + end + 1)
    yield token._replace(text=token.text[end + 1 :], word=word, position=position)


def _has_form(keyword: str, word: str) -> bool:
    """Return whether a form of a keyword begins with a word."""
    return any(form and form[0] == Word(word) for form in FORMS.get(keyword, ()))
