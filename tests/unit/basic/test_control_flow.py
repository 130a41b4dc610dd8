"""Branches and loops."""

import pytest

from tests.unit.basic.fake_host import Dialog, play_script


def lines(script: str) -> str:
    return " ".join(play_script(script))


@pytest.mark.parametrize(("age", "messages"), [(5, "child"), (15, "teen"), (30, "adult")])
def test_first_true_branch_runs(age: int, messages: str) -> None:
    for else_if, end in (("ELSE IF", "END IF"), ("ELSEIF", "ENDIF"), ("else if", "End_If")):
        script = (
            f'a = {age}\nIF a < 10 THEN\nTALK "child"\n{else_if} a < 20 THEN\nTALK "teen"\nELSE\nTALK "adult"\n{end}'
        )
        assert lines(script) == messages


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ('IF 1 THEN TALK "yes"', "yes"),
        ('IF 0 THEN TALK "yes"\nTALK "on"', "on"),
        ('IF 0 THEN TALK "yes" ELSE TALK "no"', "no"),
        ('IF 0 THEN TALK "a" ELSE IF 1 THEN TALK "b" ELSE TALK "c"', "b"),
        ('IF 1 THEN TALK "a" : TALK "b" ELSE TALK "c"\nTALK "d"', "a b d"),
        ('IF 1 THEN TALK "a" END IF\nTALK "b"', "a b"),
        ('IF 1 THEN IF 0 THEN TALK "a" ELSE TALK "b"', "b"),
        ("IF 1 THEN x = 5 ELSE x = 6\nTALK x", "5"),
        ('IF 0 THEN CLEAR KB ELSE TALK "b"', "b"),
        ('IF 0 THEN hi ELSE TALK "b"\nIF 1 THEN hi END IF\nSUB hi\nTALK "hi"\nEND SUB', "b hi"),
        ('IF 0 THEN TALK "a" : ELSE : TALK "b"', "b"),
        ('IF 1 THEN REM nothing here\nTALK "a"\nELSE REM nor here\nTALK "b"\nEND IF', "a"),
    ],
)
def test_if_in_one_line(script: str, messages: str) -> None:
    assert lines(script) == messages


@pytest.mark.parametrize(("number", "messages"), [(0, "none"), (1, "one and"), (2, "two"), (3, "many")])
def test_branches_may_be_on_the_line_of_their_condition(number: int, messages: str) -> None:
    script = (
        f'n = {number}\nIF n = 0 THEN\nTALK "none"\nELSE IF n = 1 THEN TALK "one" : TALK "and"\n'
        'ELSEIF n = 2 THEN TALK "two"\nELSE TALK "many"\nEND IF'
    )

    assert lines(script) == messages


@pytest.mark.parametrize(("role", "messages"), [("boss", "hi"), ("owner", "hi"), ("Boss", "who"), ("", "who")])
def test_switch_is_case_sensitive_and_does_not_fall_through(role: str, messages: str) -> None:
    script = (
        f'SWITCH "{role}"\nCASE "boss", "owner"\nTALK "hi"\nCASE "boss"\nTALK "again"\nDEFAULT\nTALK "who"\nEND SWITCH'
    )

    assert lines(script) == messages


def test_switch_without_default_may_run_nothing() -> None:
    assert lines('SWITCH 1\nCASE 2\nTALK "two"\nEND SWITCH\nTALK "on"') == "on"


def test_switch_evaluates_its_value_once_and_cases_in_order() -> None:
    dialog = Dialog(
        "FUNCTION f(n)\nPRINT n\nRETURN n\nEND FUNCTION\nSWITCH f(2)\nCASE f(1), f(2), f(3)\nCASE f(4)\nEND SWITCH"
    )

    assert dialog.host.logged == ["2", "1", "2"]


@pytest.mark.parametrize("otherwise", ["CASE ELSE", "DEFAULT", "CASE DEFAULT"])
def test_select_case_is_a_switch(otherwise: str) -> None:
    assert lines(f'SELECT CASE 3\nCASE 1, 2\nTALK "few"\n{otherwise}\nTALK "many"\nEND SELECT') == "many"


@pytest.mark.parametrize("end", ["NEXT", "NEXT f", "END FOR", "ENDFOR", "next F"])
def test_for_each_iterates_over_an_array(end: str) -> None:
    assert lines(f'FOR EACH f IN ["a", "b", "c", "d"]\nTALK f\n{end}') == "a b c d"
    assert lines(f'FOR EACH f IN ["a", "b"] DO\nTALK f\n{end}') == "a b"


def test_variable_of_for_each_exists_in_the_block_only() -> None:
    dialog = Dialog('f = "mine"\nFOR EACH f IN [1]\nf = 2\nNEXT\nTALK f\nFOR EACH g IN [1]\nNEXT\nTALK ">" + g')

    assert dialog.messages == ["mine", ">"]
    assert dialog.variable("g") is None


