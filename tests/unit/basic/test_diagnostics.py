# ruff: noqa: E501 - a diagnostic is one line
"""Diagnostics: all at once, each at its position, with a message that authors understand."""

import pytest

from basic.compiler.context import BuildContext
from basic.diagnostics import Diagnostic, Position
from basic.package import build
from basic.syntax.parse import parse
from tests.cpu_time import takes_at_most
from tests.unit.basic.fake_host import diagnose

CURLY = 'is a typographic quote; use straight quotes, `"`, in the entire script'


@pytest.mark.parametrize(
    ("script", "diagnostic"),
    [
        ("TALK", "1:5 error: a value is missing before the end of the line; usage: `TALK text`"),
        (
            "TALK 'hello",
            "1:5 error: a value is missing before the end of the line; texts need double quotes, `'` starts a comment; usage: `TALK text`",
        ),
        ('TALK "a', '1:6 error: unterminated text: a `"` is missing at its end'),
        (
            'TALK "C:\\"',
            '1:6 error: unterminated text: a `"` is missing at its end (a backslash escapes the quote after it)',
        ),
        ('TALK \u201chello you\u201d\nTALK \u201cb c\u201d + \u201e"\nx = \u2018d e\u2019', f"1:6 warning: `\u201c` {CURLY}"),
        ("TALK \u2018hello you\u2019", f"1:6 warning: `\u2018` {CURLY}"),
        ('TALK \u201chello you"\nTALK \u201eb\u201c', f"1:6 warning: `\u201c` {CURLY}"),
        ("TALK 1\u201d", '1:7 error: `\u201d` is a typographic quote without a second one; use straight quotes, `"`'),
        ("x = NOTIFY TEAM y", "1:5 error: unknown keyword `NOTIFY TEAM`; did you mean `NOTIFY ATTENDANT`?"),
        ("x = 1 + CLASSIFY text", "1:9 error: unknown keyword `CLASSIFY`; did you mean `CLASSIFY INTENT`?"),
        ('x = GET ORDERS "a"', '1:16 error: unexpected `"a"`'),
        ('NAME = 1\nTALK NAME "x"', '2:11 error: unexpected `"x"`; join values with `+`'),
        ("TALK CANCELLED 5", "1:16 error: unexpected `5`"),
        ('TALK "a" "b"', '1:10 error: unexpected `"b"`; join values with `+`'),
        ("TALK 1 )", "1:8 error: unexpected `)`"),
        ('TALKE "hi"', "1:1 error: unknown statement `TALKE`; did you mean `TALK`?"),
        ('ADD SUGESTION "x"', "1:1 error: unknown statement `ADD SUGESTION`; did you mean `ADD SUGGESTION`?"),
        ("frobnicate x", "1:1 error: unknown statement `frobnicate`"),
        ("x = UBOND([1])", "1:5 error: unknown function `UBOND`; did you mean `UBOUND`?"),
        ("x = UBOUND(1, 2)", "1:5 error: `UBOUND` takes 1 argument, not 2"),
        ("x = MAX()", "1:5 error: `MAX` takes 1 or more arguments, not 0"),
        ("x = (1 + 2", "1:5 error: `(` is not closed: a `)` is missing"),
        ("x = [1, 2\nTALK 1", "1:5 error: `[` is not closed: a `]` is missing"),
        ("x = UCASE(1 2)", "1:13 error: `)` is missing before `2`"),
        ("x = #{a 1}", "1:9 error: `:` is missing after `a` in the map"),
        ("x = 1 +", "1:8 error: a value is missing before the end of the line"),
        ("x = 1 + THEN", "1:9 error: a value is missing before `THEN`"),
        ("x += 1", "1:3 error: `+=` is not supported; write `x = x + ...`"),
        ("LET x 1", "1:7 error: `=` is missing before `1`"),
        ("LET if = 1", "1:5 error: `if` is a reserved word and cannot be the name of a variable"),
        ("x = y.", "1:7 error: the name of a field is missing after `.`"),
        ("IF 1\nTALK 1\nEND IF", "1:5 error: `THEN` is missing after the condition"),
        ("IF 1 TEHN\nTALK 1\nEND IF", "1:6 error: `THEN` is missing before `TEHN`; did you mean `THEN`?"),
        ("IF 1 THEN\nTALK 1", "1:1 error: IF has no END IF"),
        ("IF 1 THEN\nFOR i = 1 TO 2\nEND IF", "2:1 error: FOR has no NEXT, noticed at `END` in line 3"),
        ("END IF", "1:1 error: `END IF` without IF"),
        ("NEXT", "1:1 error: `NEXT` without FOR"),
        ("FOR i = 1 TO 2\nNEXT j", "2:6 error: NEXT `j` does not match the loop variable `i`"),
        ("FOR EACH i OF [1]\nNEXT", "1:12 error: `IN` is missing before `OF`: `FOR EACH i IN items`"),
        ("FOR i = 1 UNTIL 2\nNEXT", "1:11 error: `TO` is missing before `UNTIL`"),
        ("DO WHILE 1\nLOOP UNTIL 2", "1:1 error: DO has two conditions, at DO and at LOOP; only one is allowed"),
        ("WHILE 1\nTALK 1", "1:1 error: WHILE has no WEND"),
        ("SWITCH 1\nTALK 1\nCASE 1\nEND SWITCH", "2:1 error: this statement is before the first CASE of the SWITCH and would never run"),
        ("SELECT CASE 1\nCASE 1", "1:1 error: SELECT CASE has no END SELECT"),
        ("WITH x\nTALK 1\nEND WITH", "2:1 error: WITH may only contain lines `.field = value`"),
        ("SUB a\nSUB b\nEND SUB\nEND SUB", "2:1 error: SUB is not allowed inside another block"),
        ("SUB a\nEND SUB\nSUB a\nEND SUB", "3:1 error: `a` is already defined in line 1"),
        ("SUB save(x)\nEND SUB", "1:1 error: `save` is a keyword and cannot be the name of a routine"),
        ("SUB a(x\nEND SUB", "1:8 error: `)` is missing after the parameters"),
        ("FUNCTION f(a)\nEND FUNCTION\nTALK f()", "3:6 error: `f` takes 1 argument, not 0"),
        ("EXIT FOR", "1:1 error: EXIT FOR is not inside a FOR"),
        ("EXIT FORR", "1:6 error: EXIT can leave FOR, DO, WHILE, SUB or FUNCTION; did you mean `FOR`?"),
        ("END", "1:1 error: `END` needs the block that it ends, as in `END IF`; use `EXIT` to end the script"),
        ("ON ERROR GOTO 5", "1:1 error: invalid use of ON; usage: `ON ERROR RESUME NEXT`, `ON ERROR GOTO 0` or `ON INSERT OF table`"),
        ("HEAR x AS EMIAL", "1:11 error: unknown HEAR type `EMIAL`; did you mean `EMAIL`?"),
        ("HEAR x AS sizes", "1:11 error: unknown HEAR type `sizes`; for a menu, write `AS MENU options`"),
        ('CALL "secnd"', "1:1 warning: the bot has no script `secnd`, so this fails when it is reached; did you mean `second`?"),
        ('CALL "/mail/send"', "1:1 not supported: CALL runs scripts of the bot; `/mail/send` is a path"),
        ("CALL wave(1)", "1:6 error: unknown routine `wave`"),
        ('USE TOOL "secnd"', "1:10 warning: the bot has no script `secnd`, so this is ignored; did you mean `second`?"),
        ("USE TOOL other", "1:10 warning: the bot has no script `other`, so this is ignored"),
        (
            'SET BOT MEMORY "a"',
            "1:19 error: `AS` is missing before the end of the line; usage: `SET BOT MEMORY name, value` or `SET BOT MEMORY name = value` or `SET BOT MEMORY name AS value`",
        ),
        ("x = IS NUMERIC 5", "1:16 error: invalid use of IS NUMERIC; usage: `IS NUMERIC(text)`"),
        ("BEGIN TALK\n${x + }\nEND TALK", "2:6 warning: this `${` stays in the text: a value is missing before the end of the line; write `\\${` if it should stay"),
        ("BEGIN TALK\n  \thi ${UBOND(1)} ${1}\n  END TALK", "2:9 error: unknown function `UBOND`; did you mean `UBOUND`?"),
        ("BEGIN TALK\n    hello ${x\nEND TALK", "2:11 error: `${` is not closed: a `}` is missing"),
        ("BEGIN TALK\nhello ${x\nEND TALK", "2:7 error: `${` is not closed: a `}` is missing"),
        ("BEGIN TALK\nhello", "1:1 error: BEGIN TALK has no END TALK"),
        ("BEGIN TALK\n${1 2}\nEND TALK", "2:5 warning: this `${` stays in the text: unexpected `2` in `${...}`; write `\\${` if it should stay"),
        ("DESCRIPTION hello", '1:13 warning: the text after DESCRIPTION has no quotes; write `DESCRIPTION "..."`'),
        ("PARAM x LIKE", "1:13 error: a value is missing before the end of the line"),
        ("PARAM x AS STRING LIKE [y]", "1:25 error: an example must be a constant: a text, a number or an array"),
        ("PARAM x AS STRING LIKE y", '1:24 warning: the text after LIKE has no quotes; write `LIKE "..."`'),
        ("TABLE t\nid string(\nEND TABLE", "2:11 error: invalid length of the field; write `(150)` or `(10, 2)`"),
        ("x = FIND t WHERE a = 1 ORDER b", "1:30 error: `BY` is missing before `b`"),
        ('x = FIND "t", "a=1 ORDER BY 5"', '1:15 error: the condition "a=1 ORDER BY 5" needs the name of a field after ORDER BY at "5"'),
        ('DELETE "t", "a=1 ORDER BY b"', "1:13 error: only the condition of a FIND may be followed by ORDER BY, LIMIT or OFFSET"),
        ("DELETE FROM t", "1:14 error: DELETE FROM needs a condition, so that it does not change every row: `WHERE field = value`"),
        ("UPDATE t SET a = 1", "1:19 error: UPDATE needs a condition, so that it does not change every row: `WHERE field = value`"),
        ("INSERT INTO t (a, b) VALUES (1)", "1:15 error: INSERT INTO names 2 fields and has 1 values"),
        ("INSERT INTO t (a) VALUES (1), (2)", "1:29 error: INSERT INTO adds one row; write one statement per row, or `MERGE table, rows, key`"),
        ("INSERT INTO t (a) 5", "1:19 error: `VALUES` is missing before `5`"),
        ("TABLE t\nid string\nPRIMARY KEY (key)\nEND TABLE", "3:9 error: PRIMARY KEY names the field `key`, which is not above it"),
        ('DELETE "t", "open"', '1:13 error: the condition "open" needs a comparison (= != <> > < >= <= like) after "open" at its end'),
        ('x = "1"\nUPDATE "t", "a=1 AND (b=" + x, #{}', '2:27 error: the condition "a=1 AND (b=..." needs ")" at its end'),
        ('x = FILTER([1], "item")', '1:17 error: the condition "item" needs a comparison (= != <> > < >= <= like) after "item" at its end'),
        ("TABLE t\nid string", "1:1 error: TABLE has no END TABLE"),
        ("TABLE t\nid string\nFIELD n AS numbr(5)\nEND TABLE", "3:7 error: unknown field type `numbr`; did you mean `number`?"),
        ("TABLE t\nid string\nID integer\nEND TABLE", "3:1 error: duplicate field `ID` in the table t"),
        ('TABLE "a#b"\nid string\nEND TABLE', '1:1 error: "a#b" is not a valid table name'),
        ("TABLE t ON maria\nid string\nEND TABLE", "1:1 warning: ON maria has no effect: the rows of t are stored with the bot"),
        (
            "TABLE t\na string key\nb string key\nEND TABLE",
            "3:1 not supported: a second key is not supported yet: only the first one identifies the rows of t",
        ),
        (
            'TABLE t\nREAD BY "hr;"\nid string\nEND TABLE',
            '2:9 error: the name of a role is empty; usage: `READ BY "hr;managers"`',
        ),
        (
            "TABLE t\nid string WRITE BY\nEND TABLE",
            "2:19 error: the name of a role is missing before the end of the line",
        ),
        ("x = 1# 2", "1:6 error: `#` starts a comment only after a blank; a map is written `#{...}`"),
        ("x = 1 @ 2", "1:7 error: invalid character `@`"),
        ("x = 1e999", "1:5 error: the number is too large"),
        ("x", "1:1 error: unknown name `x`"),
        ("x = 1\nx", "2:1 error: this statement has no effect"),
        ("x == 1", "1:3 error: this statement has no effect; to assign a value, write `x = ...`"),
        ("5 + 1", "1:3 error: this statement has no effect"),
        ("[1, 2]", "1:1 error: this statement has no effect"),
        ("talk = 5", "1:1 error: `talk` is a reserved word and cannot be the name of a variable"),
        ("IF 1 THEN\nend = 5\nEND IF", "2:1 error: `end` is a reserved word and cannot be the name of a variable"),
        ("IF 1 THEN x = 1 ELSE next = 5", "1:22 error: `next` is a reserved word and cannot be the name of a variable"),
        ('BEGIN TALK "x"\nhi\nEND TALK', "1:12 error: BEGIN TALK must be alone on its line; its text follows on the lines below"),
        ("x = 1 : BEGIN TALK\nit's fine\nEND TALK", "1:9 error: BEGIN TALK must be on its own line"),
        (
            'ADD SUGGESTION TOOL "second"',
            "1:29 error: `AS` is missing before the end of the line; usage: `ADD SUGGESTION TOOL tool AS label` or `ADD SUGGESTION TEXT text AS label` or `ADD SUGGESTION context AS label` or `ADD SUGGESTION label [, action]`",
        ),
        ('SET CONTEXT "a", "b", "c"', "1:21 error: unexpected `,`"),
        ('x = USE KB "manuals"', "1:5 error: USE KB returns no value; use it as a statement"),
        ("x = WAIT 5", "1:5 error: WAIT returns no value; use it as a statement"),
        (
            'HEAR x WITH "How many?" AS INTEGER',
            '1:25 error: `AS` is in the wrong place; usage: `HEAR variable` or `HEAR variable AS TYPE [WITH prompt] [DEFAULT value]` or `HEAR variable AS "A", "B" [, *]` or `HEAR prompt AS variable` or `variable = HEAR [prompt]`',
        ),
        ('x = GET "https://x.test/" WITH 5, a', "1:5 not supported: GET with WITH is not supported yet"),
        ('POST "https://x.test/", 1, "a", b(2)', "1:1 not supported: POST with several values is not supported yet"),
        ('x = FIND "t" WITH "a = 1"', "1:5 not supported: FIND with WITH is not supported yet"),
        ('SAVE "t" WITH a AS 1, b AS 2', "1:1 not supported: SAVE with WITH is not supported yet"),
        ('x = SCRAPE_ALL "https://x.test/", "p"', "1:5 not supported: SCRAPE ALL is not supported yet"),
        ('TALK LEN "abc"', "1:10 error: the arguments of `LEN` must be in brackets: `LEN(...)`"),
        ("SUB a(x)\nEND SUB\na 5", "3:3 error: the arguments of `a` must be in brackets: `a(...)`"),
        ("SUB a(x)\nEND SUB\na", "3:1 error: `a` takes 1 argument, not 0"),
        ("SUB a(x)\nEND SUB\nTALK 1 + a", "3:10 error: `a` takes 1 argument, not 0"),
        ("BEGIN TALK\n${a}\nEND TALK\nSUB a(x, y)\nEND SUB", "2:3 error: `a` takes 2 arguments, not 0"),
        ("HEAR AS INTEGER", "1:6 error: the name of a variable is missing before `AS`, as in `HEAR name AS TYPE`"),
        ("SUB a(x)\nEND SUB\nCALL a 5", "3:8 error: the arguments of `a` must be in brackets: `a(...)`"),
        ("SUB a(x, X)\nEND SUB\na(1, 2)", "1:10 error: duplicate parameter `X`"),
        ("FUNCTION f(x)\nF = x * 2\nEND FUNCTION\nTALK f(1)", "2:1 warning: this assigns a variable; use RETURN to return a value from `f`"),
        ('x = "5" IS NUMERIC', "1:9 error: invalid use of IS NUMERIC; usage: `IS NUMERIC(text)`"),
        ('TALK IS NUMERIC "5"', "1:17 error: invalid use of IS NUMERIC; usage: `IS NUMERIC(text)`"),
        ("IF THEN TALK 1\nTALK 2", "1:4 error: a value is missing before `THEN`"),
        ("DEFAULT", "1:1 error: `DEFAULT` without SWITCH"),
        ("SWITCH 1\nDEFAULT\nCASE 1\nCASE ELSE\nEND SWITCH", "4:1 error: the SWITCH has more than one default branch"),
        ("SELECT CASE 5\nCASE 1 TO 9\nEND SELECT", "2:8 error: CASE accepts single values only, `CASE 1, 2, 3`; use IF for a range"),
        ("SELECT CASE 5\nCASE IS > 3\nEND SELECT", "2:6 error: CASE accepts values only; use IF for conditions"),
        ("DESCRIPTION", '1:1 error: invalid use of DESCRIPTION; usage: `DESCRIPTION "text"`'),
        ("PARAM a AS TEXT\nPARAM A AS TEXT", "2:7 warning: duplicate PARAM `A`: the last one is used"),
        ("IF 1 THEN\nPARAM a AS TEXT\nEND IF", "2:1 error: PARAM is not allowed inside a block"),
        ('IF 1 THEN\nWEBHOOK "a"\nEND IF', "2:1 error: WEBHOOK is not allowed inside a block"),
        ('WEBHOOK "a"\nWEBHOOK "b"', "2:1 error: this script already handles the webhook `a`"),
        ('WEBHOOK "a/b"', "1:1 error: invalid webhook name; use letters, digits, `-`, `_`, `.` and `~`"),
        ('WEBHOOK "a"\nHEAR x', "2:1 warning: HEAR fails in a webhook, which has no user to ask"),
        ('SUB s\nHEAR x\nEND SUB\nWEBHOOK "a"\ns()', "2:1 warning: HEAR fails in a webhook, which has no user to ask"),
        ("name = 1\nTALK nmae", "2:6 warning: `nmae` is never assigned; did you mean `name`?"),
        ("TALK hello\nx = hello", "1:6 warning: `hello` is never assigned, so it is empty; a text needs quotes"),
        ("TALK 1 ? 2", "1:11 error: `:` is missing before the end of the line, as in `condition ? value : other value`"),
        ("x = [TRUE ? 1]", "1:14 error: `:` is missing before `]`, as in `condition ? value : other value`"),
        ("TALK IF(1, 2)", "1:6 error: `IIF` takes 3 arguments, not 2"),
        ("BREAK", "1:1 error: BREAK is not inside a loop; a CASE ends without it, and EXIT ends the script"),
        ("x = [1]\nx.splise(0)", "2:3 error: unknown function `splise`; did you mean `SPLICE`?"),
        ("x = [1]\ny = x.splice(0)", "2:7 not supported: SPLICE as a value is not supported yet"),
        ('IF ANALYZE SENTIMENT "a" THEN TALK 1', "1:4 not supported: ANALYZE SENTIMENT is not supported yet"),
        ('x = FIND "t" WHERE a = 1 FIRST x', "1:32 error: unexpected `x`"),
        (
            'a = b = 1\nUPDATE "t", "id=1", a, b, NOW()',
            "2:31 error: UPDATE with several values takes the names of variables; write a map: `#{field: value}`",
        ),
        ('USE TOOL ""', "1:10 warning: the name of the script is empty, so this is ignored"),
        ("FOR EACH next IN [1]\nTALK next.name\nx = next + next\nNEXT next", "1:10 error: `next` is a reserved word and cannot be the name of a variable"),
        ('x = GET "/api/queue"', "1:5 not supported: GET needs a URL; \"/api/queue\" is a path of General Bots' own server"),
        ('POST "/api/queue", 1', "1:1 not supported: POST needs a URL; \"/api/queue\" is a path of General Bots' own server"),
        ('n = 1\nx = GET "/api/q/" + n', "2:5 not supported: GET needs a URL; \"/api/q/\" is a path of General Bots' own server"),
        ('n = 1\nx = PUT "/api/q/${n}/a", 1', "2:5 not supported: PUT needs a URL; \"/api/q/\" is a path of General Bots' own server"),
        ('n = 1\nPOST "/api/" + n + "/a" + n, 1', "2:1 not supported: POST needs a URL; \"/api/\" is a path of General Bots' own server"),
        ('x = GET "order.total"', '1:9 warning: `order` is never assigned, so "order.total" is empty'),
        (
            'DESCRIPTION "One"\nRETURN 1\nDESCRIPTION "Two"',
            '3:1 warning: a second DESCRIPTION: a file is one tool, and the last description is used instead of "One"; write each tool in a file of its own',
        ),
    ],
)  # fmt: skip
def test_diagnostic_has_position_and_message(script: str, diagnostic: str) -> None:
    assert diagnose(script, "RETURN 1") == [diagnostic]


