"""Statements of other dialects that real scripts have: THROW, BREAK, CONTINUE, DIM, and joined words."""

import pytest

from basic.host import Bound, HttpResponse
from basic.machine.outcome import QuickReply, Status, TalkEvent
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose, play_script


def test_throw_fails_with_its_message_unless_errors_are_skipped() -> None:
    thrown = Dialog('TALK 1\nTHROW "no " + 2\nTALK 3')

    assert (thrown.status, thrown.messages, thrown.fault) == (Status.FAILED, ["1"], "start.bas:2:1: no 2")
    assert play_script('ON ERROR RESUME NEXT\nTHROW "no"\nTALK 3') == ["3"]


def test_break_and_continue_leave_the_blocks_inside_the_loop() -> None:
    script = """
    FOR i = 1 TO 5
      SWITCH i
      CASE 2
        CONTINUE
      CASE 4
        BREAK
      END SWITCH
      FOR EACH n IN [1, 2, 3]
        IF n = 2 THEN CONTINUE
        IF n = 3 THEN BREAK
        TALK i + "." + n
      NEXT
    NEXT
    TALK i
    DO
      x = x + 1
      FOR EACH n IN [1]
        IF x < 3 THEN CONTINUE DO ELSE BREAK
      NEXT
      TALK "x" + x
    LOOP WHILE x < 4
    WHILE TRUE
      y = y + 1
      IF y < 3 THEN CONTINUE WHILE
      BREAK
    WEND
    TALK y
    """

    assert play_script(script) == ["1.1", "3.1", "4", "x3", "x4", "3"]


def test_loop_continues_after_a_hear_behind_a_continue() -> None:
    dialog = Dialog('FOR EACH n IN [1, 2, 3]\nIF n = 2 THEN CONTINUE\nHEAR x WITH "q" + n\nNEXT\nTALK "end"')

    assert dialog.hear("a", "b") == ["q1", "q3", "end"]


def test_break_and_continue_can_be_variables() -> None:
    assert play_script("break = 1\ncontinue = break + 1\nTALK continue") == ["2"]


def test_loop_jump_in_a_routine_does_not_leave_the_loop_around_the_call() -> None:
    assert diagnose("DO\ns()\nLOOP\nSUB s\nBREAK\nEND SUB") == [
        "5:1 error: BREAK is not inside a loop; a CASE ends without it, and EXIT ends the script"
    ]


def test_dim_gives_first_values() -> None:
    script = """
    DIM total AS INTEGER, text AS STRING, ok AS BOOLEAN
    DIM items(10), rows AS LIST, map AS OBJECT, other, n AS DOUBLE = 2.5
    TALK TOJSON([total, text, ok, items, rows, map, other, n])
    FUNCTION twice(x)
      DIM result AS INTEGER
      result = x * 2
      RETURN result
    END FUNCTION
    dim = twice(4)
    TALK dim
    """

    assert play_script(script) == ['[0, "", false, [], [], {}, null, 2.5]', "8"]


def test_const_and_var_are_let() -> None:
    assert play_script("CONST RATE = 2\nvar x = RATE + 1\nLET const = x\nTALK const\nvar = 5\nTALK var") == ["3", "5"]


def test_loops_may_end_with_the_name_of_the_loop() -> None:
    script = (
        "FOR EACH n IN [1, 2]\nTALK n\nEND FOREACH\nx = 0\nWHILE x < 1\nx = 1\nENDWHILE\nDO\nBREAK\nEND DO\n"
        "DO\nBREAK\nEND LOOP\nFOREACH n IN [3]\nTALK n\nENDFOREACH"
    )

    assert play_script(script) == ["1", "2", "3"]


