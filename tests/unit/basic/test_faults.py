# ruff: noqa: E501 - a fault is one line
"""Every fault at once, each where it is, with a sentence an author understands."""

import time

import pytest

from basic.compiler.context import BuildContext
from basic.data.filters import NO_ORDER
from basic.diagnostics import Diagnostic, Position
from basic.package import build
from basic.syntax.parse import parse
from tests.unit.basic.world import faults_of


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("TALK", "1:5 error: a value is missing before the end of the line; TALK is written `TALK text`"),
        (
            "TALK 'hello'",
            "1:5 error: a value is missing before the end of the line; a text stands between double quotes, `'` starts a comment; TALK is written `TALK text`",
        ),
        ('TALK "a', '1:6 error: the text is not closed: a `"` is missing at its end'),
        (
            'TALK "C:\\"',
            '1:6 error: the text is not closed: a `"` is missing at its end (a backslash before a quote keeps the text open)',
        ),
        ("TALK \u201chello\u201d", '1:6 error: `\u201c` is a typographic quote; a text stands between straight quotes, `"`'),
        ('TALK "a" "b"', '1:10 error: `"b"` is not expected here; values are joined with `+`'),
        ("TALK 1 )", "1:8 error: `)` is not expected here"),
        ('TALKE "hi"', "1:1 error: `TALKE` is not known; did you mean `TALK`?"),
        ('ADD SUGESTION "x"', "1:1 error: `ADD SUGESTION` is not known; did you mean `ADD SUGGESTION`?"),
        ("frobnicate x", "1:1 error: `frobnicate` is not known"),
        ("x = UBOND([1])", "1:5 error: `UBOND` is not known; did you mean `UBOUND`?"),
        ("x = UBOUND(1, 2)", "1:5 error: `UBOUND` takes 1 argument, not 2"),
        ("x = MAX()", "1:5 error: `MAX` takes 1 or more arguments, not 0"),
        ("x = (1 + 2", "1:5 error: `(` is not closed: a `)` is missing"),
        ("x = [1, 2\nTALK 1", "1:5 error: `[` is not closed: a `]` is missing"),
        ("x = UCASE(1 2)", "1:13 error: `)` is missing before `2`"),
        ("x = #{a 1}", "1:9 error: `:` is missing after `a` in the map"),
        ("x = 1 +", "1:8 error: a value is missing before the end of the line"),
        ("x = 1 + THEN", "1:9 error: a value is missing before `THEN`"),
        ("x += 1", "1:3 error: `+=` is not in the language: write `x = x + ...`"),
        ("LET x 1", "1:7 error: `=` is missing before `1`"),
        ("LET if = 1", "1:5 error: `if` is a word of the language and cannot name a variable"),
        ("x = y.", "1:7 error: the name of a field is missing after `.`"),
        ("IF 1\nTALK 1\nEND IF", "1:5 error: `THEN` is missing after the condition"),
        ("IF 1 TEHN\nTALK 1\nEND IF", "1:6 error: `THEN` is missing before `TEHN`; did you mean `THEN`?"),
        ("IF 1 THEN\nTALK 1", "1:1 error: IF has no END IF"),
        ("IF 1 THEN\nFOR i = 1 TO 2\nEND IF", "2:1 error: FOR has no NEXT, noticed at `END` in line 3"),
        ("END IF", "1:1 error: `END IF` has no IF before it"),
        ("NEXT", "1:1 error: `NEXT` has no FOR before it"),
        ("FOR i = 1 TO 2\nNEXT j", "2:6 error: this NEXT names `j`, but the loop's variable is `i`"),
        (
            "FOR i IN [1]\nNEXT",
            "1:7 error: `=` is missing before `IN`: `FOR i = 1 TO 10`, or `FOR EACH i IN items`",
        ),
        ("FOR EACH i OF [1]\nNEXT", "1:12 error: `IN` is missing before `OF`: `FOR EACH i IN items`"),
        ("FOR i = 1 UNTIL 2\nNEXT", "1:11 error: `TO` is missing before `UNTIL`"),
        ("DO WHILE 1\nLOOP UNTIL 2", "1:1 error: DO has a condition at its start and at its LOOP; it takes one of them"),
        ("WHILE 1\nTALK 1", "1:1 error: WHILE has no WEND"),
        ("SWITCH 1\nTALK 1\nCASE 1\nEND SWITCH", "2:1 error: this stands before the first CASE of the SWITCH and would never run"),
        ("SELECT CASE 1\nCASE 1", "1:1 error: SELECT CASE has no END SELECT"),
        ("WITH x\nTALK 1\nEND WITH", "2:1 error: WITH holds lines `.field = value` only"),
        ("SUB a\nSUB b\nEND SUB\nEND SUB", "2:1 error: SUB cannot stand inside another block"),
        ("SUB a\nEND SUB\nSUB a\nEND SUB", "3:1 error: `a` is defined twice, first in line 1"),
        ("SUB save(x)\nEND SUB", "1:1 error: `save` is a keyword and cannot name a routine"),
        ("SUB a(x\nEND SUB", "1:8 error: `)` is missing after the parameters"),
        ("FUNCTION f(a)\nEND FUNCTION\nTALK f()", "3:6 error: `f` takes 1 argument, not 0"),
        ("EXIT FOR", "1:1 error: EXIT FOR stands in no FOR"),
        ("EXIT FORR", "1:6 error: EXIT leaves FOR, DO, WHILE, SUB or FUNCTION; did you mean `FOR`?"),
        ("END", "1:1 error: `END` says what ends, as in `END IF`; `EXIT` ends a script"),
        ("ON ERROR GOTO 5", "1:1 error: ON is written `ON ERROR RESUME NEXT`, `ON ERROR GOTO 0` or `ON INSERT OF table`"),
        ("HEAR x AS EMIAL", "1:11 error: `EMIAL` is not a type of HEAR; did you mean `EMAIL`?"),
        ("HEAR x AS sizes", "1:11 error: `sizes` is not a type of HEAR; a menu is written `AS MENU options`"),
        ('CALL "secnd"', "1:1 error: the bot has no script `secnd`; did you mean `second`?"),
        ("CALL wave(1)", "1:6 error: `wave` is not known"),
        ('USE TOOL "secnd"', "1:10 error: the bot has no script `secnd`; did you mean `second`?"),
        ("USE TOOL other", "1:10 error: the bot has no script `other`"),
        (
            'SET BOT MEMORY "a"',
            "1:19 error: `AS` is missing before the end of the line; SET BOT MEMORY is written `SET BOT MEMORY name, value` or `SET BOT MEMORY name AS value`",
        ),
        ("x = IS NUMERIC 5", "1:16 error: IS NUMERIC is written `IS NUMERIC(text)`"),
        ("a = FIND t WHERE x = 1 OR y = 2", "1:24 error: WHERE takes comparisons `field = value` joined with AND"),
        ("BEGIN TALK\n${x + }\nEND TALK", "2:6 error: a value is missing before the end of the line"),
        ("BEGIN TALK\n  \thi ${UBOND(x)} ${1}\n  END TALK", "2:9 error: `UBOND` is not known; did you mean `UBOUND`?"),
        ("BEGIN TALK\n    hello ${x\nEND TALK", "2:11 error: `${` is not closed: a `}` is missing"),
        ("BEGIN TALK\nhello ${x\nEND TALK", "2:7 error: `${` is not closed: a `}` is missing"),
        ("BEGIN TALK\nhello", "1:1 error: BEGIN TALK has no END TALK"),
        ("BEGIN TALK\n${1 2}\nEND TALK", "2:5 error: `2` is not expected in `${...}`"),
        ("DESCRIPTION hello", '1:13 error: DESCRIPTION needs a text between quotes, as in `DESCRIPTION "text"`'),
        ("PARAM x LIKE 1", '1:9 error: `AS` is missing; PARAM is written `PARAM name AS TYPE [LIKE "example"] [DESCRIPTION "text"] [ENUM ["a", "b"]] [DEFAULT value] [OPTIONAL]`'),
        ("PARAM x AS STRING LIKE y", "1:24 error: an example must be written out: a text or a number"),
        ("TABLE t\nid string(\nEND TABLE", "2:11 error: the field's length is written `(150)`, or `(10, 2)`"),
        ("x = FIND t WHERE a = 1 ORDER BY b DESC LIMIT 5", f"1:24 error: {NO_ORDER}"),
        ("x = FIND t LIMIT 5", f"1:12 error: {NO_ORDER}"),
        ('x = FIND "t", "a=1" ORDER BY b', f"1:21 error: {NO_ORDER}"),
        ('x = FIND "t", "a=1 ORDER BY b"', f"1:15 error: {NO_ORDER}; a value that says so stands in quotes"),
        ('x = "1"\ny = FIND t WHERE "a=" + x + " AND b=2 LIMIT 5"', f"2:27 error: {NO_ORDER}; a value that says so stands in quotes"),
        ('DELETE "t", "open"', '1:13 error: the condition "open" needs a comparison (= != <> > < >= <= like) after "open" at its end'),
        ('x = "1"\nUPDATE "t", "a=1 AND (b=" + x, #{}', '2:27 error: the condition "a=1 AND (b=" needs ")" at its end'),
        ('x = FILTER([1], "item")', '1:17 error: the condition "item" needs a comparison (= != <> > < >= <= like) after "item" at its end'),
        ("TABLE t\nid string", "1:1 error: TABLE has no END TABLE"),
        ("TABLE t\nid string\nFIELD n AS numbr(5)\nEND TABLE", "3:7 error: `numbr` is not a type of a field; did you mean `number`?"),
        ("TABLE t\nid string\nID integer\nEND TABLE", "3:1 error: the table t has the field `ID` twice"),
        ('TABLE "a#b"\nid string\nEND TABLE', '1:1 error: "a#b" is no name of a table'),
        ("TABLE t ON maria\nid string\nEND TABLE", "1:1 not supported: ON maria is not supported yet: the rows of t are kept with the bot"),
        (
            "TABLE t\na string key\nb string key\nEND TABLE",
            "3:1 not supported: a second key is not supported yet: only the first one tells the rows of t apart",
        ),
        (
            'TABLE t\nREAD BY "hr;"\nid string\nEND TABLE',
            '2:9 error: the name of a role is empty; roles are written `READ BY "hr;managers"`',
        ),
        (
            "TABLE t\nid string WRITE BY\nEND TABLE",
            "2:19 error: the name of a role is missing before the end of the line",
        ),
        ("x = 1 # 2", "1:7 error: `#` starts a comment only at the start of a line; a map is written `#{...}`"),
        ("x = 1 @ 2", "1:7 error: `@` is not a character of the language"),
        ("x = 1e999", "1:5 error: the number is too large"),
        ("x", "1:1 error: `x` is not known"),
        ("x = 1\nx", "2:1 error: this does nothing: a value alone is no statement"),
        ("x == 1", "1:3 error: this does nothing: a value alone is no statement; `x = ...` gives a variable a value"),
        ("5 + 1", "1:3 error: this does nothing: a value alone is no statement"),
        ("[1, 2]", "1:1 error: this does nothing: a value alone is no statement"),
        ("talk = 5", "1:1 error: `talk` is a word of the language and cannot name a variable"),
        ("IF 1 THEN\nend = 5\nEND IF", "2:1 error: `end` is a word of the language and cannot name a variable"),
        ("IF 1 THEN x = 1 ELSE next = 5", "1:22 error: `next` is a word of the language and cannot name a variable"),
        ('BEGIN TALK "x"\nhi\nEND TALK', "1:12 error: BEGIN TALK stands alone in its line: its text stands in the lines below it"),
        ("x = 1 : BEGIN TALK\nit's fine\nEND TALK", "1:9 error: BEGIN TALK stands in a line of its own"),
        (
            'ADD SUGGESTION TOOL "second"',
            "1:29 error: `AS` is missing before the end of the line; ADD SUGGESTION is written `ADD SUGGESTION TOOL tool AS label` or `ADD SUGGESTION TEXT text AS label` or `ADD SUGGESTION context AS label` or `ADD SUGGESTION label [, action]`",
        ),
        ('SET CONTEXT "a", "b"', "1:16 error: `AS` is missing before `,`; SET CONTEXT is written `SET CONTEXT name AS text` or `SET CONTEXT text`"),
        ('x = USE KB "manuals"', "1:5 error: USE KB gives no value; it stands at the start of a statement"),
        ("x = WAIT 5", "1:5 error: WAIT gives no value; it stands at the start of a statement"),
        (
            'HEAR x WITH "How many?" AS INTEGER',
            '1:25 error: `AS` comes too late; HEAR is written `HEAR variable` or `HEAR variable AS TYPE [WITH prompt] [DEFAULT value]` or `HEAR variable AS "A", "B" [, *]` or `HEAR prompt AS variable` or `variable = HEAR [prompt]`',
        ),
        ('x = GET "https://x.test/" WITH 5', "1:27 error: `WITH` is not expected here"),
        ('TALK LEN "abc"', "1:10 error: the arguments of `LEN` stand in brackets: `LEN(...)`"),
        ("SUB a(x)\nEND SUB\na 5", "3:3 error: the arguments of `a` stand in brackets: `a(...)`"),
        ("SUB a(x)\nEND SUB\na", "3:1 error: `a` takes 1 argument, not 0"),
        ("SUB a(x)\nEND SUB\nTALK 1 + a", "3:10 error: `a` takes 1 argument, not 0"),
        ("BEGIN TALK\n${a}\nEND TALK\nSUB a(x, y)\nEND SUB", "2:3 error: `a` takes 2 arguments, not 0"),
        ("HEAR AS INTEGER", "1:6 error: the name of a variable is missing before `AS`, as in `HEAR name AS TYPE`"),
        ("SUB a(x)\nEND SUB\nCALL a 5", "3:8 error: the arguments of `a` stand in brackets: `a(...)`"),
        ("SUB a(x, X)\nEND SUB\na(1, 2)", "1:10 error: the parameter `X` is there twice"),
        ("FUNCTION f(x)\nF = x * 2\nEND FUNCTION\nTALK f(1)", "2:1 warning: `f` gives the value of its RETURN, and this is a variable"),
        ('x = "5" IS NUMERIC', "1:9 error: IS NUMERIC is written `IS NUMERIC(text)`"),
        ('TALK IS NUMERIC "5"', "1:17 error: IS NUMERIC is written `IS NUMERIC(text)`"),
        ("IF THEN TALK 1\nTALK 2", "1:4 error: a value is missing before `THEN`"),
        ("DEFAULT", "1:1 error: `DEFAULT` has no SWITCH before it"),
        ("SWITCH 1\nDEFAULT\nCASE 1\nCASE ELSE\nEND SWITCH", "4:1 error: the SWITCH has two branches for all that is left"),
        ("SELECT CASE 5\nCASE 1 TO 9\nEND SELECT", "2:8 error: CASE takes single values, `CASE 1, 2, 3`; a range is for IF"),
        ("SELECT CASE 5\nCASE IS > 3\nEND SELECT", "2:6 error: CASE takes values and no conditions; those are for IF"),
        ("DESCRIPTION", '1:1 error: DESCRIPTION is written `DESCRIPTION "text"`'),
        ("PARAM a AS TEXT\nPARAM A AS TEXT", "2:7 error: `A` is a PARAM already"),
        ("IF 1 THEN\nPARAM a AS TEXT\nEND IF", "2:1 error: PARAM cannot stand inside a block"),
        ('IF 1 THEN\nWEBHOOK "a"\nEND IF', "2:1 error: WEBHOOK cannot stand inside a block"),
        ('WEBHOOK "a"\nWEBHOOK "b"', "2:1 error: this script is the webhook `a` already"),
        ('WEBHOOK "a/b"', "1:1 error: the name of a webhook is a part of an address: letters, digits, `-`, `_`, `.`"),
        ('WEBHOOK "a"\nHEAR x', "2:1 warning: a webhook has nobody to ask: HEAR fails there"),
        ('SUB s\nHEAR x\nEND SUB\nWEBHOOK "a"\ns()', "2:1 warning: a webhook has nobody to ask: HEAR fails there"),
        ("name = 1\nTALK nmae", "2:6 warning: `nmae` never gets a value; did you mean `name`?"),
    ],
)  # fmt: skip
def test_a_fault_is_where_it_is_and_says_what_it_is(script: str, fault: str) -> None:
    assert faults_of(script, "RETURN 1") == [fault]