def test_diagnostics_of_all_files_are_sorted() -> None:
    result = build({"b.bas": "TALKE 1\nx = (\nFOR EACH\nTALK 1\nNEXT\nTALK 2 2", "a.bas": "IF 1 THEN\nSEND MAIL x"})

    assert result.program is None
    assert [(each.file, each.position and each.position.line) for each in result.diagnostics] == [
        ("a.bas", 1),
        ("a.bas", 2),
        ("b.bas", 1),
        ("b.bas", 2),
        ("b.bas", 3),
        ("b.bas", 6),
    ]


def test_duplicate_table_is_an_error() -> None:
    open_to_all, closed = (
        'TABLE "Staff.csv"\nid string\nEND TABLE',
        'TALK 1\nTABLE staff READ BY "hr"\nid string\nEND TABLE',
    )

    assert diagnose(open_to_all, closed) == ["2:1 error: the table staff is already defined in line 1 of start.bas"]
    assert diagnose(f"{open_to_all}\n{closed}") == [
        "5:1 error: the table staff is already defined in line 1 of start.bas"
    ]


def test_error_in_the_head_of_a_block_is_reported_once() -> None:
    assert (
        len(diagnose("FOR EACH x ON y\nTALK x\nNEXT x\nSWITCH\nCASE 1\nDEFAULT\nEND SWITCH\nIF THEN\nELSE\nEND IF"))
        == 3
    )