def test_form_of_a_keyword_may_be_joined_by_underscores() -> None:
    dialog = Dialog(
        'ADD_SUGGESTION_TOOL "second" AS "Pay"\nadd_suggestion_text "hello" AS "Hi"\nADD_SUGGESTION "x"\nTALK 1',
        "TALK 2",
    )

    assert dialog.events() == (
        TalkEvent(
            "1",
            (
                QuickReply("Pay", "tool", "second"),
                QuickReply("Hi", "text", "hello"),
                QuickReply("x", "text", "x"),
            ),
        ),
    )


def test_format_without_a_pattern_is_text() -> None:
    assert play_script('TALK "A-" + FORMAT 2 + 3\nTALK FORMAT(5)\nx = FORMAT 1.5\nTALK x') == ["A-5", "5", "1.5"]


def test_get_of_a_word_is_a_variable() -> None:
    script = 'order = 7\nTALK GET "order"\nTALK "[" + (GET "other") + "]"\nTALK GET "https://x.test/"'
    answers = {"https://x.test/": HttpResponse(200, "OK", {}, "page")}

    assert Dialog(script, host=FakeHost(answers=answers)).messages == ["7", "[]", "page"]


def test_path_of_another_server_fails_when_it_is_reached() -> None:
    dialog = Dialog('path = "/api/" + 1\nx = GET path + ""')

    assert dialog.fault == 'start.bas:2:5: GET needs a URL; "/api/1" is a path of General Bots\' own server'


def test_unset_variable_is_reported_once_and_not_if_it_is_set_somewhere() -> None:
    script = "TALK custmer\nTALK custmer + total + who + result\nrole = GET plan\nTALK plan"

    assert diagnose(script, "PARAM total AS INTEGER\nHEAR who") == [
        "1:6 warning: `custmer` is never assigned, so it is empty; a text needs quotes"
    ]


def test_param_at_the_start_of_a_routine_is_a_parameter_of_it() -> None:
    script = """SUB greet(name)

  PARAM town AS string
  PARAM a, b AS INTEGER DESCRIPTION "numbers"
  TALK name + " of " + town + " " + (a + b)
END SUB
CALL greet("Ana", "Rio", 1, 2)
"""

    assert diagnose(script) == []
    assert play_script(script) == ["Ana of Rio 3"]


def test_param_of_a_routine_has_only_a_name_and_a_type() -> None:
    script = "SUB s\nPARAM a AS INTEGER DEFAULT 3\nTALK a\nEND SUB\nCALL s(1)"

    assert "2:7 error: a PARAM of a SUB or a FUNCTION has only a name and a type" in diagnose(script)


def test_where_and_set_may_begin_the_next_line() -> None:
    script = """UPDATE "people"
  SET age = 31
  WHERE name = "Ana"
row = FIND "people"
  WHERE name = "Ana"
where = 2
set = 3
TALK where + set"""
    host = FakeHost()
    dialog = Dialog(script, host=host)

    assert diagnose(script) == []
    assert dialog.messages == ["5"]
    where = ("name = ", Bound("Ana"))
    assert [request.where for _, request in host.tables] == [where, where]
    assert host.tables[0][1].row == {"age": 31}


@pytest.mark.parametrize(("part", "messages"), [("LAST 2", ["2", "3"]), ("FIRST 1", ["1"]), ("LAST n DO", ["3"])])
def test_for_each_visits_a_part_of_the_items(part: str, messages: list[str]) -> None:
    assert play_script(f"n = 1\nx = [1, 2, 3]\nFOR EACH i IN x {part}\nTALK i\nNEXT") == messages
    assert play_script("last = [4]\nFOR EACH i IN last\nTALK i\nNEXT") == ["4"]


def test_send_message_is_talk() -> None:
    assert play_script('SEND MESSAGE "Hello " + 1\nSEND_MESSAGE "you"') == ["Hello 1", "you"]


def test_expression_that_is_invalid_stays_in_a_block_of_text() -> None:
    assert play_script("BEGIN TALK\nfor ${resumo de tudo)} and ${1 + 1}\nEND TALK") == ["for ${resumo de tudo)} and 2"]
