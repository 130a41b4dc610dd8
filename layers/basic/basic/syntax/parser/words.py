"""Reading single words: names, quoted texts, and the keyword that the next tokens are."""

from basic.keywords import KEYWORDS, RESERVED, Keyword, find_keyword
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.operators import find_operator
from basic.syntax.tokens import TokenKind

_MAX_KEYWORD_WORDS = max(len(keyword.name.split()) for keyword in KEYWORDS)
_FIRST_WORDS = frozenset(name.split()[0] for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases))
_NO_VALUES = frozenset(("AS", "BY", "DEFAULT", "DO", "ELSE", "ORDER", "STEP", "THEN", "TO", "WHERE", "WITH"))
"""Words, beside operators, before which a word is a variable, not a keyword with a value to follow."""


def match_keyword(cursor: TokenCursor) -> tuple[Keyword, int] | None:
    """Return the longest keyword that the next tokens are, and its number of tokens."""
    words, longest = "", None
    for count in range(_MAX_KEYWORD_WORDS):
        token = cursor.peek(count)
        if token.kind is not TokenKind.NAME:
            break
        spaced = token.word.replace("_", " ")
        if not words and spaced.partition(" ")[0] not in _FIRST_WORDS:
            break
        words = f"{words} {spaced}" if words else spaced
        keyword = find_keyword(words)
        if keyword is not None and not (longest and _is_called_to(cursor, keyword, count + 1)):
            longest = keyword, count + 1
    return longest


def _is_called_to(cursor: TokenCursor, keyword: Keyword, count: int) -> bool:
    """Return whether `TALK to` says the value of a variable."""
    if keyword.name != "TALK TO":
        return False
    following = cursor.peek(count)
    is_sign = following.kind is TokenKind.SIGN and following.text not in {"(", "[", "#{"}
    return is_sign or following.kind in (TokenKind.NEWLINE, TokenKind.END) or following.word == "ELSE"


def starts_value(cursor: TokenCursor) -> bool:
    """Return whether the next token starts a value of the keyword before it, which is a variable otherwise."""
    token = cursor.current
    if token.kind is TokenKind.NAME:
        if token.word == "IN" and cursor.peek().text == ".":
            # In `FIND in.filename` the word is a variable.
            return True
        return token.word not in _NO_VALUES and find_operator(token, cursor.peek(), cursor.peek(2)) is None
    # `FIRST [1, 2]` has a value there, `first[1]` is an item of a variable.
    is_apart = cursor.is_sign("[") and cursor.previous.end < token.position
    return is_apart or token.kind in (TokenKind.NUMBER, TokenKind.TEXT) or cursor.is_sign("(", "{", "#{")


def parse_name(cursor: TokenCursor, described: str) -> str:
    """Read a name that the script's author chose.

    Raises
    ------
    ScriptSyntaxError
        If the next token is not a name, or a reserved word.
    """
    token = cursor.current
    if token.kind is not TokenKind.NAME:
        raise _build_missing_error(cursor, f"the name of {described}")
    if token.word in RESERVED:
        message = f"`{token.text}` is a reserved word and cannot be the name of {described}"
        raise ScriptSyntaxError(token.position, message)
    return cursor.advance().text


def parse_word(cursor: TokenCursor, described: str) -> str:
    """Read any word and return it in upper case.

    Raises
    ------
    ScriptSyntaxError
        If the next token is not a word.
    """
    if cursor.current.kind is not TokenKind.NAME:
        raise _build_missing_error(cursor, described)
    return cursor.advance().word


def parse_text(cursor: TokenCursor, keyword: str, example: str) -> str:
    """Read a quoted text.

    Raises
    ------
    ScriptSyntaxError
        If the next token is not a text.
    """
    value = cursor.current.value
    if cursor.current.kind is not TokenKind.TEXT or not isinstance(value, str):
        message = f"{keyword} needs a quoted text, as in `{example}`"
        raise MissingPartError(cursor.get_missing_position(), message)
    cursor.advance()
    return value


def parse_name_or_text(cursor: TokenCursor, described: str) -> str:
    """Read a name, with or without quotes.

    Raises
    ------
    ScriptSyntaxError
        If the next token is neither.
    """
    token = cursor.current
    if token.kind is TokenKind.TEXT and isinstance(token.value, str):
        cursor.advance()
        return token.value
    if token.kind is not TokenKind.NAME:
        raise _build_missing_error(cursor, f"the name of {described}")
    return cursor.advance().text


def _build_missing_error(cursor: TokenCursor, described: str) -> MissingPartError:
    message = f"{described} is missing before {cursor.describe_current()}"
    return MissingPartError(cursor.get_missing_position(), message)
