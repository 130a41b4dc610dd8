"""Parsing blocks of statements, and continuing after a syntax error."""

from collections.abc import Callable

from basic.diagnostics import Issue, Position, Severity
from basic.syntax.parser.braces import describe_block, find_brace_block, skip_brace_blocks
from basic.syntax.parser.closers import OPENERS, ClosersStack
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError, TooManyErrorsError
from basic.syntax.parser.forms import FormParser
from basic.syntax.parser.misuse import MisuseExplainer
from basic.syntax.parser.skipping import skip_line, skip_open_bracket
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.statements import Assign, Block, Evaluate, Return, Statement

_SIMPLE_STATEMENTS = (Assign, Evaluate, Return)

_MIDDLE_CLOSERS = ("ELSE", "ELSE IF", "CASE", "DEFAULT", "CATCH")
"""Closers after which the same block continues."""

MAX_ISSUES = 200
"""Issues after which the rest of a file is not parsed: it is probably not a script."""


class BlockParser:
    """Parses blocks; the statements in them may be blocks themselves.

    Parameters
    ----------
    cursor
        The tokens.
    issues
        Receives the syntax errors.
    forms
        The parser of keyword forms, which counts its attempts per statement.
    misuse
        Explains what follows a statement.
    parse_statement
        Parses any statement; returns None for a definition, which does not belong to the block.
    """

    def __init__(
        self,
        cursor: TokenCursor,
        issues: list[Issue],
        forms: FormParser,
        misuse: MisuseExplainer,
        parse_statement: Callable[[], Statement | None],
    ) -> None:
        self.cursor = cursor
        self.closers = ClosersStack(cursor)
        self._issues = issues
        self._forms = forms
        self._misuse = misuse
        self._parse_statement = parse_statement
        self._missing_opener = ""
        self._bare_ends = 0

    def report(self, position: Position, message: str) -> None:
        """Report an issue without leaving the statement."""
        self._issues.append(Issue(position, message))

    def warn(self, position: Position, message: str) -> None:
        """Report what the script probably does not mean."""
        self._issues.append(Issue(position, message, Severity.WARNING))

    def parse(self, *closers: str) -> Block:
        """Parse statements up to one of some closers, which is not read, or to one of an outer block."""
        statements: list[Statement] = []
        with self.closers.expect(*closers):
            while True:
                self._skip_separators()
                if self.cursor.current.kind is TokenKind.END:
                    break
                if self._skip_brace_block():
                    continue
                closer = self.closers.get_current()
                if closer is None:
                    self._try_parse_statement(statements)
                elif self.closers.is_expected(closer):
                    break
                else:
                    self._report_closer(closer)
                    skip_line(self.cursor)
        return tuple(statements)

    def parse_line(self) -> Block:
        """Parse the statements up to the end of the line, an ELSE or an END IF.

        Raises
        ------
        ScriptSyntaxError
            If one of them is invalid.
        """
        cursor = self.cursor
        statements: list[Statement] = []
        while cursor.accept_sign(":", ";"):
            pass
        while not cursor.is_line_end() and self.closers.get_current() is None:
            self._add_statement(statements)
            while cursor.accept_sign(":", ";"):
                pass
            is_end = self.closers.get_current() is not None or cursor.is_statement_end()
            if not is_end and cursor.previous.text not in (":", ";"):
                raise self._misuse.build_unexpected_error()
        return tuple(statements)

    def parse_head[T, U](self, parse: Callable[[], T], fallback: U) -> T | U:
        """Parse the head of a block; after a syntax error in it, its body is parsed anyway."""
        depth, start = self.cursor.depth, self.cursor.index
        try:
            head = parse()
            if not self.cursor.is_statement_end():
                raise self._misuse.build_unexpected_error()
        except ScriptSyntaxError as error:
            self.recover(error, start, depth)
            return fallback
        return head

    def expect_end(self, opener: str, position: Position, *closers: str) -> bool:
        """Read the end of a block; report at the start of the block if it is missing."""
        if any(self.closers.accept(closer) for closer in closers):
            return True
        if self._bare_ends:
            # An END without a word was probably meant for this block, and is reported.
            self._bare_ends -= 1
            return False
        token = self.cursor.current
        is_file_end = token.kind is TokenKind.END
        noticed = "" if is_file_end else f", noticed at `{token.text}` in line {token.position.line}"
        self.report(position, f"{opener} has no {closers[0]}{noticed}")
        return False

    def recover(self, error: ScriptSyntaxError, start: int, depth: int) -> None:
        """Report an error in a part that started at a token and a depth, and skip the rest of its line.

        A map or a list that the part has opened is skipped to its end: its lines are no statements.
        """
        self._report_error(error.position, error.message)
        self._bare_ends += self.cursor.tokens[start].word == "END" and self.closers.depth > 1
        self.cursor.brackets = ()
        self.cursor.depth = depth
        # An error at the end of a line leaves the cursor at the start of the next one, which can be parsed.
        is_in_next_line = self.cursor.is_line_start() and self.cursor.index != start
        if not skip_open_bracket(self.cursor, start) and not is_in_next_line:
            skip_line(self.cursor)

    def _skip_separators(self) -> None:
        while self.cursor.current.kind is TokenKind.NEWLINE or self.cursor.is_sign(":", ";"):
            self.cursor.advance()

    def _report_closer(self, closer: str) -> None:
        """Report a closer without its block, once for all closers of the same block."""
        opener = OPENERS[closer]
        if opener != self._missing_opener:
            self._report_error(self.cursor.current.position, f"`{closer}` without {opener}")
        self._missing_opener = opener if closer in _MIDDLE_CLOSERS else ""

    def _skip_brace_block(self) -> bool:
        """Report a block in braces and go past it; return False if none is next."""
        head, brace = self.cursor.current, find_brace_block(self.cursor)
        if brace is None:
            return False
        self._report_error(head.position, describe_block(head))
        skip_brace_blocks(self.cursor, brace)
        return True

    def _add_statement(self, statements: list[Statement]) -> None:
        statement = self._parse_statement()
        if statement is not None:
            statements.append(statement)

    def _try_parse_statement(self, statements: list[Statement]) -> None:
        depth, start = self.cursor.depth, self.cursor.index
        self._forms.start_statement()
        try:
            self._add_statement(statements)
            # A block without its end stops before the first line that belongs to another block.
            if not self.cursor.is_statement_end() and not self.cursor.is_line_start():
                if statements and isinstance(statements[-1], _SIMPLE_STATEMENTS):
                    # What else is wrong with it is a consequence, or is found when this is repaired.
                    statements.pop()
                raise self._misuse.build_unexpected_error()
        except ScriptSyntaxError as error:
            self.recover(error, start, depth)
        self.cursor.depth = depth

    def _report_error(self, position: Position, message: str) -> None:
        self.report(position, message)
        if len(self._issues) > MAX_ISSUES:
            raise TooManyErrorsError
