"""Scripts that fail, and ON ERROR RESUME NEXT."""

import pytest

from basic.machine.execution_state import load_state
from basic.machine.outcome import Status, TalkEvent
from tests.unit.basic.fake_host import Dialog, FakeHost, play_script


def test_fault_names_file_line_and_column_and_ends_the_script() -> None:
    dialog = Dialog('TALK "before"\nx = 1\nTALK 1 /\t(x - 1)\nTALK "after"')

    assert dialog.fault == "start.bas:3:8: division by 0"
    assert dialog.events() == (TalkEvent("before"),)
    assert dialog.variable("x") == 1
    assert dialog.hear("hello?") == ["before"]
    assert dialog.status is Status.ENDED


def test_fault_in_a_called_script_names_that_script() -> None:
    assert Dialog('CALL "second"', "\n\nx = [1]\nx = x.a").fault == "second.bas:4:6: an array has no field `a`"


def test_fault_in_a_text_has_its_column() -> None:
    assert Dialog("  BEGIN TALK\n\n    Half is ${1 / 0}.\n  END TALK").fault == "start.bas:3:17: division by 0"


def test_fault_after_a_hear_preserves_variables() -> None:
    dialog = Dialog('name = "Ana"\nHEAR x\ny = 1 / 0')

    dialog.hear("go")
    assert (dialog.status, dialog.variable("name"), dialog.variable("x")) == (Status.FAILED, "Ana", "go")


def test_resume_next_skips_the_statement_that_fails() -> None:
    script = """
    ON ERROR RESUME NEXT
    x = 1 / 0
    TALK "a" + [1].b
    TALK "on: " + x
    IF 1 / 0 THEN
      TALK "never"
    END IF
    FOR EACH i IN 5
      TALK "never"
    NEXT
    DO WHILE 1 / 0 = 1
      TALK "never"
    LOOP
    SWITCH 1 / 0
    DEFAULT
      TALK "never"
    END SWITCH
    TALK "end"
    """

    assert play_script(script) == ["on: ", "end"]


def test_resume_next_continues_inside_a_loop() -> None:
    script = (
        'ON ERROR RESUME NEXT\nFOR EACH n IN [1, 0, 2]\nSWITCH n\nDEFAULT\nTALK 2 / n\nTALK "n " + n\nEND SWITCH\nNEXT'
    )

    assert play_script(script) == ["2", "n 1", "n 0", "1", "n 2"]


def test_block_that_fails_is_closed() -> None:
    script = """
    ON ERROR RESUME NEXT
    FOR EACH n IN [1, 2]
      SWITCH n
      CASE 1 / 0
        TALK "never"
      END SWITCH
      TALK n
    NEXT
    """

    assert play_script(script) == ["1", "2"]


def test_failed_statement_leaves_no_operands() -> None:
    dialog = Dialog('ON ERROR RESUME NEXT\nx = "a" + ("b" + 1 / 0)\nHEAR y')

    (frame,) = load_state(dialog.outcome.state).frames
    assert (frame.stack, frame.blocks) == ([], [])


def test_fault_in_a_routine_skips_the_statement_that_called_it() -> None:
    script = """
    SUB breaks(n)
      FOR EACH x IN [1]
        TALK 1 / n
      NEXT
      TALK "never"
    END SUB
    x = "mine"
    ON ERROR RESUME NEXT
    breaks(0)
    TALK x
    """

    assert play_script(script) == ["mine"]


def test_script_sees_the_error_of_a_skipped_statement_until_it_clears_it() -> None:
    script = """
    TALK ERROR + "," + ERROR MESSAGE
    ON ERROR RESUME NEXT
    x = 1 / 0
    TALK ERROR + "," + ERROR_MESSAGE + "," + ERROR MESSAGE
    y = 1
    TALK ERROR()
    CLEAR ERROR
    TALK ERROR + "," + ERROR_MESSAGE()
    x = 1 / 0
    ON ERROR GOTO 0
    TALK ERROR
    """

    assert play_script(script) == [
        "false,",
        "true,division by 0,division by 0",
        "true",
        "false,",
        "false",
    ]


def test_error_lasts_over_a_hear_and_ends_with_the_script() -> None:
    script = "ON ERROR RESUME NEXT\nx = 1 / 0\nHEAR answer\nTALK ERROR MESSAGE"
    dialog = Dialog(script)

    assert dialog.outcome.state["error"] == "division by 0"
    assert dialog.hear("yes") == ["division by 0"]
    assert "error" not in dialog.outcome.state


def test_message_of_a_skipped_error_is_bounded() -> None:
    script = (
        'ON ERROR RESUME NEXT\nTHROW REPLACE("xxxxxxxxxx", "x", REPLACE("yyyyyyyyyy", "y", "0123456789abcdefghij"))'
    )

    assert play_script(f"{script}\nTALK LEN(ERROR MESSAGE)") == ["1000"]


def test_variable_called_error_is_a_variable() -> None:
    assert play_script('error = "mine"\nON ERROR RESUME NEXT\nx = 1 / 0\nTALK error') == ["mine"]


def test_routine_may_have_its_own_error_handling() -> None:
    script = 'SUB s\nON ERROR RESUME NEXT\nx = 1 / 0\nTALK "in"\nEND SUB\ns()\nTALK "out"\ny = 1 / 0'

    dialog = Dialog(script)
    assert dialog.messages == ["in", "out"]
    assert dialog.fault == "start.bas:8:7: division by 0"


def test_goto_0_disables_resume_next() -> None:
    dialog = Dialog("ON ERROR RESUME NEXT\nx = 1 / 0\nON ERROR GOTO 0\nx = 1 / 0")

    assert dialog.fault == "start.bas:4:7: division by 0"


@pytest.mark.parametrize(
    ("script", "name"),
    [
        ('BOOK MEETING "a", "b"', "BOOK MEETING"),
        ("TRY\nTALK 1\nEND TRY", "TRY"),
    ],
)
def test_unsupported_statement_fails_when_reached(script: str, name: str) -> None:
    dialog = Dialog(f'TALK "before"\n{script}\nTALK "after"')

    assert dialog.messages == ["before"]
    assert f"{name} is not supported yet" in dialog.fault
    assert Dialog(f'IF 0 THEN\n{script}\nEND IF\nTALK "fine"').messages == ["fine"]


def test_host_error_is_a_fault() -> None:
    script = 'x = GET "https://example.com/none"\nTALK "on"'

    assert Dialog(script, host=FakeHost()).fault == "start.bas:1:5: no answer"
    assert Dialog(f"ON ERROR RESUME NEXT\n{script}", host=FakeHost()).messages == ["on"]
