"""A tool that is picked by its quick reply does not run without what it requires: the bot asks for it."""

from typing import Any

import pytest

from basic.filters.filter import MATCH_ALL
from tests.bots import a_conversation
from tests.fakes.models import calls, says
from tests.fakes.scripts import ScriptWorld, a_bundle

ENROL = """
PARAM name AS STRING LIKE "Ana Silva" DESCRIPTION "Your full name?"
PARAM course AS STRING ENUM ["Piano", "Guitar"]
PARAM lessons AS INTEGER
PARAM note AS STRING OPTIONAL
DESCRIPTION "Enrols a pupil."
INSERT "pupils", #{id: name, course: course, lessons: lessons}
RETURN "Enrolled " + name + " for " + lessons + " lessons of " + course + "."
"""
START = 'ADD SUGGESTION TOOL "enrol" AS "Enrol me"\nADD SUGGESTION TOOL "hours" AS "Hours"\nTALK "Welcome."'
ASKS = ["Your full name? (for example Ana Silva)", "Please enter: course", "Please enter: lessons"]


def a_world(**config: Any) -> ScriptWorld:  # noqa: ANN401 - texts
    return ScriptWorld(START, {"enrol": ENROL, "hours": 'TALK "9 to 5"'}, fallback_message="Pardon?", **config)


def pupils(world: ScriptWorld) -> list[str]:
    return [str(row["id"]) for row in world.tables.find("pupils", MATCH_ALL)]


def test_bot_asks_for_each_argument_and_then_runs_the_tool() -> None:
    world = a_world()

    replies = world.chat("Enrol me", "Ada", "2", "10", "And now?")

    assert replies == ["Welcome.", *ASKS, "Enrolled Ada for 10 lessons of Guitar.", "Pardon?"]
    assert pupils(world) == ["Ada"]


def test_options_of_an_argument_are_quick_replies() -> None:
    world = a_world()
    world.chat("Enrol me", "Ada")

    (conversation_id,) = world.memory.history
    *_, question = world.list_messages(conversation_id)
    assert [reply.text for reply in question.suggestions] == ["Piano", "Guitar"]


def test_invalid_answer_is_asked_for_again_and_the_third_cancels() -> None:
    world = a_world()

    replies = world.chat("Enrol me", "Ada", "drums", "flute", "piano", "some", "many", "lots", "Enrol me")

    assert replies[3:] == [
        "That does not fit.",
        ASKS[1],
        "That does not fit.",
        ASKS[1],
        ASKS[2],
        "That does not fit.",
        ASKS[2],
        "That does not fit.",
        ASKS[2],
        "Then let us leave it at that.",
        ASKS[0],
    ]
    assert pupils(world) == []


def test_word_cancels_the_questions() -> None:
    world = a_world()

    replies = world.chat("enrol me!", "Ada", "Never mind.", "Hello?")

    assert replies[2:] == [ASKS[1], "Then let us leave it at that.", "Pardon?"]
    assert pupils(world) == []


def test_option_is_chosen_even_if_it_is_a_word_that_cancels() -> None:
    tool = 'PARAM answer AS STRING ENUM ["Cancel", "Go on"]\nRETURN answer'
    world = ScriptWorld('ADD SUGGESTION TOOL "t" AS "T"\nTALK "Hi"', {"t": tool})

    assert world.chat("T", "cancel")[-1] == "Cancel"


def test_values_are_found_in_sentences() -> None:
    tool = 'PARAM guests AS INTEGER\nPARAM price AS FLOAT\nPARAM day AS DATE\nRETURN guests * price + " " + day'
    world = ScriptWorld('ADD SUGGESTION TOOL "t" AS "T"\nTALK "Hi"', {"t": tool})

    replies = world.chat("T", "2 or 3", "4 people", "0.125", "on 24 December 2030")

    assert replies[2:4] == ["That does not fit.", "Please enter: guests"]
    assert replies[-1] == "0.5 2030-12-24"


def test_another_tool_ends_the_questions() -> None:
    assert a_world().chat("Enrol me", "Hours", "Hello")[2:] == ["9 to 5", "Pardon?"]


def test_questions_are_in_the_language_of_the_bot() -> None:
    assert a_world(locale="pt-BR").chat("Enrol me", "Ada", "x")[1:] == [
        "Your full name? (por exemplo Ana Silva)",
        "Por favor, informe: course",
        "Esse valor não serve.",
        "Por favor, informe: course",
    ]


def test_question_survives_a_version_without_its_tool() -> None:
    world = a_world()
    conversation = world.start_conversation()
    world.send(conversation, "Enrol me")
    world.publish(a_bundle({"start": START.replace("enrol", "hours"), "hours": 'TALK "9"'}, fallback_message="Pardon?"))
    world.send(conversation, "Ada")

    assert world.get_bot_messages(conversation)[-1] == "Pardon?"


def test_answers_that_are_too_large_end_the_questions(caplog: pytest.LogCaptureFixture) -> None:
    parameters = "\n".join(f"PARAM p{number} AS STRING" for number in range(60))
    world = ScriptWorld('ADD SUGGESTION TOOL "t" AS "T"\nTALK "Hi"', {"t": parameters}, error_message="Sorry.")

    replies = world.chat("T", *["x" * 8_000] * 40)

    assert "Sorry." in replies
    assert "script failed: t: a value is larger than 256 KB" in caplog.text


def test_model_asks_for_the_arguments_of_a_picked_tool() -> None:
    world = a_world(llm_model="small")
    world.models.answers = [
        says("Your name, please, and what would you like to learn?"),
        calls("enrol", name="Ada", course="piano", lessons="10"),
        says("You are in!"),
    ]

    replies = world.chat("Enrol me", "Ada, piano, ten lessons")

    assert replies[1:] == ["Your name, please, and what would you like to learn?", "You are in!"]
    assert "The user has chosen the tool enrol" in world.models.list_prompts()[0][0][1]
    assert pupils(world) == ["Ada"]


@pytest.mark.parametrize("param", ["", "PARAM course AS STRING\n"])
def test_value_that_a_tool_returns_after_a_question_of_its_own_is_sent(param: str) -> None:
    tool = (
        param + 'HEAR day AS DATE WITH "When?"\nHEAR hour AS INTEGER WITH "At what time?"\nRETURN day + " at " + hour'
    )
    world = ScriptWorld('ADD SUGGESTION TOOL "t" AS "T"\nTALK "Hi"', {"t": tool}, fallback_message="Pardon?")

    replies = world.chat("T", *(["Guitar"] if param else []), "2030-12-24", "8", "Thanks")

    assert replies[-4:] == ["When?", "At what time?", "2030-12-24 at 8", "Pardon?"]


def test_value_that_another_script_returns_is_not_sent() -> None:
    world = ScriptWorld('HEAR name WITH "Who?"\nRETURN "secret"', {}, fallback_message="Pardon?")

    assert world.chat("Ana", "Hello") == ["Who?", "Pardon?"]


def test_tools_are_not_offered_as_answers_to_questions_of_tools_and_of_types() -> None:
    tool = 'HEAR name WITH "Who?"\nHEAR sure AS BOOLEAN WITH "Sure?"\nRETURN "Dear " + name'
    scripts = {"start": START.replace("enrol", "greet"), "greet": tool, "hours": 'TALK "9 to 5"'}
    dialog = a_conversation(a_bundle(scripts))
    assert dialog.labels == ["Enrol me", "Hours"]

    for text, labels in (("Enrol me", []), ("Ada", []), ("yes", ["Enrol me", "Hours"])):
        dialog.send(text)
        assert dialog.labels == labels
