"""A word that cancels a question."""

import json

import pytest

from basic.hear import TYPES
from basic.hear.cancelling import CANCEL_WORDS, is_cancel
from basic.machine.outcome import Status
from tests.fakes.scripts import ScriptWorld
from tests.unit.basic.fake_host import Dialog, play_script
from tests.unit.basic.functions.evaluation import a_turn

END = "Then let us leave it at that."
BOOKING = 'HEAR n AS INTEGER WITH "How many?"\nTALK "Booked for " + n'
AWARE = 'IF CANCELLED THEN TALK "cancelled" ELSE TALK "not cancelled"\nTALK ISNULL(x)'
TYPE_NAMES = sorted({hear_type.name for hear_type in TYPES.values()})


@pytest.mark.parametrize("answer", ["cancel", "Stop!", "never mind", "NEVERMIND", "please cancel", "\u274c cancel"])
def test_cancelled_script_ends(answer: str) -> None:
    dialog = Dialog(BOOKING)
    dialog.hear(answer)

    assert dialog.messages == ["How many?", END]
    assert dialog.status is Status.ENDED


@pytest.mark.parametrize("answer", ["cancel my booking", "do not stop", "cancelled", "", "x" * 200])
def test_other_answers_cancel_nothing(answer: str) -> None:
    dialog = Dialog(BOOKING)
    dialog.hear(answer)

    assert dialog.status is Status.WAITING


@pytest.mark.parametrize("kind", TYPE_NAMES)
def test_script_with_cancelled_sees_it_for_every_type(kind: str) -> None:
    assert play_script(f"HEAR x AS {kind} DEFAULT 7\n{AWARE}", "cancel") == ["cancelled", "true"]


@pytest.mark.parametrize("kind", [name for name in TYPE_NAMES if name not in {"TEXT", "BOOLEAN"}])
def test_script_without_cancelled_ends_for_every_type(kind: str) -> None:
    assert play_script(f'HEAR x AS {kind} DEFAULT 7\nTALK "on"', "cancel") == [END]


def test_menus_can_be_cancelled_unless_the_word_is_an_option() -> None:
    assert play_script(f'HEAR x AS "Tea", "Coffee"\n{AWARE}', "cancel") == ["cancelled", "true"]
    assert play_script('HEAR x AS "Tea", "Coffee"\nTALK x', "cancel") == [END]
    assert play_script(f'HEAR x AS "Tea", "Cancel"\n{AWARE}', "cancel!") == ["not cancelled", "false"]
    assert play_script('HEAR x AS "Done", *\nTALK x', "cancel") == ["cancel"]
    assert play_script(f'HEAR x AS "Done", *\n{AWARE}', "cancel") == ["cancelled", "true"]


def test_free_text_and_valid_answers_are_not_cancelled() -> None:
    assert play_script("HEAR x\nTALK x", "cancel") == ["cancel"]
    assert play_script(f"HEAR x\n{AWARE}", "cancel") == ["not cancelled", "false"]
    assert play_script("HEAR x AS TEXT\nTALK x", "stop") == ["stop"]
    assert play_script('HEAR x AS BOOLEAN WITH "Sure?"\nTALK x', "cancel") == ["Sure?", "false"]
    assert play_script('HEAR x AS BOOLEAN WITH "Sure?"\nTALK x', "stop") == ["Sure?", END]


def test_cancelled_is_over_with_the_next_answer_and_lasts_until_then() -> None:
    script = 'HEAR a AS INTEGER\nHEAR b\nTALK b + CANCELLED\nHEAR c AS INTEGER\nTALK c + " " + CANCELED()'

    # Each turn loads the state of the turn before.
    assert play_script(script, "cancel", "b", "3") == ["bfalse", "3 false"]
    assert play_script("HEAR a AS INTEGER\nHEAR b AS INTEGER\nTALK CANCELLED", "1", "cancel") == ["true"]
    waiting = Dialog('HEAR a AS INTEGER\nIF CANCELLED THEN TALK "no"\nHEAR b\nTALK b')
    waiting.hear("cancel")
    assert waiting.outcome.state["cancelled"] is True
    assert "cancelled" not in json.dumps(Dialog("HEAR a AS INTEGER").outcome.state)


