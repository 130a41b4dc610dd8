# ruff: noqa: E501 - a case is one line
"""Texts over several lines, between single quotes, and without quotes; comments behind statements."""

import pytest

from basic.syntax.lexer import tokenize
from basic.syntax.parse import parse
from tests.cpu_time import takes_at_most
from tests.unit.basic.fake_host import diagnose, play_script

UNCLOSED = 'error: unterminated text: a `"` is missing at its end'


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ('TALK "Dear guest,\nyour table is ready.\n\nIf not, write."\nTALK 2', ["Dear guest,\nyour table is ready.\n\nIf not, write.", "2"]),
        ('TALK "a" + "b\r\n  c" + 5\r\nTALK 2', ["ab\n  c5", "2"]),
        ('x = "a\nTHEN b"\nIF x = "a\nTHEN b" THEN TALK 1', ["1"]),
        ('TALK "{\n  \\"a\\": ""b""\n}"', ['{\n  "a": "b"\n}']),
        ('TALK UCASE("see\nyou") + JOIN(["a\n", "b"], "-")', ["SEE\nYOUa\n-b"]),
        ("x = \"two\nlines\" ' a comment\nTALK x", ["two\nlines"]),
    ],
)  # fmt: skip
def test_text_may_have_several_lines(script: str, messages: list[str]) -> None:
    assert play_script(script) == messages


def test_lines_after_a_long_text_have_their_numbers() -> None:
    assert diagnose('TALK "a\nb\nc" + 1 2\nfoo bar') == [
        "3:8 error: unexpected `2`; join values with `+`",
        "4:1 error: unknown statement `foo`",
    ]
    assert diagnose('TALK 1 "a\nb"') == ['1:8 error: unexpected `"a …`; join values with `+`']


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "your table is ready.\nSee you",
        'your table is ready.\nSee you\nTALK "bye"\nx = 1',
        'TALK "World"',
        'x = "b"\nTALK x',
        'x = ""',
        'ADD SUGGESTION "a" AS "b"',
        'HEAR x AS INTEGER WITH "How many?"',
        'talk "World" + 5',
        "if 1 then\nend if",
        'If you did not order, call "us" now.\nTALK 1',
    ],
)
def test_text_that_is_never_closed_is_one_error_at_its_quote(rest: str) -> None:
    assert diagnose(f'TALK 1\nTALK "Dear guest,\n{rest}') == [f"2:6 {UNCLOSED}"]


def test_script_after_a_text_that_is_never_closed_is_checked() -> None:
    assert diagnose('IF 1 THEN\n  TALK "Hello\n  TALK "World"\nEND IF\nfoo bar') == [
        f"2:8 {UNCLOSED}",
        "5:1 error: unknown statement `foo`",
    ]


def test_length_of_a_text_is_limited_and_searching_its_end_takes_linear_time() -> None:
    assert diagnose(f'TALK "a{"\n" * 501}b"')[0] == f"1:6 {UNCLOSED}"
    assert takes_at_most(1, lambda: tokenize('TALK \\"\n' * 20_000))


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ("TALK 'He said: ' + \"yes\"", ["He said: yes"]),
        ('data = \'{"plan": "gold"}\'\nTALK data \' a comment', ['{"plan": "gold"}']),
        ("IF 1 THEN ' a 'comment'\nTALK 'it\\'s' + 'It''s'\nEND IF", ["it'sIt's"]),
        ("x = [1, ' the first item's\n 'a', ' and the 2nd\n 'b']\nTALK JOIN(x, '-')", ["1-a-b"]),
        ("m = {'a': 'b', c: 'd'}\nTALK m.a + m.c", ["bd"]),
        ("SUB s\nRETURN\nEND SUB\nTALK 1 'not a text'\nx = 2 'nor this'\nTALK x", ["1", "2"]),
        ("SET BOT MEMORY 'k', 'v'\nTALK GET BOT MEMORY 'k'", ["v"]),
        ("SWITCH 'a'\nCASE 'a', 'b'\nTALK ''\nTALK 'x'\nEND SWITCH ' 'end'", ["", "x"]),
    ],
)
def test_text_may_be_between_single_quotes_where_a_value_must_come(script: str, messages: list[str]) -> None:
    assert play_script(script) == messages


def test_comment_may_follow_a_statement_after_a_hash() -> None:
    assert play_script("x = 1  # one\nWAIT 1 #\nTALK #{a: x}.a # + 1") == ["1"]


@pytest.mark.parametrize(
    ("example", "value"),
    [
        ("31/12/2026", "31/12/2026"),
        ("10:30", "10:30"),
        ("5 days", "5 days"),
        ("12.5", 12.5),
        ("-3", -3),
        ("TRUE", True),
    ],
)
def test_like_without_quotes_is_a_text_unless_it_is_a_constant(example: str, value: object) -> None:
    (parameter,) = parse("a.bas", f'PARAM x AS STRING LIKE {example} DESCRIPTION "What?"').tree.parameters

    assert (parameter.example, parameter.description) == (value, "What?")


def test_description_and_like_may_have_no_quotes() -> None:
    script = (
        "PARAM thing AS string LIKE red lamp, 2 DESCRIPTION What's it?\nPARAM day AS date LIKE 2026-01-15 OPTIONAL\n"
        'PARAM n AS number LIKE -2.5 OPTIONAL\nDESCRIPTION It\'s a tool \u2013 for "things".\nTALK 1'
    )

    tree = parse("a.bas", script).tree

    assert [(each.example, each.description) for each in tree.parameters] == [
        ("red lamp, 2", "What's it?"),
        ("2026-01-15", ""),
        (-2.5, ""),
    ]
    assert tree.description == 'It\'s a tool \u2013 for "things".'
    assert [each.partition(": ")[0] for each in diagnose(script)] == [
        "1:28 warning",
        "1:52 warning",
        "2:24 warning",
        "4:13 warning",
    ]


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ('TALK "a" +\n  "b" +\n  "c"\nTALK 2', ["abc", "2"]),
        ('TALK "a"\n  + "b"\n  & "c"', ["abc"]),
        ("x = 1\ny = x = 1 AND\nNOT FALSE\nTALK y", ["true"]),
        ('TALK REPLACE("abc", "a",\n"x")', ["xbc"]),
        ("a = [1]\nAPPEND a,\n  2\nTALK UBOUND(a)", ["2"]),
        ('SWITCH 2\nCASE 1,\n  2\nTALK "few"\nEND SWITCH', ["few"]),
        ('TALK "a" + \' why\n  "b"', ["ab"]),
        ("map =\n  #{\n  a: 1}\nTALK map.a", ["1"]),
    ],
)  # fmt: skip
def test_line_that_ends_in_a_comma_or_an_operator_goes_on(script: str, messages: list[str]) -> None:
    assert play_script(script) == messages


@pytest.mark.parametrize("following", ["TALK 2", "x = 5", "x.y = 5", "IF 1 THEN", "NEXT", "SET BOT MEMORY a, 1", "' b"])
def test_line_does_not_go_on_before_a_statement(following: str) -> None:
    assert diagnose(f"y = 1 +\n{following}")[0] == "1:8 error: a value is missing before the end of the line"


def test_menu_may_end_in_an_asterisk() -> None:
    assert play_script('HEAR x AS "A", *\nx\nSUB x\nEND SUB\nTALK x', "b") == ["b"]
