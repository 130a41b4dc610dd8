"""The token cursor: the one place that knows how far a script has been read."""

from typing import NamedTuple

from basic.diagnostics import Position
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.tokens import Token, TokenKind

MAX_NESTING = 50
"""Brackets in brackets, or blocks in blocks; deeper nesting is a mistake, or an attack on the stack."""

_CLOSING = {"(": ")", "[": "]", "{": "}", "#{": "}"}
_ENDS = (TokenKind.NEWLINE, TokenKind.END)


class Checkpoint(NamedTuple):
    """A state of a cursor that it can return to."""

    token_index: int
    brackets: tuple[Token, ...]
    depth: int


class TokenCursor:
    """Reads tokens one after the other.

    Attributes
    ----------
    index
        The index of the next token.
    brackets
        The open brackets, the innermost last. Inside brackets, line ends are skipped.
    depth
        How deep the current construct is nested.
    """

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.index = 0
        self.brackets: tuple[Token, ...] = ()
        self.depth = 0

    @property
    def current(self) -> Token:
        """The next token."""
        while self.brackets and self.tokens[self.index].kind is TokenKind.NEWLINE:
            self.index += 1
        return self.tokens[self.index]

    @property
    def previous(self) -> Token:
        """The token that was read last."""
        return self.tokens[max(self.index - 1, 0)]

    def peek(self, count: int = 1) -> Token:
        """Return the token some places after the next one."""
        return self.tokens[min(self.index + count, len(self.tokens) - 1)]

    def advance(self) -> Token:
        """Return the next token and go past it, unless it is the END."""
        token = self.current
        if token.kind is not TokenKind.END:
            self.index += 1
        return token

    def save(self) -> Checkpoint:
        """Return a checkpoint to come back to."""
        return Checkpoint(self.index, self.brackets, self.depth)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Return to a checkpoint."""
        self.index, self.brackets, self.depth = checkpoint

    # -------------------------------------------------------------------------------------------- tokens

    def is_sign(self, *signs: str) -> bool:
        """Return whether the next token is one of some signs."""
        token = self.current
        return token.kind is TokenKind.SIGN and token.text in signs

    def is_word(self, *words: str) -> bool:
        """Return whether the next token is one of some words."""
        token = self.current
        return token.kind is TokenKind.NAME and token.word in words

    def accept_sign(self, *signs: str) -> bool:
        """Go past the next token if it is one of some signs."""
        return self.is_sign(*signs) and bool(self.advance())

    def accept_word(self, *words: str) -> bool:
        """Go past the next token if it is one of some words."""
        return self.is_word(*words) and bool(self.advance())

    def accept_phrase(self, phrase: str) -> bool:
        """Go past the next tokens if they are the words of a phrase, joined by blanks or underscores."""
        words: list[str] = []
        for count in range(len(phrase.split())):
            token = self.peek(count)
            if token.kind is not TokenKind.NAME:
                return False
            words += token.word.split("_")
            if " ".join(words) == phrase:
                self.index += count + 1
                return True
        return False

    # -------------------------------------------------------------------------------------------- places

    def is_statement_end(self) -> bool:
        """Return whether the statement ends here."""
        return self.current.kind in _ENDS or self.is_sign(":", ";")

    def is_line_end(self) -> bool:
        """Return whether the line ends here."""
        return self.current.kind in _ENDS

    def is_line_start(self) -> bool:
        """Return whether the next token is the first of its line."""
        return self.index == 0 or self.previous.kind is TokenKind.NEWLINE

    def get_missing_position(self) -> Position:
        """Return the position of a missing part: before the next token, or right after the last one of this line."""
        if self.is_line_end() and self.index and not self.is_line_start():
            return self.previous.end
        return self.current.position

    def describe_current(self) -> str:
        """Return the next token for a message."""
        return "the end of the line" if self.is_line_end() else f"`{self.current.shown}`"

    # -------------------------------------------------------------------------------------------- nesting

    def enter(self) -> None:
        """Go one level deeper.

        Raises
        ------
        ScriptSyntaxError
            If the nesting is too deep.
        """
        if self.depth >= MAX_NESTING:
            raise ScriptSyntaxError(self.current.position, f"nesting is deeper than {MAX_NESTING} levels")
        self.depth += 1

    def leave(self) -> None:
        """Return from a level."""
        self.depth -= 1

    def open_bracket(self) -> str:
        """Enter the bracket that was just read and return the sign that closes it."""
        self.brackets = (*self.brackets, self.previous)
        return _CLOSING[self.previous.text]

    def close_bracket(self) -> None:
        """Read the end of the innermost bracket.

        Raises
        ------
        ScriptSyntaxError
            If another token is next.
        """
        closing = _CLOSING[self.brackets[-1].text]
        if not self.is_sign(closing):
            self.check_brackets()
            raise ScriptSyntaxError(self.current.position, f"`{closing}` is missing before {self.describe_current()}")
        self.brackets = self.brackets[:-1]
        self.advance()

    def check_brackets(self) -> None:
        """Report an unclosed bracket when an unexpected token starts a line, or no token follows.

        Raises
        ------
        ScriptSyntaxError
            If the innermost bracket was probably meant to end before.
        """
        if self.brackets and (self.is_line_start() or self.current.kind is TokenKind.END):
            opening = self.brackets[-1]
            message = f"`{opening.text}` is not closed: a `{_CLOSING[opening.text]}` is missing"
            raise ScriptSyntaxError(opening.position, message)