def test_cancelled_is_a_variable_where_a_script_assigns_it() -> None:
    assert play_script('cancelled = "mine"\nHEAR n AS INTEGER\nTALK cancelled', "4") == ["mine"]
    assert play_script('cancelled = "mine"\nHEAR n AS INTEGER\nTALK cancelled', "cancel") == [END]


def test_called_scripts_decide_for_their_own_questions() -> None:
    aware = 'HEAR x AS INTEGER\nIF CANCELLED THEN RETURN "none"\nRETURN x'

    assert Dialog('TALK CALL "second"', aware).hear("cancel") == ["none"]
    assert Dialog('TALK CALL "second"\nTALK CANCELLED', "HEAR x AS INTEGER").hear("cancel") == [END]


def test_empty_value_after_three_invalid_answers_is_no_answer() -> None:
    for kind in ("INTEGER", "FLOAT", "MONEY", "BOOLEAN"):
        messages = play_script(f"HEAR x AS {kind}\n{AWARE}\nTALK x = 0", "?", "?", "?")
        assert messages[3:] == ["not cancelled", "true", "false"]


@pytest.mark.parametrize("language", CANCEL_WORDS)
def test_every_word_cancels_in_its_language_and_those_of_english_in_all(language: str) -> None:
    turn = a_turn(locale=f"{language}-XX")

    assert [word for word in (*CANCEL_WORDS[language], *CANCEL_WORDS["en"]) if not is_cancel(word, turn)] == []


def test_words_of_other_languages_do_not_cancel() -> None:
    assert not is_cancel("abbrechen", a_turn(locale="pt-BR"))
    assert is_cancel("إلغاء", a_turn(locale="ar"))


@pytest.mark.parametrize(
    ("words", "cancels", "does_not"), [("halt, full stop", "Full stop.", "cancel"), ("", "", "cancel")]
)
def test_configuration_replaces_the_words(words: str, cancels: str, does_not: str) -> None:
    replies = ScriptWorld(BOOKING, cancel_words=words).chat(does_not, *[cancels] * bool(cancels))

    assert replies[1] == "Please enter a whole number, such as 42."
    assert replies[2:] == [END] * bool(cancels)


# ------------------------------------------------------------------------------------------------ beginning again


def test_cancelled_dialog_begins_again_with_the_next_message() -> None:
    assert ScriptWorld(BOOKING).chat("cancel", "cancel", "Hello?", "4") == [
        *("How many?", END, END, "How many?", "Booked for 4")
    ]


FAULTY = 'HEAR x WITH "Ready?"\nIF x = "yes" THEN TALK 1 / 0\nTALK "Good."'


def test_dialog_begins_again_after_a_fault() -> None:
    replies = ScriptWorld(FAULTY, error_message="Sorry.", fallback_message="Pardon?").chat("yes", "Hm?", "no", "More?")

    assert replies == ["Ready?", "Sorry.", "Ready?", "Good.", "Pardon?"]


def test_state_that_is_too_large_is_a_fault_after_which_the_dialog_begins_again() -> None:
    script = 'HEAR x WITH "Ready?"\na = "x"\nFOR i = 1 TO 17\na = a + a\nNEXT\nb = a\nc = a\nHEAR y'
    replies = ScriptWorld(script, error_message="Sorry.").chat("go", "Hm?")

    assert replies == ["Ready?", "Sorry.", "Ready?"]


def test_model_answers_after_a_fault() -> None:
    world = ScriptWorld(FAULTY, error_message="Sorry.", llm_model="small")

    assert world.chat("yes", "Hm?")[1] == "Sorry."
    assert len(world.models.list_prompts()) == 1


def test_tool_can_still_be_picked_after_a_fault() -> None:
    tools = 'ADD SUGGESTION TOOL "hours" AS "\u23f0 Hours"\nHEAR x WITH "Ready?"\nTALK 1 / 0'
    world = ScriptWorld(tools, {"hours": 'TALK "9 to 5"'}, error_message="Sorry.", fallback_message="Pardon?")

    assert world.chat("yes", "hours!", "More?") == ["Ready?", "Sorry.", "9 to 5", "Pardon?"]
