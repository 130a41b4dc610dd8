"""Parsing conditions that are not quoted: those of WHERE, and the clauses ORDER BY, LIMIT and OFFSET."""

from basic.syntax.parser.errors import MissingPartError, ScriptSyntaxError
from basic.syntax.parser.operators import COMPARISON
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.words import parse_name_or_text
from basic.syntax.tokens import TokenKind
from basic.syntax.tree.expressions import Binary, Expression, FunctionCall, Literal, WhereClause

type Parts = list[str | Expression]

_SIGNS = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
_WORDS = ("LIKE", "IN", "BETWEEN", "IS", "CONTAINS", "STARTS", "ENDS")
_CLAUSES = ("ORDER", "LIMIT", "OFFSET")


class WhereParser:
    """Translates conditions to the language of filters, in which all values are bound."""

    def __init__(self, expressions: ExpressionReader) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor

    def parse(self) -> WhereClause | Expression:
        """Parse what follows WHERE: a condition, or an expression whose value is the text of one.

        Raises
        ------
        ScriptSyntaxError
            If it is neither.
        """
        position, start = self._cursor.current.position, self._cursor.save()
        if not self._starts_condition():
            self._cursor.restore(start)
            return self._expressions.parse()
        self._cursor.restore(start)
        parts: Parts = []
        self._parse_or(parts)
        return WhereClause(position, _join_texts(parts))

    def parse_clauses(self) -> WhereClause | None:
        """Parse ORDER BY, LIMIT and OFFSET, if they are next."""
        position = self._cursor.current.position
        parts: Parts = []
        while self._cursor.is_word(*_CLAUSES):
            word = self._cursor.advance().word
            if word == "ORDER":
                self._parse_order(parts)
            else:
                parts += [f"{word} ", self._expressions.parse(COMPARISON), " "]
        return WhereClause(position, _join_texts(parts)) if parts else None

    def _parse_order(self, parts: Parts) -> None:
        self._expect("BY")
        parts.append("ORDER BY ")
        while True:
            parts.append(self._parse_field())
            if self._cursor.is_word("ASC", "DESC"):
                parts.append(f" {self._cursor.advance().word}")
            if not self._cursor.accept_sign(","):
                break
            parts.append(", ")
        parts.append(" ")

    def _starts_condition(self) -> bool:
        """Return whether a comparison is next, not only a value; goes past what it reads."""
        cursor = self._cursor
        if cursor.is_word("NOT") or cursor.current.kind is TokenKind.NUMBER:
            return True
        if cursor.is_sign("("):
            cursor.advance()
            return self._starts_condition()
        if cursor.is_sign("["):
            return True
        if cursor.current.kind not in (TokenKind.NAME, TokenKind.TEXT):
            return False
        if cursor.current.kind is TokenKind.TEXT:
            cursor.advance()
        else:
            self._expressions.parse(COMPARISON)
        return cursor.is_sign(*_SIGNS) or cursor.is_word(*_WORDS, "NOT")

    def _parse_or(self, parts: Parts) -> None:
        self._parse_and(parts)
        while self._cursor.accept_word("OR"):
            parts.append(" OR ")
            self._parse_and(parts)

    def _parse_and(self, parts: Parts) -> None:
        self._parse_term(parts)
        while self._cursor.accept_word("AND"):
            parts.append(" AND ")
            self._parse_term(parts)

    def _parse_term(self, parts: Parts) -> None:
        cursor = self._cursor
        if cursor.accept_word("NOT"):
            parts.append("NOT ")
            cursor.enter()
            self._parse_term(parts)
            cursor.leave()
        elif cursor.accept_sign("("):
            cursor.enter()
            cursor.open_bracket()
            parts.append("(")
            self._parse_or(parts)
            parts.append(")")
            cursor.close_bracket()
            cursor.leave()
        else:
            self._parse_comparison(parts)

    def _parse_comparison(self, parts: Parts) -> None:
        cursor = self._cursor
        if cursor.current.kind is TokenKind.NUMBER and cursor.peek(2).kind is TokenKind.NUMBER:
            # `1 = 1` is always true.
            parts.append(f"{cursor.advance().text} {cursor.advance().text} {cursor.advance().text}")
            return
        parts.append(self._parse_field())
        if cursor.is_sign(*_SIGNS):
            parts += [f" {cursor.advance().text} ", self._parse_value()]
            return
        if cursor.accept_word("NOT"):
            parts.append(" NOT")
        match cursor.current.word:
            case "LIKE" | "CONTAINS":
                cursor.advance()
                parts += [" LIKE ", self._parse_value()]
            case "STARTS" | "ENDS" as word:
                cursor.advance()
                self._expect("WITH")
                parts += [" LIKE ", self._parse_edge(word)]
            case "IN":
                cursor.advance()
                self._parse_list(parts)
            case "BETWEEN":
                cursor.advance()
                parts += [" BETWEEN ", self._parse_value()]
                self._expect("AND")
                parts += [" AND ", self._parse_value()]
            case "IS":
                cursor.advance()
                parts += [" != " if cursor.accept_word("NOT") else " = ", self._parse_value()]
            case _:
                message = f"a comparison such as `=` is missing before {cursor.describe_current()}"
                raise MissingPartError(cursor.get_missing_position(), message)

    def _parse_value(self) -> Expression:
        return self._expressions.parse(COMPARISON)

    def _parse_edge(self, word: str) -> Expression:
        """Parse the value of STARTS WITH or ENDS WITH, as a pattern."""
        value = self._parse_value()
        percent = Literal(value.position, "%")
        operands = (value, percent) if word == "STARTS" else (percent, value)
        return Binary(value.position, "&", *operands)

    def _parse_list(self, parts: Parts) -> None:
        """Parse the values of IN: some in brackets, or an array."""
        cursor = self._cursor
        if not cursor.is_sign("("):
            parts += [" IN ", self._parse_value()]
            return
        cursor.advance()
        if cursor.is_word("SELECT"):
            raise ScriptSyntaxError(cursor.current.position, "SELECT is not supported; use FIND before, and its rows")
        parts.append(" IN (")
        for index, item in enumerate(self._expressions.parse_list()):
            parts += [", ", item] if index else [item]
        parts.append(")")

    def _parse_field(self) -> str:
        """Parse the name of a field; the filter refuses a function instead of it."""
        cursor = self._cursor
        if cursor.accept_sign("["):
            name = ""
            while not cursor.is_sign("]") and not cursor.is_line_end():
                name += f" {cursor.advance().text}"
            cursor.accept_sign("]")
            return f"[{name.strip()}]"
        if cursor.current.kind is TokenKind.TEXT:
            return _quote_field(parse_name_or_text(cursor, "the field"))
        if cursor.peek().text == "(":
            call = self._expressions.parse(COMPARISON)
            return f"{call.name}()" if isinstance(call, FunctionCall) else "()"
        name = parse_name_or_text(cursor, "the field")
        while cursor.accept_sign("."):
            name += f".{parse_name_or_text(cursor, 'the field')}"
        return _quote_field(name)

    def _expect(self, word: str) -> None:
        if not self._cursor.accept_word(word):
            message = f"`{word}` is missing before {self._cursor.describe_current()}"
            raise MissingPartError(self._cursor.get_missing_position(), message)


def _join_texts(parts: Parts) -> tuple[str | Expression, ...]:
    """Return parts with their adjacent texts joined."""
    joined: Parts = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _quote_field(name: str) -> str:
    """Return a field as the language of filters writes it."""
    is_plain = name.replace(".", "").isidentifier() and not name.lower().startswith("item.")
    return name if is_plain else f"[{name.replace(']', '')}]"