@pytest.mark.parametrize("leave", ["EXIT FOR", "RETURN"])
def test_variable_of_for_each_is_restored_on_every_exit(leave: str) -> None:
    dialog = Dialog(f'SUB s\nFOR EACH f IN [1, 2]\n{leave}\nNEXT\nEND SUB\nf = "mine"\ns()\nTALK f')

    assert dialog.messages == ["mine"]


def test_array_of_for_each_is_evaluated_once() -> None:
    assert lines("a = [1, 2]\nFOR EACH x IN a\nAPPEND a, x\nTALK x\nNEXT\nTALK UBOUND(a)") == "1 2 4"


@pytest.mark.parametrize(
    ("items", "kind"), [('"text"', "text"), ("NOTHING", "NOTHING"), ("#{a: 1}", "a map"), ("5", "a number")]
)
def test_for_each_requires_an_array(items: str, kind: str) -> None:
    assert Dialog(f"FOR EACH x IN {items}\nNEXT").fault == f"start.bas:1:1: FOR EACH needs an array, not {kind}"


@pytest.mark.parametrize(
    ("head", "messages"),
    [
        ("1 TO 3", "1 2 3"),
        ("3 TO 1", ""),
        ("3 TO 1 STEP -1", "3 2 1"),
        ("1 TO 2 STEP 0.5", "1 1.5 2"),
        ('"1" TO "2"', "1 2"),
    ],
)
def test_for_counts_from_start_to_stop(head: str, messages: str) -> None:
    assert lines(f"FOR i = {head}\nTALK i\nNEXT i") == messages


def test_step_of_zero_is_a_fault() -> None:
    assert Dialog("FOR i = 1 TO 2 STEP 0\nNEXT").fault == "start.bas:1:1: the STEP of a FOR is 0, so it would never end"


@pytest.mark.parametrize(
    ("loop", "messages"),
    [
        ("DO WHILE n < 2\nn = n + 1\nTALK n\nLOOP", "1 2"),
        ("DO UNTIL n = 2\nn = n + 1\nTALK n\nLOOP", "1 2"),
        ("DO\nn = n + 1\nTALK n\nLOOP WHILE n < 2", "1 2"),
        ("DO\nn = n + 1\nTALK n\nLOOP UNTIL n = 2", "1 2"),
        ("DO\nn = n + 1\nIF n = 3 THEN EXIT DO\nTALK n\nLOOP", "1 2"),
        ("WHILE n < 2\nn = n + 1\nTALK n\nWEND", "1 2"),
        ("WHILE n < 2\nn = n + 1\nTALK n\nEND WHILE", "1 2"),
        ("WHILE 1\nn = n + 1\nIF n = 3 THEN EXIT WHILE\nTALK n\nWEND", "1 2"),
        ("DO\nn = n + 1\nTALK n\nLOOP UNTIL 1", "1"),
        ("DO WHILE 0\nTALK n\nLOOP", ""),
    ],
)
def test_loops_repeat(loop: str, messages: str) -> None:
    assert lines(f"n = 0\n{loop}") == messages


def test_exit_leaves_the_innermost_loop_of_its_kind() -> None:
    script = """
    FOR i = 1 TO 2
      DO
        SWITCH i
        CASE 1
          FOR EACH x IN ["a", "b"]
            SWITCH x
            CASE "a"
              EXIT FOR
            END SWITCH
          NEXT
          EXIT DO
        DEFAULT
          EXIT FOR
        END SWITCH
      LOOP
      TALK "after " + i
    NEXT
    TALK "end " + i
    """

    assert play_script(script) == ["after 1", "end 2"]


def test_exit_ends_the_script() -> None:
    assert lines('SUB s\nEXIT\nEND SUB\nTALK "a"\nFOR i = 1 TO 2\ns()\nNEXT\nTALK "b"') == "a"


def test_comments_and_long_lines() -> None:
    script = """
    ' one
    REM two: TALK "no"
    // three
    # four
    TALK "a" ' five
    TALK "b" // six
    TALK "c" + _
      "d" + _ ' seven
      "e"
    TALK [1,
      2,
      3]
    x = #{
      a: 1, ' eight
      "b": 2
    }
    TALK x : TALK "it's" ; TALK "end"
    """

    assert play_script(script) == ["a", "b", "cde", "[1, 2, 3]", '{"a": 1, "b": 2}', "it's", "end"]


def test_names_and_keywords_ignore_case_and_words_may_be_joined() -> None:
    assert lines(
        'Name = "a"\ntalk NAME\nfor_each X in [1]\nTalk x\nend_for\nset_context "c"\nTALK GROUP_BY([], "a")'
    ) == ("a 1 {}")


@pytest.mark.parametrize("head", ["for x in list", "FOR x IN list DO", "FOR x IN [1, 2]"])
def test_for_in_is_for_each(head: str) -> None:
    assert play_script(f"list = [1, 2]\n{head}\nTALK x\nNEXT x\nTALK [x]") == ["1", "2", "[null]"]
