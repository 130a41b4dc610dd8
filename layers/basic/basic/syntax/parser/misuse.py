"""Explaining statements that cannot be parsed: unknown words, missing brackets, unexpected tokens."""

from itertools import pairwise

from basic.diagnostics import suggest_name
from basic.functions import FUNCTIONS
from basic.keywords import KEYWORDS, RESERVED
from basic.syntax.parser.calls import build_brackets_error
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.forms import FormParser
from basic.syntax.tokens import Token, TokenKind

_KEYWORD_NAMES = tuple(name for keyword in KEYWORDS for name in (keyword.name, *keyword.aliases))
_STRUCTURE_WORDS = (
    "ELSE",
    "ELSEIF",
    "ENDIF",
    "NEXT",
    "LOOP",
    "WEND",
    "CASE",
    "DEFAULT",
    "END",
    "THEN",
    "LET",
)
_CLAUSES = RESERVED.union(("AS", "WITH", "STEP", "TO", "IN", "INTO", "WHERE"))
"""Words that cannot be a value."""

_EXPRESSION_WORDS = ("HEAR", "NOT", "TRUE", "FALSE", "NULL", "NOTHING", "NEW")
_AFTER_VALUE = ("AND", "OR", "MOD", "IS", "CONTAINS", "ELSE", "ELSEIF", "END", "ENDIF")
_CONSTANTS = (TokenKind.TEXT, TokenKind.NUMBER)
_VALUES = (*_CONSTANTS, TokenKind.NAME)


_BEFORE_VALUE = frozenset(
    ("TALK", "RETURN", "THEN", "ELSE", "IF", "WHILE", "UNTIL", "CASE", "PRINT", "AND", "OR", "NOT")
)
"""Words that a value follows."""


class MisuseExplainer:
    """Builds the errors of statements that cannot be parsed.

    Parameters
    ----------
    routines
        The names of the script's own routines, in upper case.
    """

    def __init__(self, cursor: TokenCursor, forms: FormParser, routines: frozenset[str]) -> None:
        self._cursor = cursor
        self._forms = forms
        self._routines = routines

    def check_known(self, token: Token) -> None:
        """Refuse a statement that starts with an unknown word.

        Raises
        ------
        ScriptSyntaxError
            If the word is not a keyword, and the statement is not an expression that starts with it.
        """
        following = self._cursor.peek()
        if token.kind is not TokenKind.NAME or token.word in _EXPRESSION_WORDS:
            return
        if token.word == "END":
            message = "`END` needs the block that it ends, as in `END IF`; use `EXIT` to end the script"
            raise ScriptSyntaxError(token.position, message)
        if following.kind not in _VALUES or following.word in _AFTER_VALUE:
            return
        if self._is_callable(token):
            self._cursor.advance()
            raise build_brackets_error(token, self._cursor.current.position)
        raise _build_unknown_error(token, following)

    def build_unexpected_error(self) -> ScriptSyntaxError:
        """Return the error of a statement that is followed by another token."""
        token, before = self._cursor.current, self._cursor.previous
        missed = self._forms.missed
        if missed is not None and missed.position >= token.position:
            return missed
        if token.kind in _CONSTANTS and self._is_callable(before):
            return build_brackets_error(before, token.position)
        is_value = before.kind in _VALUES and token.kind in _VALUES and token.word not in _CLAUSES
        if is_value and _looks_like_keyword(before) and not self._is_assigned(before):
            return self._build_unknown_value_error(before, token)
        hint = "; join values with `+`" if is_value else ""
        if before.kind is TokenKind.TEXT and before.text.rfind("${") > before.text.rfind("}"):
            hint = '; quotes inside `${...}` must be doubled, `""`, or single'
        return ScriptSyntaxError(token.position, f"unexpected `{token.shown}`{hint}")

    def _build_unknown_value_error(self, before: Token, token: Token) -> ScriptSyntaxError:
        """Return the error of a value that begins with a word like a keyword; the words cannot be joined."""
        first = self._cursor.tokens[max(self._cursor.index - 2, 0)]
        if before.word in FUNCTIONS or (first.kind in _VALUES and first.word not in _BEFORE_VALUE):
            return ScriptSyntaxError(token.position, f"unexpected `{token.shown}`")
        phrase = f"{before.text} {token.text}" if _looks_like_keyword(token) else before.text
        hint = suggest_name(f"{before.word} {token.word}", (name for name in _KEYWORD_NAMES if " " in name))
        return ScriptSyntaxError(before.position, f"unknown keyword `{phrase}`{hint}")

    def _is_callable(self, token: Token) -> bool:
        """Return whether a word names a function with arguments, or a routine of this script."""
        if token.kind is not TokenKind.NAME:
            return False
        function = FUNCTIONS.get(token.word)
        return token.word in self._routines or (function is not None and function.max_args != 0)

    def _is_assigned(self, token: Token) -> bool:
        """Return whether a word is assigned somewhere in the script, as `word = value`."""
        return any(other.word == token.word and sign.text == "=" for other, sign in pairwise(self._cursor.tokens))


def _looks_like_keyword(token: Token) -> bool:
    """Return whether a word is written like a keyword: in capital letters."""
    return token.kind is TokenKind.NAME and len(token.text) > 1 and token.text.isupper()


def _build_unknown_error(token: Token, following: Token) -> ScriptSyntaxError:
    both = f"{token.word} {following.word}"
    hint = following.word and suggest_name(both, (name for name in _KEYWORD_NAMES if " " in name))
    unknown = f"{token.text} {following.text}" if hint else token.text
    hint = hint or suggest_name(token.word, (*_KEYWORD_NAMES, *_STRUCTURE_WORDS))
    return ScriptSyntaxError(token.position, f"unknown statement `{unknown}`{hint}")
