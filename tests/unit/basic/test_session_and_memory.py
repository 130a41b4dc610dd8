"""Variables of the conversation by their names, and memory that expires."""

from datetime import timedelta

import pytest

from tests.unit.basic import fake_host
from tests.unit.basic.fake_host import Dialog, FakeHost, diagnose, play_script


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ('SET "session.plan" = "gold"', "gold"),
        ('SET "session.plan", "gold"', "gold"),
        ('SET "plan" = "gold"', "gold"),
        ('SET SESSION "plan", "gold"', "gold"),
        ('SET SESSION "session.Plan" = "gold"', "gold"),
        ('SET SESSION plan AS "gold"', "gold"),
        ('key = "plan"\nSET SESSION key, "gold"', "gold"),
        ('key = "pl"\nSET "session.${key}an", "gold"', "gold"),
        ('plan = "gold"', "gold"),
        ("SET SESSION plan = 1 + 2", "3"),
    ],
)
def test_variable_of_the_session_has_one_storage(statement: str, value: str) -> None:
    read = 'TALK GET "session.plan"\nTALK GET SESSION "plan"\nTALK GET SESSION("session.plan")\nTALK plan'

    assert play_script(f"{statement}\n{read}") == [value] * 4


def test_variable_that_was_never_set_is_empty() -> None:
    assert play_script('x = GET SESSION "mail"\nIF x = "" THEN TALK "none"') == ["none"]


def test_variable_that_is_set_by_its_name_is_known() -> None:
    assert diagnose('SET SESSION "plan", 1\nSET "session.town" = 2\nTALK plan + town') == []


def test_variable_is_the_one_of_the_session_inside_a_routine() -> None:
    assert play_script('SUB s(plan)\nSET SESSION "plan", "b"\nTALK plan\nEND SUB\ns("a")\nTALK GET SESSION "plan"') == [
        "a",
        "b",
    ]


def test_set_of_a_user_value_is_read_by_get() -> None:
    host = FakeHost()

    assert Dialog('SET "user.town" = "Rio"\nTALK GET "user.town"', host=host).messages == ["Rio"]
    assert host.memory == {("user", "town"): "Rio"}


def test_invalid_name_of_a_variable() -> None:
    assert Dialog('SET SESSION "a b", 1').fault == (
        'start.bas:1:1: "a b" is not the name of a variable; use letters, digits and `_`'
    )


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ('"5 minutes"', 300),
        ('"1 minute"', 60),
        ('"30 seconds"', 30),
        ('"2 hours"', 7_200),
        ('"1.5 DAYS"', 129_600),
        ('"2 weeks"', 1_209_600),
        ('"1 month"', 30 * 86_400),
        ('"1 year"', 365 * 86_400),
        ('"3"', 3 * 86_400),
        ("3", 3 * 86_400),
    ],
)
def test_remembered_value_expires(duration: str, seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = Dialog(
        f'REMEMBER "code", 1234, {duration}\nTALK RECALL "code"\nDO\nHEAR x\nTALK "[" + (RECALL code) + "]"\nLOOP'
    )
    now = fake_host.NOW
    monkeypatch.setattr(fake_host, "NOW", now + timedelta(seconds=seconds - 1))
    dialog.hear("still?")
    monkeypatch.setattr(fake_host, "NOW", now + timedelta(seconds=seconds))

    assert dialog.hear("still?") == ["1234", "[1234]", "[]"]


@pytest.mark.parametrize(
    "statement",
    [
        'REMEMBER "k", v',
        "REMEMBER k = v",
        "REMEMBER k AS v",
        'REMEMBER "k", v, "forever"',
        'REMEMBER k, v, "permanent"',
    ],
)
def test_remembered_value_without_an_end(statement: str) -> None:
    host = FakeHost()

    dialog = Dialog(f'v = [1, "a"]\n{statement}\nTALK RECALL "k"\nTALK GET USER MEMORY "k"', host=host)

    assert dialog.messages == ['[1, "a"]'] * 2
    assert host.memory == {("user", "k"): [1, "a"]}


@pytest.mark.parametrize(
    "duration", ['"soon"', '"5 minutess"', '"-1 days"', '""', "-1", "TRUE", "NULL", '"101 years"', '"999999999 weeks"']
)
def test_invalid_duration(duration: str) -> None:
    assert "REMEMBER expects a duration of up to 100 years such as" in Dialog(f'REMEMBER "k", 1, {duration}').fault


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ('x = GET SESSION item.id, "created_at"', "2:5 not supported: GET SESSION of another conversation"),
        ('SET SESSION item.id, "reminded", NOW()', "2:1 not supported: SET SESSION of another conversation"),
    ],
)
def test_session_of_another_conversation_is_named(statement: str, fault: str) -> None:
    script = f'item = #{{id: "a"}}\n{statement}\nTALK "after"'

    assert diagnose(script) == [f"{fault} is not supported yet"]
    assert Dialog(script).fault.endswith("of another conversation is not supported yet")


def test_variable_of_the_session_may_be_followed_by_another_value() -> None:
    assert play_script('total = 6\nboth = [GET SESSION "total", 2]\nTALK both') == ["[6, 2]"]
