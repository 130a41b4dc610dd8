"""The words that end a block or start its next branch, such as END IF, ELSE and NEXT."""

from collections.abc import Iterator
from contextlib import contextmanager

from basic.syntax.parser.assignments import is_assignment
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.tokens import TokenKind

_ONE_WORD = {
    "ELSE": "ELSE",
    "ELSEIF": "ELSE IF",
    "ENDIF": "END IF",
    "ENDFOR": "NEXT",
    "ENDFOREACH": "NEXT",
    "ENDWHILE": "WEND",
    "ENDDO": "LOOP",
    "ENDSWITCH": "END SWITCH",
    "ENDSELECT": "END SELECT",
    "ENDSUB": "END SUB",
    "ENDFUNCTION": "END FUNCTION",
    "ENDWITH": "END WITH",
    "ENDTRY": "END TRY",
    "NEXT": "NEXT",
    "LOOP": "LOOP",
    "WEND": "WEND",
    "CASE": "CASE",
    "CATCH": "CATCH",
    "DEFAULT": "DEFAULT",
}
_TWO_WORDS = {
    "ELSE IF": "ELSE IF",
    "END IF": "END IF",
    "END FOR": "NEXT",
    "END SWITCH": "END SWITCH",
    "END SELECT": "END SELECT",
    "END SUB": "END SUB",
    "END FUNCTION": "END FUNCTION",
    "END WITH": "END WITH",
    "END TRY": "END TRY",
    "END WHILE": "WEND",
    "END FOREACH": "NEXT",
    "END DO": "LOOP",
    "END LOOP": "LOOP",
    "CASE ELSE": "DEFAULT",
    "CASE DEFAULT": "DEFAULT",
}
OPENERS = {
    "ELSE": "IF",
    "ELSE IF": "IF",
    "END IF": "IF",
    "NEXT": "FOR",
    "LOOP": "DO",
    "WEND": "WHILE",
    "CASE": "SWITCH",
    "DEFAULT": "SWITCH",
    "END SWITCH": "SWITCH",
    "END SELECT": "SELECT CASE",
    "END SUB": "SUB",
    "END FUNCTION": "FUNCTION",
    "END WITH": "WITH",
    "CATCH": "TRY",
    "END TRY": "TRY",
}
"""The keyword of the block that each closer belongs to."""

_LINE_ENDS = (TokenKind.NEWLINE, TokenKind.END)


class ClosersStack:
    """The closers that the open blocks expect, the innermost last."""

    def __init__(self, cursor: TokenCursor) -> None:
        self._cursor = cursor
        self._open: list[tuple[str, ...]] = []

    @property
    def depth(self) -> int:
        """The number of open blocks, including the script."""
        return len(self._open)

    @contextmanager
    def expect(self, *closers: str) -> Iterator[None]:
        """Expect some closers while a block is parsed."""
        self._open.append(closers)
        yield
        self._open.pop()

    def is_expected(self, closer: str) -> bool:
        """Return whether an open block expects a closer."""
        return any(closer in closers for closers in self._open)

    def get_current(self) -> str | None:
        """Return the closer that the next tokens are, or None."""
        cursor, token = self._cursor, self._cursor.current
        if token.kind is not TokenKind.NAME or is_assignment(cursor) or cursor.peek().text == "=":
            return None
        two_words = f"{token.word} {cursor.peek().word}"
        if two_words in _TWO_WORDS:
            return _TWO_WORDS[two_words]
        if token.word == "DEFAULT" and not self.is_expected("DEFAULT") and not self._is_alone():
            return None
        return _TWO_WORDS.get(token.word.replace("_", " ")) or _ONE_WORD.get(token.word)

    def accept(self, closer: str) -> bool:
        """Go past a closer of one or two words, if it is next."""
        if self.get_current() != closer:
            return False
        two_words = f"{self._cursor.current.word} {self._cursor.peek().word}"
        self._cursor.index += 2 if two_words in _TWO_WORDS else 1
        return True

    def _is_alone(self) -> bool:
        """Return whether the next token is the entire statement."""
        following = self._cursor.peek()
        return following.kind in _LINE_ENDS or following.text in (":", ";")
