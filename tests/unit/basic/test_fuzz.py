"""Fuzz tests: for any input, the language reports its own errors, and in limited time."""

import time

from hypothesis import example, given
from hypothesis import strategies as st

from basic.diagnostics import Severity
from basic.keywords import KEYWORDS
from basic.machine.outcome import Status
from basic.package import build
from basic.syntax.parse import parse
from tests.unit.basic.fake_host import Dialog, FakeHost
from tests.unit.basic.scripts import SLOW, bots

WORDS = sorted({word for keyword in KEYWORDS for form in keyword.forms for word in form.split()})
SIGNS = [
    '"text"',
    '"',
    "'",
    "(",
    ")",
    "[",
    "]",
    "{",
    "#{",
    "}",
    "${",
    "=",
    "+",
    "-",
    "*",
    "/",
    ",",
    ".",
    ":",
    "#",
    "//",
    "?",
    "??",
    "?.",
    "'text'",
    '"two\nlines"',
    "IN",
    "NOT IN",
    "STARTS WITH",
    "BREAK",
    "CONTINUE",
]
NAMES = [
    "1",
    "2.5",
    "1e999",
    "x",
    "y.z",
    "a[0]",
    "__class__",
    "eval",
    "import",
    "self",
    "\x00",
    "\ud800",
    "é",
    "٣",
    "\t",
    "r0",
    "r0(",
    "SUB r0(p)\n",
    "END SUB",
    "FUNCTION r1\n",
    "END FUNCTION",
]
LINES = ["\n", "\n", "\n", "_\n", "END IF", "NEXT", "LOOP", "BEGIN TALK\n", "\nEND TALK\n", "REM "]
ODD = [
    "r0",
    "CALL r0",
    "a = r0",
    "r0(1, 2)",
    "bare(1)",
    "TALK r0 + bare",
    "EXIT",
    "EXIT SUB",
    "RETURN",
    "HEAR",
    "a.b = 1",
]
"""Lines that are invalid in most places of a script."""

SNIPPETS = [*WORDS, *SIGNS, *NAMES, *LINES]
SCRIPTS = st.lists(st.sampled_from(SNIPPETS), max_size=60).map(" ".join)


def play(script: str) -> None:
    """Build a script and, if it has no errors, run it with some answers."""
    result = build({"start.bas": script})
    assert all(str(diagnostic) for diagnostic in result.diagnostics)
    if result.program is None:
        assert any(diagnostic.severity is Severity.ERROR for diagnostic in result.diagnostics)
        return
    dialog = Dialog(script, host=FakeHost(tick=0.5))
    for text in ("yes", "1", "\ud800", ""):
        if dialog.status is Status.WAITING:
            dialog.hear(text)


@SLOW
@given(SCRIPTS)
@example("FIND(" * 60)
@example("x = " + "(" * 500)
@example("x = " + "NOT " * 5_000 + "1")
@example("x = " + "-" * 5_000 + "1")
@example("x = 1" + " + 1" * 5_000)
@example("x" + ".y" * 5_000 + " = 1")
@example("x = x" + "[0]" * 5_000)
@example("IF 1 THEN\n" * 500)
@example("IF 1 THEN " * 500)
@example("FOR EACH x IN y\n" * 300)
@example("IF x THEN y = 1 ELSE " * 500)
@example("x = [" * 100)
@example("TALK " + '"' * 501)
@example("BEGIN TALK\n" + "${" * 500 + "\nEND TALK")
@example("BEGIN TALK\nEND TALK\n" * 3_000)
@example("x = GET POST(FIND(LLM(GET(" * 12)
@example("HEAR x AS " * 300)
@example("SUB " * 300)
@example("WITH x\n" * 200)
@example('TALK "a\n' * 300)
@example("x = x" + "?.y" * 5_000)
@example("x = 1" + " ?? 1" * 5_000)
@example("x = x" + ".trim()" * 5_000)
@example("x = 1" + " NOT IN 1" * 5_000)
@example("IF x {\n" * 300)
@example("foo #{\n" * 300)
def test_random_tokens_do_not_crash_the_front_end_or_the_machine(text: str) -> None:
    before = time.process_time()
    play(text)
    assert time.process_time() - before < 5


@SLOW
@given(st.text(max_size=300))
def test_random_characters_do_not_crash_the_parser(text: str) -> None:
    parse("any.bas", text)


@SLOW
@given(bots(), st.data())
def test_mutated_scripts_do_not_crash(scripts: tuple[str, str], data: st.DataObject) -> None:
    lines = scripts[0].replace('CALL "second"', "0").split("\n")
    for _ in range(data.draw(st.integers(0, 3))):
        where = data.draw(st.integers(0, len(lines)))
        lines.insert(where, data.draw(st.sampled_from([*ODD, *lines])))
    script = "\n".join(lines)
    for _ in range(data.draw(st.integers(0, 4))):
        start = data.draw(st.integers(0, len(script)))
        end = data.draw(st.integers(start, min(len(script), start + 12)))
        script = script[:start] + data.draw(st.sampled_from(["", *SNIPPETS])) + script[end:]
    play(script)