def test_all_faults_of_all_files_are_reported_at_once_in_order() -> None:
    built = build({"b.bas": "TALKE 1\nx = (\nFOR EACH\nTALK 1\nNEXT\nTALK 2 2", "a.bas": "IF 1 THEN\nSEND MAIL x"})

    assert built.program is None
    assert [(fault.file, fault.position.line) for fault in built.diagnostics] == [
        ("a.bas", 1),
        ("a.bas", 2),
        ("b.bas", 1),
        ("b.bas", 2),
        ("b.bas", 3),
        ("b.bas", 6),
    ]


def test_a_table_that_is_defined_twice_is_told_since_nobody_would_know_who_may_read_it() -> None:
    open_to_all, closed = (
        'TABLE "Staff.csv"\nid string\nEND TABLE',
        'TALK 1\nTABLE staff READ BY "hr"\nid string\nEND TABLE',
    )

    assert faults_of(open_to_all, closed) == [
        "2:1 error: the table staff is defined twice, first in line 1 of start.bas"
    ]
    assert faults_of(f"{open_to_all}\n{closed}") == [
        "5:1 error: the table staff is defined twice, first in line 1 of start.bas"
    ]


def test_a_fault_in_the_head_of_a_block_is_one_fault() -> None:
    assert (
        len(faults_of("FOR EACH x ON y\nTALK x\nNEXT x\nSWITCH\nCASE 1\nDEFAULT\nEND SWITCH\nIF THEN\nELSE\nEND IF"))
        == 3
    )


