"""The parsers of the language one by one: each works with a token cursor and no other part of a script."""

import pytest

from basic.diagnostics import Issue, Position
from basic.syntax.lexer import tokenize
from basic.syntax.parser.cursor import TokenCursor
from basic.syntax.parser.errors import ScriptSyntaxError
from basic.syntax.parser.expressions import ExpressionParser
from basic.syntax.parser.operators import COMPARISON
from basic.syntax.parser.skipping import skip_statement
from basic.syntax.parser.tables import TableParser
from basic.syntax.tree.expressions import Binary, Item, Literal, Member, Name


def make_cursor(text: str) -> TokenCursor:
    return TokenCursor(tokenize(text).tokens)


def test_cursor_returns_to_a_checkpoint() -> None:
    cursor = make_cursor("x = (1")
    start = cursor.save()
    while not cursor.accept_sign("("):
        cursor.advance()
    cursor.open_bracket()
    cursor.enter()

    cursor.restore(start)

    assert cursor.current.text == "x"
    assert (cursor.brackets, cursor.depth) == ((), 0)


def test_cursor_skips_line_ends_inside_brackets_only() -> None:
    cursor = make_cursor("(\n1")

    assert cursor.accept_sign("(")
    assert cursor.is_line_end()
    cursor.open_bracket()
    assert cursor.current.text == "1"


def test_cursor_accepts_phrases_with_blanks_and_underscores() -> None:
    assert make_cursor("END TABLE").accept_phrase("END TABLE")
    assert make_cursor("end_table").accept_phrase("END TABLE")
    assert not make_cursor("END IF").accept_phrase("END TABLE")


def test_missing_part_is_after_the_last_token_of_the_line() -> None:
    cursor = make_cursor("TALK\nx")
    cursor.advance()

    assert cursor.get_missing_position() == Position(1, 5)
    assert cursor.describe_current() == "the end of the line"


def test_skipped_statement_ends_with_its_line() -> None:
    cursor = make_cursor("a (b, c) d : e\nf")

    skip_statement(cursor)

    assert cursor.current.text == ":"


def test_operators_bind_by_their_power() -> None:
    expression = ExpressionParser(make_cursor("1 + 2 * 3 = 7")).parse()

    assert isinstance(expression, Binary)
    assert expression.operator == "="
    assert isinstance(expression.left, Binary)
    assert expression.left.operator == "+"


def test_expression_ends_before_an_operator_that_binds_too_loosely() -> None:
    parser = ExpressionParser(make_cursor("1 + 2 = 3"))

    parser.parse(COMPARISON)

    assert parser.cursor.current.text == "="


def test_target_is_a_variable_with_fields_and_items() -> None:
    target = ExpressionParser(make_cursor('a.b["c"] = 1')).parse_target()

    base = Member(Position(1, 2), Name(Position(1, 1), "a"), "b")
    assert target == Item(Position(1, 4), base, Literal(Position(1, 5), "c"))


def test_reserved_word_is_not_a_target() -> None:
    with pytest.raises(ScriptSyntaxError, match="`next` is a reserved word"):
        ExpressionParser(make_cursor("next = 1")).parse_target()


def test_table_with_an_invalid_line_keeps_the_other_fields() -> None:
    cursor, issues = make_cursor("TABLE t\nid string key\nname (\nseats integer\nEND TABLE"), list[Issue]()
    cursor.advance()

    table = TableParser(cursor, issues).parse()

    assert [field.name for field in table.fields] == ["id", "seats"]
    assert issues == [Issue(Position(3, 6), "the field's type is missing before `(`")]
