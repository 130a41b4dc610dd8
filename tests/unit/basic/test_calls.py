"""SUB, FUNCTION and CALL."""

import pytest

from tests.unit.basic.fake_host import Dialog, diagnose, play_script


@pytest.mark.parametrize("call", ['CALL greet("Ana")', 'greet("Ana")', 'CALL Greet, "Ana"'])
def test_sub_is_called(call: str) -> None:
    assert play_script(f'SUB greet(who)\nTALK "Hi " + who\nEND SUB\n{call}') == ["Hi Ana"]


def test_routine_without_parameters_needs_no_brackets() -> None:
    assert play_script('SUB hi\nTALK "hi"\nEND SUB\nhi\nCALL hi\nhi()') == ["hi"] * 3


def test_function_returns_a_value() -> None:
    script = "FUNCTION fact(n)\nIF n < 2 THEN RETURN 1\nRETURN n * fact(n - 1)\nEND FUNCTION\nTALK fact(10) + 1"

    assert play_script(script) == ["3628801"]


def test_function_without_return_returns_nothing() -> None:
    assert play_script(
        'FUNCTION f\nx = 1\nEND FUNCTION\nTALK ">" + f() + f\nTALK ISIT()\nFUNCTION isit\nRETURN\nEND FUNCTION'
    ) == [
        ">",
        "",
    ]


def test_call_without_brackets_has_no_arguments() -> None:
    script = (
        'FUNCTION two\nRETURN 2\nEND FUNCTION\nx = two * 2\nTALK x + two\nTALK "f: " + two\nIF two = 2 THEN TALK "yes"'
    )

    assert play_script(script) == ["6", "f: 2", "yes"]


def test_variable_may_have_the_name_of_a_routine() -> None:
    assert play_script("FUNCTION f\nf = 3\nRETURN f + 1\nEND FUNCTION\nTALK f()") == ["4"]


def test_function_may_declare_its_type() -> None:
    assert play_script("FUNCTION twice(n AS INTEGER) AS INTEGER\nRETURN n * 2\nEND FUNCTION\nTALK twice(4)") == ["8"]


def test_routine_variables_are_local() -> None:
    script = """
    SUB count(n)
      own = n
      IF n > 0 THEN count(n - 1)
      TALK own
      shared = own
    END SUB
    shared = "s"
    count(2)
    TALK shared
    TALK n
    """

    assert play_script(script) == ["0", "1", "2", "2", ""]


def test_routine_reads_global_variables() -> None:
    assert play_script('SUB s\nTALK name\nEND SUB\nname = "Ana"\ns()') == ["Ana"]


@pytest.mark.parametrize("name", ["ucase", "is_numeric", "group_by", "format", "first", "book_meeting"])
def test_routine_may_have_the_name_of_a_library_function(name: str) -> None:
    assert play_script(f'FUNCTION {name}(x)\nRETURN "mine"\nEND FUNCTION\nTALK {name.upper()}("a")') == ["mine"]


@pytest.mark.parametrize("call", ['CALL "second", "Ana"', 'CALL "Second.bas", "Ana"', 'CALL second("Ana")'])
def test_script_is_called_with_its_parameters(call: str) -> None:
    second = 'PARAM who AS STRING LIKE "Bo"\nPARAM how AS STRING DEFAULT "Hi"\nTALK how + " " + who'

    dialog = Dialog(f"{call}\nTALK 2", second)

    assert dialog.messages == ["Hi Ana", "2"]


def test_script_is_called_without_call_unless_it_is_a_library_function() -> None:
    dialog = Dialog('x = third("Ana")\nTALK x + SECOND("2026-01-01 10:20:30")', "TALK 1", "PARAM a AS STRING\nRETURN a")

    assert dialog.messages == ["Ana30"]


def test_script_returns_a_value_and_shares_the_variables() -> None:
    dialog = Dialog('x = 1\ny = CALL "second"\nTALK x + y', "x = x + 1\nRETURN 40")

    assert dialog.messages == ["42"]


def test_script_is_called_by_a_computed_name() -> None:
    dialog = Dialog('name = "second"\nCALL (name)', 'TALK "two"')
    assert dialog.messages == ["two"]
    assert Dialog('name = "third"\nCALL (name)').fault == 'start.bas:2:1: the bot has no script "third"'


def test_exit_in_a_called_script_ends_that_script() -> None:
    assert Dialog('CALL "second"\nTALK "on"', 'TALK "two"\nEXIT\nTALK "never"').messages == ["two", "on"]


def test_return_of_the_outermost_script_is_the_result() -> None:
    dialog = Dialog('PARAM n AS INTEGER\nRETURN n * 2\nTALK "never"', values={"N": 21})

    assert dialog.outcome.result == 42
    assert dialog.messages == []


def test_script_receives_variables() -> None:
    dialog = Dialog("TALK body.a + method\nresult = #{ok: true}", values={"body": {"a": 1}, "method": "POST"})

    assert dialog.messages == ["1POST"]
    assert dialog.variable("result") == {"ok": True}


def test_calls_are_nested_at_most_a_hundred_deep() -> None:
    script = "FUNCTION down(n)\nIF n = 0 THEN RETURN 0\nRETURN down(n - 1)\nEND FUNCTION\nTALK down({})"

    assert play_script(script.format(99)) == ["0"]
    assert Dialog(script.format(100)).fault == "start.bas:3:8: calls are nested more than 100 deep"


def test_return_with_fields_is_a_map() -> None:
    routine = 'FUNCTION f\nRETURN WITH error AS "none", "n" AS 1 + 1\nEND FUNCTION'
    script = f'TALK CALL "second"\nx = f()\nTALK x.error\nTALK x.n\n{routine}'

    assert Dialog(script, "with = 5\nRETURN with").messages == ["5", "none", "2"]
    assert diagnose("RETURN WITH a AS 1, b") == ["1:22 error: `AS` is missing before the end of the line"]