def test_a_fault_is_shown_with_its_line_and_a_caret() -> None:
    (fault,) = parse("start.bas", "TALK 1\n\tTALK  UCASE(1 +\r\nTALK 2").diagnostics

    assert (
        str(fault)
        == "start.bas:2:13: error: `(` is not closed: a `)` is missing\n  \tTALK  UCASE(1 +\n  \t           ^"
    )
    assert str(Diagnostic("a.bas", Position(1, 1), "no line")) == "a.bas:1:1: error: no line"


def test_something_that_is_no_script_is_not_read_to_its_end() -> None:
    faults = parse("novel.bas", "It was a dark night.\n" * 5_000).diagnostics

    assert len(faults) == 201
    assert faults[-1].message == "too many faults; the rest was not read"
    assert parse("big.bas", "x" * 1_000_001).diagnostics[0].message == "the script has more than 1,000,000 characters"


def test_a_webhook_of_two_scripts_is_a_fault_of_both() -> None:
    assert faults_of('TALK 1\nWEBHOOK "orders"', 'WEBHOOK "orders"', 'WEBHOOK "other"') == [
        "1:1 error: the webhook `orders` is there twice, also in `start`",
        "2:1 error: the webhook `orders` is there twice, also in `second`",
    ]


def test_two_files_of_one_name_are_a_fault() -> None:
    built = build({"a.bas": "TALK 1", "A.BAS": "TALK 2"})

    assert [fault.message for fault in built.diagnostics] == ["`a.bas` has the same name but for case or folder"]


def test_what_a_bot_lacks_is_reported_before_it_runs() -> None:
    bare = BuildContext(collections=frozenset({"manuals"}))

    assert faults_of('USE KB "manuls"\nUSE KB manuals\nx = LLM "hi"\nCLEAR KB\nCLEAR KB "x"', context=bare) == [
        "1:8 error: the bot has no knowledge base `manuls`; did you mean `manuals`?",
        "3:5 not supported: LLM is not supported yet",
        "5:10 error: the bot has no knowledge base `x`",
    ]
    assert faults_of('USE KB "any"\nx = LLM "hi"', context=BuildContext(model=True)) == []


def test_a_thousand_lines_are_read_in_well_under_a_second() -> None:
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
    before = time.process_time()
    parse("long.bas", part * 100)
    assert time.process_time() - before < 0.5
