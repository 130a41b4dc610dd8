"""The ids of the bot and of the conversation."""

from dataclasses import replace

from basic.functions import FUNCTIONS
from tests.unit.basic.fake_host import play_script
from tests.unit.basic.functions.evaluation import a_turn


def test_ids_are_those_of_the_turn() -> None:
    turn = replace(a_turn(), bot="shop", conversation="conv-1")

    assert [FUNCTIONS[name].call((), turn) for name in ("BOT_ID", "SESSION_ID")] == ["shop", "conv-1"]


def test_ids_are_empty_outside_a_conversation() -> None:
    assert play_script('TALK "[" + BOT_ID() + SESSION_ID + "]"') == ["[]"]
