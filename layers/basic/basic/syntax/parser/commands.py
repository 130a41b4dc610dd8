"""Parsing keywords: which keyword is meant, or whether its word is a variable."""

from itertools import islice, takewhile

from basic.keywords import KEYWORDS, Chapter, Keyword, Role
from basic.syntax.forms import FORMS, Word, describe_syntax
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.forms import FormParser
from basic.syntax.parser.mails import parse_last_mail
from basic.syntax.parser.operators import COALESCE, LOWEST
from basic.syntax.parser.reader import ExpressionReader
from basic.syntax.parser.skipping import skip_handler, skip_statement
from basic.syntax.parser.sql import SqlParser
from basic.syntax.parser.words import match_keyword, starts_value
from basic.syntax.tokens import Token, TokenKind
from basic.syntax.tree.expressions import (
    ArrayLiteral,
    Bare,
    Command,
    Expression,
    FunctionCall,
    Literal,
    Member,
    Name,
    SlotValue,
    WhereClause,
)

_WITH_HANDLER = ("ON EVENT", "ON FORM SUBMIT")
_AGGREGATE_TABLE = next(keyword for keyword in KEYWORDS if keyword.name == "AGGREGATE TABLE")
_ATTACHMENTS = ("ATTACHMENT", "ATTACHMENTS")
_AGGREGATES = ("SUM", "AVG", "AVERAGE", "COUNT", "MIN", "MAX")
_AFTER_TABLE = ("WHERE", "ORDER", "LIMIT", "OFFSET", "THEN", "AND", "OR", "JOIN")
_WITH_AS = frozenset(name for name, forms in FORMS.items() if any(Word("AS") in form for form in forms))


