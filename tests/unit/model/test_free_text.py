"""Bots of scripts with a language model: what scripts leave to it, and what they prepare for it."""

from typing import Any

import pytest

from conversations.domain.jobs import AnswerJob
from conversations.domain.message import Message
from conversations.domain.model import ModelRefusedError, ModelUnavailableError, TextPiece
from tests.fakes.models import says
from tests.fakes.scripts import ADA, ScriptWorld, a_bundle

GREETS = 'BEGIN SYSTEM PROMPT\nYou sell tea.\nEND SYSTEM PROMPT\nTALK "Welcome."'


def a_world(script: str = GREETS, others: dict[str, str] | None = None, **config: Any) -> ScriptWorld:  # noqa: ANN401 - texts
    return ScriptWorld(script, others, llm_model="small", **config)


def last_message(world: ScriptWorld) -> Message:
    (conversation_id,) = world.memory.history
    return world.list_messages(conversation_id)[-1]


def test_free_text_after_the_script_goes_to_the_model() -> None:
    world = a_world(system_prompt="Be kind.")
    world.models.answers = [says("Green ", "tea."), says("Two euros.")]

    assert world.chat("What have you got?", "How much?") == ["Welcome.", "Green tea.", "Two euros."]
    assert world.models.list_prompts()[1] == [
        ("system", "Be kind.\n\nYou sell tea."),
        ("assistant", "Welcome."),
        ("user", "What have you got?"),
        ("assistant", "Green tea."),
        ("user", "How much?"),
    ]


def test_answer_to_a_hear_does_not_go_to_the_model() -> None:
    world = a_world('HEAR name\nTALK "Hello " + name')

    assert world.chat("Ada") == ["Hello Ada"]
    assert world.models.requests == []


def test_first_message_of_a_conversation_is_answered_after_the_greeting() -> None:
    world = a_world()
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello?")
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["Welcome.", "Fine, thank you."]


def test_contexts_are_instructions_of_the_model() -> None:
    world = a_world(
        'SET CONTEXT "Be short."\nSET CONTEXT prices AS "Tea is 2."\nSET CONTEXT hours AS "Open 9 to 5."\n'
        'ADD SUGGESTION prices AS "Prices"\nTALK "Hi"'
    )
    world.chat("Hello", "Prices", "And now?")

    systems = [prompt[0][1] for prompt in world.models.list_prompts()]
    assert systems == ["Be short.", "Be short.\n\nTea is 2.", "Be short.\n\nTea is 2."]


def test_suggestions_stay_under_the_answer_of_the_model() -> None:
    world = a_world('ADD SUGGESTION "Prices"\nTALK "Welcome."')
    world.models.answers = [says("x" * 8_000, "y")]
    world.chat("Hello")

    (conversation_id,) = world.memory.history
    shown = [[reply.text for reply in message.suggestions] for message in world.list_messages(conversation_id)]
    assert shown == [["Prices"], [], [], ["Prices"]]


def test_state_of_the_dialog_is_kept() -> None:
    world = a_world(
        'count = 1\nADD SUGGESTION TOOL more AS "More"\nTALK "Hi"', {"more": "count = count + 1\nTALK count"}
    )

    assert world.chat("Hello", "More", "Hello", "More") == ["Hi", "Fine, thank you.", "2", "Fine, thank you.", "3"]


def test_bot_without_start_script_has_a_welcome_message_and_a_model() -> None:
    world = a_world()
    world.publish(a_bundle({"tool": "TALK 1"}, llm_model="small", welcome_message="Welcome!"))

    assert world.chat("Hello") == ["Welcome!", "Fine, thank you."]
    assert list(world.models.requests[0].tools) == [], "a script without a DESCRIPTION is no tool"


@pytest.mark.parametrize("error", [ModelUnavailableError("down"), ModelRefusedError("no such model")])
def test_bot_whose_model_fails_says_its_fallback(error: Exception) -> None:
    world = a_world(fallback_message="Call us.")
    world.models.answers = [[error]] * 3

    assert world.chat("Hello") == ["Welcome.", "Call us."]


def test_interrupted_answer_is_stored_as_such() -> None:
    world = a_world()
    world.models.answers = [[TextPiece("Green "), ModelUnavailableError("gone")]]
    world.chat("Hello")

    assert (last_message(world).content, last_message(world).finish_reason) == ("Green", "interrupted")


def test_retry_of_a_turn_asks_the_model_again_and_stores_one_answer() -> None:
    world = a_world()
    world.models.answers = [[TextPiece("Green"), RuntimeError("killed")], says("Black tea.")]
    conversation = world.start_conversation()
    with pytest.raises(RuntimeError):
        world.send(conversation, "Hello")

    (user_message,) = [message for message in world.list_messages(conversation.id) if message.sender == "user"]
    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=user_message.id))

    assert world.get_bot_messages(conversation) == ["Welcome.", "Black tea."]


# ------------------------------------------------------------------------------------------------------- LLM


def test_llm_returns_the_reply_of_the_model() -> None:
    world = a_world('HEAR city\nname = LLM "A tea from " + city\nTALK "Try " + name + "."')
    world.models.answers = [says(" Sen", "cha\n")]

    assert world.chat("Kyoto") == ["Try Sencha."]
    assert world.models.list_prompts() == [[("user", "A tea from Kyoto")]]


@pytest.mark.parametrize("answers", [[[ModelUnavailableError("down")]] * 3, [says()], [[ModelRefusedError("no")]]])
def test_llm_fails_if_the_model_does_not_answer(answers: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    world = a_world('HEAR x\nTALK LLM("Hi")', error_message="Sorry.")
    world.models.answers = answers

    assert world.chat("Go") == ["Sorry."]
    assert "start.bas:2:6: the language model does not answer" in caplog.text


def test_llm_without_a_model_fails() -> None:
    world = ScriptWorld('HEAR x\nON ERROR RESUME NEXT\ny = LLM("Hi")\nTALK "none" + y')

    assert world.chat("Go") == ["none"]


def test_prompt_of_llm_must_fit_the_model(caplog: pytest.LogCaptureFixture) -> None:
    world = a_world("HEAR x\nTALK LLM(x)", error_message="Sorry.", llm_server_ctx_size="512")

    assert world.chat("x" * 4_000) == ["Sorry."]
    assert "the prompt has about 1,338 tokens, and the model reads 256" in caplog.text


def test_llm_takes_the_time_of_the_script() -> None:
    world = a_world('HEAR x\nTALK LLM("One")\nTALK LLM("Two")', error_message="Sorry.")
    world.models.answers = [[15.0, *says("1")], [15.0, *says("2")]]

    assert world.chat("Go") == ["1", "Sorry."]
    assert [request.seconds for request in world.models.requests] == [20, 5]
