"""The input that a bot waits for: on the last message of its turn, or in a frame of its own."""

from random import Random
from typing import get_args

import pytest

from basic.hear import TYPES, normalise
from basic.turn import TurnFacts
from conversations.domain.message import AnswerInput, InputType
from conversations.engines.basic.answer_input import _INPUTS, _YES_NO
from tests.builders import MORNING, a_user
from tests.fakes.scripts import ScriptWorld

ADA = a_user("ada")


def list_inputs(world: ScriptWorld, conversation_id: str) -> list[object]:
    """Return the inputs of the bot's messages, as the history has them."""
    page = world.history.page(ADA, conversation_id, limit=50, before=None, after=None)
    return [message.input and message.input.type for message in page.items if message.sender == "bot"]


@pytest.mark.parametrize("name", sorted({hear_type.name for hear_type in TYPES.values()} - {"LOGIN"}))
def test_every_type_has_an_input(name: str) -> None:
    world = ScriptWorld(f'TALK "Please."\nTALK "Now."\nHEAR x AS {name}')

    conversation = world.start_conversation()

    assert list_inputs(world, conversation.id) == [None, _INPUTS.get(name, "text")]


def test_inputs_are_those_of_types_and_menus() -> None:
    assert set(_INPUTS) <= set(TYPES)
    assert {*_INPUTS.values(), "text", "choice"} == set(get_args(InputType))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ('TALK "Tea or coffee?"\nHEAR x AS "Tea", "Coffee"', "choice"),
        ('TALK "Well?"\nHEAR x', None),
        ('TALK "Bye."', None),
    ],
)
def test_only_answers_that_are_checked_have_an_input(script: str, expected: str | None) -> None:
    world = ScriptWorld(script)

    assert list_inputs(world, world.start_conversation().id) == [expected]


def test_input_is_repeated_after_an_invalid_answer_and_over_after_a_valid_one() -> None:
    world = ScriptWorld('HEAR x AS PASSWORD WITH "Choose a password."\nTALK "Thank you."')
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()

    world.send(conversation, "short")
    world.send(conversation, "long enough")

    assert list_inputs(world, conversation.id) == ["password", "password", None]
    frames = [frame for frame in world.gateway.frames["phone"] if frame.get("sender") == "bot" and "content" in frame]
    assert [frame.get("input") for frame in frames] == [{"type": "password"}, {"type": "password"}, None]


def test_input_without_a_message_is_in_a_frame_of_its_own() -> None:
    world = ScriptWorld("HEAR name AS NAME\nHEAR key AS PASSWORD")
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()

    world.send(conversation, "Ada")

    frames = [frame for frame in world.gateway.frames["phone"] if frame["type"] == "suggestion"]
    expected = {"type": "suggestion", "session_id": f"session-{conversation.id}", "suggestions": []}
    assert frames == [expected | {"input": {"type": kind}} for kind in ("text", "password")]


@pytest.mark.parametrize("locale", sorted(_YES_NO))
def test_yes_or_no_has_localized_suggestions_that_are_valid_answers(locale: str) -> None:
    world = ScriptWorld('TALK "Really?"\nHEAR sure AS BOOLEAN', locale=locale)
    conversation = world.start_conversation()

    (question,) = world.list_messages(conversation.id)

    assert question.input == AnswerInput(type="boolean")
    assert [suggestion.text for suggestion in question.suggestions] == list(_YES_NO[locale])
    facts = TurnFacts(MORNING, Random(1), locale)
    answers = [normalise("BOOLEAN", suggestion.value, (), facts) for suggestion in question.suggestions]
    assert answers == [True, False]


def test_yes_or_no_keeps_the_suggestions_of_the_script() -> None:
    world = ScriptWorld('ADD SUGGESTION "Sure"\nTALK "Really?"\nHEAR sure AS BOOLEAN')

    (question,) = world.list_messages(world.start_conversation().id)

    assert [suggestion.text for suggestion in question.suggestions] == ["Sure"]