def test_diagnostic_is_formatted_with_its_line_and_a_caret() -> None:
    (diagnostic,) = parse("start.bas", "TALK 1\n\tTALK  UCASE(1 +\r\nTALK 2").diagnostics

    assert (
        str(diagnostic)
        == "start.bas:2:13: error: `(` is not closed: a `)` is missing\n  \tTALK  UCASE(1 +\n  \t           ^"
    )
    assert str(Diagnostic("a.bas", Position(1, 1), "no line")) == "a.bas:1:1: error: no line"


def test_number_of_errors_and_length_of_script_are_limited() -> None:
    diagnostics = parse("wrong.bas", "TALKE 5\n" * 5_000).diagnostics

    assert len(diagnostics) == 201
    assert diagnostics[-1].message == "too many errors; the others are not shown"
    assert parse("big.bas", "x" * 1_000_001).diagnostics[0].message == "the script has more than 1,000,000 characters"


def test_webhook_of_two_scripts_is_an_error_in_both() -> None:
    assert diagnose('TALK 1\nWEBHOOK "orders"', 'WEBHOOK "orders"', 'WEBHOOK "other"') == [
        "1:1 error: the webhook `orders` is also defined in `start`",
        "2:1 error: the webhook `orders` is also defined in `second`",
    ]