class CommandParser:
    """Parses keywords by their forms."""

    def __init__(self, expressions: ExpressionReader, forms: FormParser) -> None:
        self._expressions = expressions
        self._cursor = expressions.cursor
        self._forms = forms
        self._sql = SqlParser(expressions, forms.where)

    def parse(self, *, is_statement: bool) -> Expression | None:
        """Parse a keyword; return None if the next tokens are not a keyword, or are a variable of that name.

        Raises
        ------
        ScriptSyntaxError
            If the keyword is not used in one of its forms.
        """
        cursor = self._cursor
        mail = parse_last_mail(cursor)
        matched = match_keyword(cursor) if mail is None else None
        if matched is None or matched[0].role is Role.STRUCTURE:
            return mail
        keyword, count = matched
        if not is_statement and not keyword.result and keyword.is_supported:
            self._check_no_value_expected(keyword, count)
            return None
        start, token = cursor.index, cursor.current
        cursor.index += count
        if count == 1 and self._is_variable(keyword, is_statement=is_statement):
            cursor.index = start
            return None
        if not keyword.is_supported:
            skip_statement(cursor)
            if keyword.name in _WITH_HANDLER:
                skip_handler(cursor)
            return Command(token.position, keyword.name)
        if keyword.name == "AGGREGATE" and _is_table(cursor):
            keyword = _AGGREGATE_TABLE
        if keyword.name == "DELETE FILE" and count > 1 and cursor.is_statement_end():
            # In `DELETE file` the word is a variable with a file of DIR.
            return Command(token.position, "DELETE", {"file": Name(cursor.previous.position, cursor.previous.text)})
        return self._parse_forms(keyword, token, is_statement=is_statement)

    def _is_variable(self, keyword: Keyword, *, is_statement: bool) -> bool:
        """Return whether a keyword of one word, which was read, is a variable or a function of the script."""
        cursor = self._cursor
        if cursor.is_sign(".", "?.") or (cursor.is_sign("[") and cursor.previous.end == cursor.current.position):
            return True
        if not keyword.is_supported and (
            cursor.is_sign("(", ".") or (keyword.takes_values and cursor.is_statement_end())
        ):
            # Scripts have routines and variables of these names, but hardly of `USE_WEBSITE`.
            return not (is_statement and " " in keyword.name)
        return not is_statement and not starts_value(cursor)

    def _check_no_value_expected(self, keyword: Keyword, count: int) -> None:
        """Refuse a keyword without a result where a value is expected, unless the word is a variable."""
        cursor = self._cursor
        position, start = cursor.current.position, cursor.index
        cursor.index += count
        has_value = starts_value(cursor)
        cursor.index = start
        if count > 1 or (has_value and keyword.role is Role.COMMAND):
            cursor.check_brackets()
            raise ScriptSyntaxError(position, f"{keyword.name} returns no value; use it as a statement")

    def _parse_forms(self, keyword: Keyword, token: Token, *, is_statement: bool) -> Expression:
        cursor = self._cursor
        if cursor.is_sign("("):
            called = self._parse_call(keyword, token, is_statement=is_statement)
            if called is not None:
                return called
        if keyword.name not in FORMS:
            message = f"invalid use of {keyword.name}; usage: {describe_syntax(keyword)}"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        command = self._sql.parse(token, keyword.name)
        if command is not None:
            return command
        if keyword.chapter is Chapter.DATA and self._cursor.peek().word == "WITH" and keyword.name != "MERGE":
            skip_statement(self._cursor)
            return Command(token.position, f"{keyword.name} with WITH")
        # In `IF GET role = "" THEN` the value of GET is compared, not its argument; `GET role ?? "none"` is the same.
        takes_first = keyword.name == "FIND" and self._accept_quantity()
        if unsupported := self._skip_query(keyword):
            return Command(token.position, unsupported)
        slots = self._forms.parse(keyword, FORMS[keyword.name], LOWEST if is_statement else COALESCE)
        slots |= self._parse_rest(keyword, token, slots)
        if unsupported := self._skip_other_form(keyword):
            return Command(token.position, unsupported)
        if keyword.name == "FIND":
            clauses = self._parse_clauses(token, takes_first=takes_first)
            slots |= {} if clauses is None else {"clauses": clauses}
        return _build_node(keyword, token, slots)

    def _parse_clauses(self, token: Token, *, takes_first: bool) -> WhereClause | None:
        """Parse what follows the condition of a FIND: ORDER BY, LIMIT and OFFSET, and FIRST."""
        clauses = self._forms.where.parse_clauses()
        parts = clauses.parts if clauses else ()
        has_limit = any(isinstance(part, str) and "LIMIT " in part for part in parts)
        if (takes_first or self._cursor.accept_word("FIRST")) and not has_limit:
            return WhereClause(token.position, (*parts, "LIMIT 1"))
        return clauses

    def _skip_other_form(self, keyword: Keyword) -> str:
        """Skip the rest of a keyword in a form that is not supported, and return its name; empty in another form.

        The book of General Bots has ``GET url WITH values`` and ``POST url, value, value``.
        """
        cursor = self._cursor
        if keyword.name == "FIND" and cursor.is_word("JOIN", "INNER", "LEFT"):
            described = "FIND with JOIN"
        elif keyword.name == "SET SESSION" and cursor.is_sign(","):
            described = "SET SESSION of another conversation"
        elif keyword.name == "USE TOOL" and cursor.is_word("AS"):
            described = "USE TOOL AS MCP"
        elif keyword.chapter is Chapter.HTTP and cursor.is_word("WITH"):
            described = f"{keyword.name} with WITH"
        elif keyword.chapter is Chapter.HTTP and cursor.is_sign(",") and not cursor.brackets:
            described = f"{keyword.name} with several values"
        else:
            return ""
        skip_statement(cursor)
        return described

    def _skip_query(self, keyword: Keyword) -> str:
        """Skip a function of rows that is used as a query of a table, and return its name; empty for any other one."""
        cursor = self._cursor
        if keyword.name == "FILTER" and "WHERE" in _list_line_words(cursor):
            described = "FILTER with WHERE"
        else:
            return ""
        skip_statement(cursor)
        return described

    def _parse_rest(self, keyword: Keyword, token: Token, slots: dict[str, SlotValue]) -> dict[str, SlotValue]:
        """Parse what may follow a form of some keywords: the direction of SORT, files after ATTACHMENT, more values."""
        cursor = self._cursor
        if keyword.name == "UPDATE" and "field" in slots and cursor.is_sign(",") and not cursor.brackets:
            return {"values": self._parse_changed_fields(slots)}
        if keyword.name == "DELETE" and isinstance(slots.get("file"), Literal | Bare):
            message = "DELETE needs a condition, so that it does not delete every row: `DELETE table, filter`"
            raise ScriptSyntaxError(cursor.get_missing_position(), message)
        if keyword.name == "RECORD METRIC" and cursor.accept_word("WITH"):
            return {"fields": self._sql.parse_changes()}
        if keyword.name == "SORT":
            return self._parse_direction(token, slots)
        if keyword.name == "SEND MAIL" and cursor.previous.word in _ATTACHMENTS and not cursor.is_statement_end():
            return {"attachments": ArrayLiteral(token.position, self._parse_values())}
        return {}

    def _parse_changed_fields(self, slots: dict[str, SlotValue]) -> tuple[Expression, ...]:
        """Parse the values of an UPDATE without names, which are variables or fields called like those of the row."""
        values = (slots.pop("field"), slots.pop("value"), *self._expressions.parse_more())
        if not all(isinstance(value, Name | Bare | Member) for value in values):
            message = "UPDATE with several values takes the names of variables; write a map: `#{field: value}`"
            raise ScriptSyntaxError(self._cursor.previous.position, message)
        return tuple(value for value in values if isinstance(value, Name | Bare | Member))

    def _parse_direction(self, token: Token, slots: dict[str, SlotValue]) -> dict[str, SlotValue]:
        """Parse ASC or DESC after SORT; without a field it is the direction of the items themselves."""
        if not self._cursor.is_word("ASC", "DESC"):
            return {}
        direction = Literal(token.position, self._cursor.advance().word)
        return {"field": slots.get("field", Literal(token.position, None)), "direction": direction}

    def _parse_values(self) -> tuple[Expression, ...]:
        values = [self._expressions.parse()]
        while self._cursor.accept_sign(","):
            values.append(self._expressions.parse())
        return tuple(values)

    def _accept_quantity(self) -> bool:
        """Go past ALL or FIRST before the table of a FIND; return whether it was FIRST."""
        cursor = self._cursor
        following = cursor.peek()
        if following.kind not in (TokenKind.TEXT, TokenKind.NAME) or following.word in _AFTER_TABLE:
            return False
        is_first = cursor.is_word("FIRST")
        if cursor.accept_word("ALL", "FIRST"):
            cursor.accept_word("FROM", "IN")
        return is_first

    def _parse_call(self, keyword: Keyword, token: Token, *, is_statement: bool) -> Expression | None:
        """Parse ``KEYWORD(a, b)``; return None if the brackets are only a part of its first value."""
        start = self._cursor.save()
        self._cursor.advance()
        if keyword.role is Role.FUNCTION:
            called = self._parse_function(keyword, token)
        else:
            called = self._parse_bracketed_command(keyword, token, is_statement=is_statement)
        if called is None:
            self._cursor.restore(start)
        return called

    def _parse_function(self, keyword: Keyword, token: Token) -> Expression | None:
        name = token.text if "_" in token.text else keyword.name
        call = FunctionCall(token.position, name, self._expressions.parse_list())
        # In `FORMAT (1 + 2) AS "N2"` the brackets belong to the value.
        is_value = len(call.arguments) == 1 and self._cursor.is_word("AS") and keyword.name in _WITH_AS
        return None if is_value else call

    def _parse_bracketed_command(self, keyword: Keyword, token: Token, *, is_statement: bool) -> Expression | None:
        try:
            self._cursor.open_bracket()
            slots = self._forms.parse(keyword, FORMS[keyword.name], LOWEST)
            self._cursor.close_bracket()
        except ScriptSyntaxError as error:
            if error.is_final:
                raise
            return None
        if is_statement and not self._cursor.is_statement_end():
            return None
        return _build_node(keyword, token, slots)


def _is_table(cursor: TokenCursor) -> bool:
    """Return whether the first two values of AGGREGATE are a table and an operation, in General Bots' other order."""
    offset = 1 if cursor.is_sign("(") else 0
    first, second = cursor.peek(offset), cursor.peek(offset + 2)
    return first.kind is TokenKind.TEXT and isinstance(second.value, str) and second.value.upper() in _AGGREGATES


def _list_line_words(cursor: TokenCursor) -> list[str]:
    """Return the words up to the end of the line."""
    tokens = takewhile(lambda token: token.kind is not TokenKind.NEWLINE, islice(cursor.tokens, cursor.index, None))
    return [token.word for token in tokens]


def _build_node(keyword: Keyword, token: Token, slots: dict[str, SlotValue]) -> Expression:
    if keyword.role is not Role.FUNCTION:
        return Command(token.position, keyword.name, slots)
    arguments = tuple(slot for slot in slots.values() if not isinstance(slot, tuple | WhereClause))
    return FunctionCall(token.position, keyword.name, arguments)
