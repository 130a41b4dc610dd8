"""Parsing the operands of operators: literals, brackets, arrays, maps and names."""

from basic.diagnostics import Position
from basic.keywords import RESERVED
from basic.syntax.parser.calls import CallParser
from basic.syntax.parser.commands import CommandParser
from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.hear import HearParser
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.skipping import skip_statement
from basic.syntax.parser.texts import TextParser
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import ArrayLiteral, Command, Expression, FunctionCall, Literal, MapLiteral, Name

_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None, "NOTHING": None}
_SELECT_CLAUSES = ("FROM", "WHERE", "JOIN", "INNER", "LEFT", "GROUP", "HAVING", "ORDER", "LIMIT")
_KEYS = (TokenKind.NAME, TokenKind.TEXT, TokenKind.NUMBER)


class PrimaryParser:
    """Parses the operands of operators.

    Attributes
    ----------
    calls
        Parses CALL, also as a statement.
    hear
        Parses HEAR, also as a statement.
    """

    def __init__(self, expressions: ExpressionReader, commands: CommandParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._commands = commands
        self._texts = TextParser(expressions)
        self.calls = CallParser(expressions)
        self.hear = HearParser(expressions)

    def parse(self) -> Expression:
        """Parse one operand.

        Raises
        ------
        ScriptSyntaxError
            If the next token cannot start a value.
        """
        cursor, token = self._cursor, self._cursor.current
        match token.kind:
            case TokenKind.TEXT:
                return self._texts.parse(cursor.advance())
            case TokenKind.NUMBER:
                value = cursor.advance().value
                return Literal(token.position, value if isinstance(value, int | float) else None)
            case TokenKind.NAME:
                return self._parse_named(token)
            case _ if cursor.accept_sign("("):
                return self.parse_bracketed()
            case _ if cursor.accept_sign("["):
                return ArrayLiteral(token.position, self._expressions.parse_list())
            case _ if cursor.accept_sign("{", "#{"):
                return self._parse_map(token)
            case _:
                raise self._build_missing_error(token)

    def parse_bracketed(self) -> Expression:
        """Parse an expression up to a closing bracket; the opening one was read."""
        self._cursor.open_bracket()
        inner = self._expressions.parse()
        self._cursor.close_bracket()
        return inner

    def _build_missing_error(self, token: Token) -> MissingPartError:
        self._cursor.check_brackets()
        quotes = "; texts need double quotes, `'` starts a comment" if token.text[:1] == "'" else ""
        message = f"a value is missing before {self._cursor.describe_current()}{quotes}"
        return MissingPartError(self._cursor.get_missing_position(), message)

    def _parse_map(self, opening: Token) -> MapLiteral:
        cursor = self._cursor
        cursor.open_bracket()
        keys: list[str] = []
        values: list[Expression] = []
        while not cursor.is_sign("}") and cursor.current.kind in _KEYS:
            keys.append(self._parse_key())
            values.append(self._expressions.parse())
            if not cursor.accept_sign(","):
                break
        cursor.close_bracket()
        return MapLiteral(opening.position, tuple(keys), tuple(values))

    def _parse_key(self) -> str:
        token = self._cursor.advance()
        if not self._cursor.accept_sign(":"):
            message = f"`:` is missing after `{token.text}` in the map"
            raise ScriptSyntaxError(self._cursor.get_missing_position(), message)
        return str(token.value) if token.kind is not TokenKind.NAME else token.text

    def _parse_named(self, token: Token) -> Expression:  # noqa: PLR0911 - one case per word
        """Parse an operand that starts with a word."""
        cursor, position = self._cursor, token.position
        if token.word in _CONSTANTS:
            cursor.advance()
            return Literal(position, _CONSTANTS[token.word])
        if cursor.accept_word("HEAR"):
            return self.hear.parse_expression(position)
        if token.word == "IF" and cursor.peek().text == "(":
            cursor.index += 2
            return FunctionCall(position, "IIF", self._expressions.parse_list())
        if token.word == "SELECT" and cursor.peek().word != "CASE":
            return self._skip_select(position)
        if cursor.accept_word("CALL"):
            return self.calls.parse(position)
        if cursor.accept_phrase("NEW OBJECT") or cursor.accept_phrase("CREATE OBJECT"):
            return self._accept_empty_brackets(MapLiteral(position, (), ()))
        if cursor.accept_phrase("NEW ARRAY"):
            return self._accept_empty_brackets(ArrayLiteral(position, ()))
        return self._commands.parse(is_statement=False) or self._parse_name(token)

    def _skip_select(self, position: Position) -> Command:
        """Skip a query in SQL, which is not supported, with its clauses on the next lines."""
        skip_statement(self._cursor)
        while self._cursor.is_line_end() and self._cursor.peek().word in _SELECT_CLAUSES:
            self._cursor.advance()
            skip_statement(self._cursor)
        return Command(position, "SELECT")

    def _accept_empty_brackets[Node: (ArrayLiteral, MapLiteral)](self, node: Node) -> Node:
        if self._cursor.accept_sign("("):
            self._cursor.open_bracket()
            self._cursor.close_bracket()
        return node

    def _parse_name(self, token: Token) -> Expression:
        if token.word in RESERVED:
            self._cursor.check_brackets()
            message = f"a value is missing before `{token.text}`"
            raise MissingPartError(self._cursor.get_missing_position(), message)
        self._cursor.advance()
        if self._cursor.accept_sign("("):
            return FunctionCall(token.position, token.text, self._expressions.parse_list())
        return Name(token.position, token.text)
