"""One statement, one error: what follows from an error is not reported."""

import pytest

from basic.keywords import describe_unsupported
from basic.syntax.lexer import tokenize
from tests.cpu_time import takes_at_most
from tests.unit.basic.fake_host import diagnose, play_script

NO_SCRIPT = (
    "error: this file is no script: most of its lines are sentences; an instruction for the language model belongs "
    "between BEGIN SYSTEM PROMPT and END SYSTEM PROMPT"
)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("foo #{\n  a: 1,\n  b: [1, 2]\n}", "1:5 error: unexpected `#{`"),
        ("x = #{\n a 1,\n b: 2\n}", "2:4 error: `:` is missing after `a` in the map"),
        ('x = [\n "a" "b",\n 2\n], 5', '2:6 error: `]` is missing before `"b"`'),
        ("POST\n", "1:5 error: a value is missing before the end of the line; usage: `POST url [, data]`"),
        ("IF x = ) THEN\nTALK 1\nEND IF", "1:8 error: a value is missing before `)`"),
        ("x = UBOND(1) 2", "1:14 error: unexpected `2`"),
    ],
)
def test_lines_of_a_bracket_after_an_error_are_skipped(script: str, error: str) -> None:
    assert diagnose(f"{script}\nTALK 1 2") == [
        error,
        f"{script.count('\n') + 2}:8 error: unexpected `2`; join values with `+`",
    ]


def test_bracket_without_an_end_skips_its_line_only() -> None:
    assert diagnose("x = (1 + 2\ny = 3\nTALK 1 2") == [
        "1:5 error: `(` is not closed: a `)` is missing",
        "3:8 error: unexpected `2`; join values with `+`",
    ]


@pytest.mark.parametrize(
    ("script", "block"),
    [
        ('IF x = 1 {\nTALK "a"\n} else if x = 2 {\n  foo\n}\nelse {\n}', "`IF condition THEN` ... `END IF`"),
        ("fn add(a, b) {\n  a + b;\n}", "`FUNCTION name(parameters)` ... `END FUNCTION`"),
        ("while x < 2 {\n if x {\n }\n}", "`WHILE condition` ... `WEND`"),
        ("for x in list {\nTALK x\n}", "`FOR EACH item IN items` ... `NEXT`"),
        ("loop {\n", "`DO` ... `LOOP`"),
    ],
)
def test_block_in_braces_is_one_error_that_names_the_block(script: str, block: str) -> None:
    assert diagnose(f"{script}\nTALK 1") == [f"1:1 error: blocks have no braces; write {block}"]


def test_lines_of_an_unknown_block_are_no_statements() -> None:
    unknown = "texts are between BEGIN TALK, BEGIN SYSTEM PROMPT or BEGIN MAIL and their END"

    assert diagnose("BEGIN HTML\n<p>It's \"x\nfoo bar\nEND HTML\n  begin prompt \nfoo\n  end_prompt\nTALK 1 2") == [
        f"1:1 error: unknown block BEGIN HTML; {unknown}",
        f"5:1 error: unknown block BEGIN PROMPT; {unknown}",
        "8:8 error: unexpected `2`; join values with `+`",
    ]
    assert diagnose("BEGIN HTML\nTALK 1") == ["1:1 error: unknown statement `BEGIN HTML`; did you mean `BEGIN TALK`?"]
    assert takes_at_most(2, lambda: tokenize("BEGIN HTML\n" * 20_000))


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('x = POST "https://x.test/" WITH', "POST with WITH"),
        ('GET "https://x.test/" WITH', "GET with WITH"),
        ('BOOK MEETING "a", "b" WITH', "BOOK MEETING"),
    ],
)
def test_options_of_an_unsupported_form_are_no_statements(head: str, name: str) -> None:
    position = "1:5" if head.startswith("x") else "1:1"

    assert diagnose(f'{head}\n  header = "a"\n  retry 3\nEND WITH\nTALK 1 2')[0] == (
        f"{position} not supported: {describe_unsupported(name)}"
    )
    assert len(diagnose(f'{head}\n  header = "a"\n  retry 3\nEND WITH\nTALK 1 2')) == 2


def test_lines_of_a_long_map_of_an_unsupported_keyword_are_skipped() -> None:
    entries = "\n".join(f"  k{index}: {index}," for index in range(60))

    assert diagnose(f"BOOK MEETING x, #{{\n{entries}\n}}\nTALK 1") == [
        "1:1 not supported: BOOK MEETING is not supported yet"
    ]


def test_closers_without_their_block_are_one_error() -> None:
    script = (
        "CASE 1\nTALK 1\nCASE 2\nIF 1 THEN\nELSE\nEND IF\nDEFAULT\nEND SWITCH\nELSE IF 2 THEN\nELSE\nEND IF\nEND IF"
    )

    assert diagnose(script) == [
        "1:1 error: `CASE` without SWITCH",
        "9:1 error: `ELSE IF` without IF",
        "12:1 error: `END IF` without IF",
    ]


@pytest.mark.parametrize("head", ["IF 1 THEN", "FOR i = 1 TO 3", "WHILE 1", "FUNCTION f(a)", "SWITCH 1\nCASE 1"])
def test_end_without_its_word_is_one_error(head: str) -> None:
    line = head.count("\n") + 3

    assert diagnose(f"{head}\nTALK 1\nEND\nTALK 2") == [
        f"{line}:1 error: `END` needs the block that it ends, as in `END IF`; use `EXIT` to end the script"
    ]


def test_map_at_the_end_of_a_line_begins_no_block() -> None:
    assert diagnose("IF 1 = {\n a: 1\n} THEN\nTALK 1\nEND IF") == []


def test_reserved_word_as_a_variable_is_one_error_and_case_none() -> None:
    script = """case = #{id: 7}
IF case.id = 7 THEN
  case.state = "open"
END IF
SWITCH case.id
CASE 7
  TALK case.state
  LET end = case
END SWITCH
IF end = 1 THEN end = 2
END IF"""

    assert diagnose(script.removesuffix("\nEND IF")) == [
        "8:7 error: `end` is a reserved word and cannot be the name of a variable",
    ]


def test_prose_is_one_error() -> None:
    prose = (
        "# Role\n\nYou are a helpful assistant of a small shop.\nAlways answer in the language of the user.\n"
        'If the user asks for prices, say that they are on the page.\n- don\'t talk about "politics"\n'
    )

    assert diagnose(prose) == [f"3:1 {NO_SCRIPT}"]
    assert diagnose("It was a dark night.\n" * 5_000) == [f"1:1 {NO_SCRIPT}"]


def test_script_with_few_lines_of_prose_has_their_errors() -> None:
    lines = "send the mail to her\nmake it so now\nask her for it\n"

    assert len(diagnose(lines + "TALK 1\n" * 4)) == 3


def test_case_is_a_variable_if_the_script_assigns_it() -> None:
    script = """case = #{id: 7, n: [1]}
SELECT CASE case.id
CASE 7
  TALK "seven ${case.id}"
CASE ELSE
  TALK "other"
END SELECT
FOR EACH case IN [#{id: 8}]
  SWITCH case.id
  CASE case.id
    case.state = "open"
    TALK case.state
  END SWITCH
NEXT case
TALK case.n[0]
IF case.id = 7 THEN case = 5 : TALK case"""

    assert play_script(script) == ["seven 7", "open", "1", "5"]
