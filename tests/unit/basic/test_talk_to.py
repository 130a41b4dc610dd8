"""TALK TO: what a host is asked to send to other users."""

import pytest

from basic.host import EffectKey
from tests.unit.basic.fake_host import Dialog, FakeHost


@pytest.mark.parametrize(
    ("statement", "talks"),
    [
        ('TALK TO "bia", "Hi"', [("bia", "Hi")]),
        ('who = "bia"\nTALK TO who, "Hi " + who', [("bia", "Hi bia")]),
        ('row = #{user: " bia "}\nTALK TO row.user, 7', [("bia", "7")]),
        ('TALK_TO "bia", "Hi"', [("bia", "Hi")]),
        ('TALK TO("bia", "Hi")', [("bia", "Hi")]),
        ('TALK TO ["bia", "eva", "bia", ""], "Hi"', [("bia", "Hi"), ("eva", "Hi")]),
        ("TALK TO [], 1", []),
    ],
)
def test_host_is_asked_to_send_the_message(statement: str, talks: list[tuple[str, str]]) -> None:
    dialog = Dialog(f'{statement}\nTALK "Done."')

    assert dialog.messages == ["Done."]
    assert dialog.host.talks == [(EffectKey("turn-1", step), *talk) for step, talk in enumerate(talks, 1)]


def test_user_of_this_conversation_is_told_here() -> None:
    dialog = Dialog('TALK TO ["bia", USER_ID()], "Hi"\nTALK "Done."', host=FakeHost(user="ada"))

    assert dialog.messages == ["Hi", "Done."]
    assert [user for _, user, _ in dialog.host.talks] == ["bia"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [('TALK TO "  ", "Hi"', "the user is empty"), ('TALK TO nobody, "Hi"', "the user is empty")],
)
def test_nobody_is_refused(statement: str, message: str) -> None:
    dialog = Dialog(statement)

    assert dialog.fault.endswith(message)
    assert dialog.host.talks == []


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ('to = "bia"\nTALK to', "bia"),
        ('to = "bia"\nTALK to + "!"', "bia!"),
        ('to = #{name: "bia"}\nTALK to.name', "bia"),
        ("to = 1\nIF to THEN TALK to ELSE TALK 2", "1"),
    ],
)
def test_variable_may_be_called_like_the_second_word(script: str, message: str) -> None:
    assert Dialog(script).messages == [message]
