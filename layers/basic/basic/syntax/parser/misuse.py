"""Explaining statements that cannot be parsed: unknown words, missing brackets, unexpected tokens."""

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
        hint = "; join values with `+`" if is_value else ""
        if before.kind is TokenKind.TEXT and before.text.rfind("${") > before.text.rfind("}"):
            hint = '; quotes inside `${...}` must be doubled, `""`, or single'
        return ScriptSyntaxError(token.position, f"unexpected `{token.shown}`{hint}")

    def _is_callable(self, token: Token) -> bool:
        """Return whether a word names a function, or a routine of this script."""
        return token.kind is TokenKind.NAME and (token.word in FUNCTIONS or token.word in self._routines)


def _build_unknown_error(token: Token, following: Token) -> ScriptSyntaxError:
    both = f"{token.word} {following.word}"
    hint = following.word and suggest_name(both, (name for name in _KEYWORD_NAMES if " " in name))
    unknown = f"{token.text} {following.text}" if hint else token.text
    hint = hint or suggest_name(token.word, (*_KEYWORD_NAMES, *_STRUCTURE_WORDS))
    return ScriptSyntaxError(token.position, f"unknown statement `{unknown}`{hint}")