def test_file_names_that_differ_only_in_case_are_an_error() -> None:
    result = build({"a.bas": "TALK 1", "A.BAS": "TALK 2"})

    assert [each.message for each in result.diagnostics] == ["the name differs from `a.bas` only in case or folder"]


def test_missing_knowledge_bases_and_model_are_reported() -> None:
    context = BuildContext(collections=frozenset({"manuals"}))

    assert diagnose('USE KB "manuls"\nUSE KB manuals\nx = LLM "hi"\nCLEAR KB\nCLEAR KB "x"', context=context) == [
        "1:8 warning: the bot has no knowledge base `manuls`, so this is ignored; did you mean `manuals`?",
        "3:5 not supported: LLM needs a language model, `llm-model` in config.csv",
        "5:10 warning: the bot has no knowledge base `x`, so this is ignored",
    ]
    assert diagnose('USE KB "any"\nx = LLM "hi"', context=BuildContext(model=True)) == []


def test_thousand_lines_are_parsed_in_half_a_second() -> None:
    part = """
x = 1
IF x = 1 AND y <> "abc" THEN
  TALK "Hello " + name + ", you have " + FORMAT total AS "N2"
ELSE
  FOR EACH item IN items
    r = #{name: item.name, n: UCASE(item.x)}
    SAVE "t", item.id, r
  NEXT
END IF
"""
    assert takes_at_most(0.5, lambda: parse("long.bas", part * 100))
