"""The lines of ORCHESTRATE WORKFLOW, which is not supported: STEP, BRANCH, TIMEOUT and their kind."""

from itertools import pairwise

from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.skipping import skip_line
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import Command
from basic.syntax.tree.statements import Evaluate

_KEYWORD = "ORCHESTRATE WORKFLOW"
_ALONE = ("PARALLEL",)
_WITH_NUMBER = ("TIMEOUT", "DELAY", "RETRY")
_WITH_COLON = ("STEP", "BRANCH")
_PHRASES = ("ON TIMEOUT", "ON FAILURE", "END PARALLEL", "END STEP", "END BRANCH", "END WORKFLOW")


class WorkflowParser:
    """Skips the lines of a workflow, and reports the first one in a script without ORCHESTRATE WORKFLOW."""

    def __init__(self, cursor: TokenCursor) -> None:
        self._cursor = cursor
        pairs = pairwise(token.word for token in cursor.tokens)
        self._is_reported = ("ORCHESTRATE", "WORKFLOW") in pairs

    def is_next(self) -> bool:
        """Return whether the next line belongs to a workflow."""
        token, following = self._cursor.current, self._cursor.peek()
        if token.kind is not TokenKind.NAME or not self._cursor.is_line_start():
            return False
        if token.word in _WITH_COLON:
            return following.kind in (TokenKind.NAME, TokenKind.NUMBER) and self._cursor.peek(2).text == ":"
        if token.word in _WITH_NUMBER:
            return following.kind is TokenKind.NUMBER
        if token.word in _ALONE:
            return _is_line_end(following)
        return f"{token.word} {following.word}" in _PHRASES

    def parse(self) -> Evaluate | None:
        """Skip the next line; return the workflow that it stands for, unless that was reported before."""
        position = self._cursor.current.position
        skip_line(self._cursor)
        if self._is_reported:
            return None
        self._is_reported = True
        return Evaluate(position, Command(position, _KEYWORD))


def _is_line_end(token: Token) -> bool:
    return token.kind in (TokenKind.NEWLINE, TokenKind.END)
