"""Parsing an entire script: puts the parsers of its parts together."""

from collections.abc import Callable, Mapping
from itertools import pairwise

from basic.diagnostics import Issue
from basic.syntax.parser.assignments import is_assignment
from basic.syntax.parser.blocks import BlockParser
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import TooManyErrorsError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.parser.headers import HeaderParser
from basic.syntax.parser.ifs import IfParser
from basic.syntax.parser.joined_words import split_joined_words
from basic.syntax.parser.loops import LoopParser
from basic.syntax.parser.misuse import MisuseExplainer
from basic.syntax.parser.reserved_names import report_reserved_names
from basic.syntax.parser.routines import RoutineParser
from basic.syntax.parser.schedules import parse_computed_schedule
from basic.syntax.parser.skipping import skip_line
from basic.syntax.parser.statements import StatementParser
from basic.syntax.parser.switches import SwitchParser
from basic.syntax.parser.tables import TableParser
from basic.syntax.parser.templates import TemplateParser
from basic.syntax.parser.withs import WithParser
from basic.syntax.parser.workflows import WorkflowParser
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.definitions import Routine, ScriptTree
from basic.syntax.tree.expressions import Command
from basic.syntax.tree.statements import Evaluate, Statement

_VALUES = (TokenKind.NAME, TokenKind.TEXT, TokenKind.NUMBER)
_ROUTINE_WORDS = ("SUB", "FUNCTION")


class ScriptParser:
    """Parses one script.

    Parameters
    ----------
    tokens
        The tokens of the script.
    issues
        Receives the syntax errors, in the order they are noticed.
    """

    def __init__(self, tokens: list[Token], issues: list[Issue]) -> None:
        tokens = report_reserved_names(split_joined_words(tokens), issues)
        self._labels, routine_names = _find_names(tokens)
        self._routines: list[Routine] = []
        self._cursor = TokenCursor(tokens)
        self._expressions = expressions = ExpressionParser(self._cursor)
        misuse = MisuseExplainer(self._cursor, expressions.forms, routine_names)
        templates = TemplateParser(issues)
        self._statements = StatementParser(expressions, templates, misuse)
        self._blocks = BlockParser(self._cursor, issues, expressions.forms, misuse, self._parse_statement)
        self._headers = HeaderParser(expressions, self._blocks, TableParser(self._cursor, issues))
        self._workflows = WorkflowParser(self._cursor)
        self._routine_parser = RoutineParser(expressions, self._blocks)
        self._structures = self._build_structures(expressions)

    def parse(self) -> ScriptTree:
        """Parse all statements and definitions; with too many errors, only those before them."""
        try:
            body = self._blocks.parse()
        except TooManyErrorsError:
            body = ()
        headers = self._headers.headers
        return ScriptTree(
            body,
            tuple(self._routines),
            tuple(headers.parameters),
            tuple(headers.tables),
            headers.description,
            headers.webhook,
            headers.webhook_position,
            tuple(headers.schedules),
            tuple(headers.triggers),
            tuple(headers.mails),
        )

    def _build_structures(self, expressions: ExpressionParser) -> Mapping[str, Callable[[], Statement | None]]:
        """Return what parses each structure, by the word that starts it."""
        switches, loops = SwitchParser(expressions, self._blocks), LoopParser(expressions, self._blocks)
        return {
            "IF": IfParser(expressions, self._blocks).parse,
            "SWITCH": switches.parse,
            "SELECT": switches.parse,
            "FOR": loops.parse_for,
            "FOREACH": loops.parse_for,
            "FOR_EACH": loops.parse_for,
            "DO": loops.parse_do,
            "WHILE": loops.parse_while,
            "WITH": WithParser(expressions, self._blocks).parse,
            "TRY": self._parse_try,
            "SUB": self._parse_routine,
            "FUNCTION": self._parse_routine,
        }

    def _parse_statement(self) -> Statement | None:
        """Parse a statement; a definition is collected and returns None."""
        cursor, token = self._cursor, self._cursor.current
        if token.word in self._labels and cursor.peek().text == ":":
            cursor.advance()
            return None
        if self._workflows.is_next():
            return self._workflows.parse()
        if self._is_option():
            return self._skip_options()
        if token.kind is TokenKind.NAME and not is_assignment(cursor):
            parse_structure = self._structures.get(token.word)
            if parse_structure is not None:
                return self._parse_nested(parse_structure)
            if self._headers.parse(token.word):
                return None
        return parse_computed_schedule(self._expressions) or self._statements.parse()

    def _is_option(self) -> bool:
        """Return whether the line is an option of the LLM before it, as `WITH MAX_COST 0.05`, and no block."""
        cursor = self._cursor
        is_start = cursor.is_word("WITH") and cursor.is_line_start()
        return is_start and cursor.peek().kind is TokenKind.NAME and cursor.peek(2).kind in _VALUES

    def _skip_options(self) -> Statement:
        position = self._cursor.current.position
        skip_line(self._cursor)
        while self._cursor.peek().word == "WITH" and self._cursor.peek(3).kind in _VALUES:
            self._cursor.advance()
            skip_line(self._cursor)
        return Evaluate(position, Command(position, "LLM with options"))

    def _parse_nested(self, parse_structure: Callable[[], Statement | None]) -> Statement | None:
        self._cursor.enter()
        statement = parse_structure()
        self._cursor.leave()
        return statement

    def _parse_routine(self) -> None:
        self._routines.append(self._routine_parser.parse())

    def _parse_try(self) -> Statement:
        """Parse TRY with its blocks, which are not supported yet."""
        position = self._cursor.advance().position
        self._blocks.parse("CATCH", "END TRY")
        if self._blocks.closers.accept("CATCH"):
            if not self._cursor.is_statement_end():
                self._cursor.advance()
            self._blocks.parse("END TRY")
        self._blocks.expect_end("TRY", position, "END TRY")
        return Evaluate(position, Command(position, "TRY"))


def _find_names(tokens: list[Token]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the labels that a GOTO names, and the names of the script's routines, both in upper case."""
    pairs = [(token.word, following.word) for token, following in pairwise(tokens)]
    labels = frozenset(name for word, name in pairs if word == "GOTO")
    return labels, frozenset(name for word, name in pairs if word in _ROUTINE_WORDS)
