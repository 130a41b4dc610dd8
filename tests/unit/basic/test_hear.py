"""HEAR in all its forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basic.hear.options import choose_option
from basic.machine.outcome import QuickRepliesEvent, QuickReply, Status, TalkEvent
from tests.unit.basic.fake_host import Dialog, FakeHost, play_script

TYPED = "Please enter a whole number, such as 42."


@pytest.mark.parametrize(
    ("script", "messages"),
    [
        ("HEAR x\nTALK x", ["me"]),
        ("x = HEAR\nTALK x", ["me"]),
        ('x = HEAR "Who?"\nTALK x', ["Who?", "me"]),
        ('x = HEAR "Who" + "?"\nTALK x', ["Who?", "me"]),
        ('HEAR "Who?" AS x\nTALK x', ["Who?", "me"]),
        ('HEAR "Who?" AS name\nTALK name', ["Who?", "me"]),
        ('HEAR "Who?"\nTALK "ok"', ["Who?", "ok"]),
        ("HEAR\nTALK 1", ["1"]),
        ("HEAR x AS TEXT\nTALK x", ["me"]),
        ('HEAR x AS STRING WITH "Who?"\nTALK x', ["Who?", "me"]),
        ("user.name = HEAR\nTALK user", ['{"name": "me"}']),
        ("HEAR user.name\nTALK user.name", ["me"]),
        ('x = "I, " + HEAR "Who?"\nTALK x', ["Who?", "I, me"]),
        ('x = HEAR "Who" + "?" = "me"\nTALK x', ["Who?", "true"]),
        ('IF HEAR "Who?" = "me" AND 1 THEN TALK "hi"', ["Who?", "hi"]),
        ('TALK (HEAR "a") + (HEAR "b")', ["a", "b"]),
        ('LET x = HEAR "Who?"\nTALK x', ["Who?", "me"]),
        ('SET x = HEAR "Who?"\nTALK x', ["Who?", "me"]),
    ],
)
def test_every_form_receives_the_answer(script: str, messages: list[str]) -> None:
    assert play_script(script, "me")[: len(messages)] == messages


def test_typed_hear_normalises_the_answer() -> None:
    assert play_script('HEAR mail AS EMAIL WITH "Mail?"\nTALK mail\nHEAR n AS INT\nTALK n + 1', " A@B.C ", "41") == [
        "Mail?",
        "a@b.c",
        "42",
    ]


def test_three_answers_are_validated_with_a_message_for_each() -> None:
    dialog = Dialog('HEAR n AS INTEGER WITH "How many?"\nTALK "n is " + n')

    dialog.hear("one", "two")
    assert dialog.status is Status.WAITING
    assert dialog.messages == ["How many?", TYPED, TYPED]
    assert dialog.hear("three")[3:] == [TYPED, "n is "]
    assert dialog.outcome.state["answered"] == 1


def test_second_and_third_answer_may_be_valid() -> None:
    assert play_script("HEAR n AS INTEGER\nTALK n", "x", "5")[-1] == "5"
    assert play_script("HEAR n AS INTEGER\nTALK n", "x", "y", "5")[-1] == "5"


@pytest.mark.parametrize(("kind", "empty"), [("INTEGER", ""), ("EMAIL", ""), ("INTEGER DEFAULT 1 + 6", "7")])
def test_value_after_three_invalid_answers_is_empty_or_the_default(kind: str, empty: str) -> None:
    assert play_script(f'HEAR x AS {kind}\nTALK ">" + x', "?", "?", "?")[-1] == f">{empty}"


def test_menu_shows_only_its_options() -> None:
    dialog = Dialog('ADD SUGGESTION "Help"\nHEAR x AS "Small", "Large"\nTALK x')

    assert dialog.events() == (
        QuickRepliesEvent((QuickReply("Small", "text", "Small"), QuickReply("Large", "text", "Large"))),
    )
    dialog.hear("2")
    assert dialog.events() == (TalkEvent("Large", (QuickReply("Help", "text", "Help"),)),)


def test_menu_rejects_unknown_and_ambiguous_answers() -> None:
    assert play_script('HEAR x AS "Small", "Smaller"\nTALK ">" + x', "mal", "huge", "3") == [
        *["Please choose one of these: Small, Smaller."] * 3,
        ">",
    ]


def test_menu_with_a_star_accepts_any_other_text() -> None:
    script = 'ADD SUGGESTION "Help"\nHEAR x AS "Done", *\nTALK x'

    assert play_script(script, "something else") == ["something else"]
    assert play_script(script, "don") == ["don"]
    assert play_script(script, "done!") == ["Done"]
    dialog = Dialog(script)
    assert dialog.events() == (
        QuickRepliesEvent((QuickReply("Done", "text", "Done"), QuickReply("Help", "text", "Help"))),
    )


def test_menu_may_be_an_array() -> None:
    script = 'sizes = ["S", 2]\nHEAR x AS MENU sizes\nTALK x\nHEAR y AS [1, "b"]\nTALK y'

    assert play_script(script, "2", "B") == ["2", "b"]


def test_menu_without_options_is_a_fault() -> None:
    assert Dialog("HEAR x AS MENU []").fault == "start.bas:1:1: the menu of the HEAR has no options"


@pytest.mark.parametrize(
    ("answer", "option"),
    [
        ("Tea", "Tea"),
        ("tea", "Tea"),
        (" COFFEE ", "Coffee"),
        ("1", "Tea"),
        ("3", "1"),
        ("4", None),
        ("0", None),
        ("cof", "Coffee"),
        ("off", None),
        ("e", None),
        ("", None),
        (" ", None),
        ("-1", None),
        ("9" * 5000, None),
        ("²", None),
    ],
)
def test_option_is_chosen_by_text_number_or_unique_part(answer: str, option: str | None) -> None:
    assert choose_option(["Tea", "Coffee", "1"], answer) == (option if answer != "1" else "1")


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_exact_option_is_always_chosen(options: list[str], data: st.DataObject) -> None:
    option = data.draw(st.sampled_from(options))

    assert choose_option(options, option) == option


def test_hear_for_a_file_accepts_an_attachment() -> None:
    dialog = Dialog('HEAR scan AS IMAGE WITH "A photo, please."\nTALK scan.name + scan.type + scan.size + scan.url')
    refused = dialog.machine.run(dialog.outcome.state, "here it is", dialog.turn())
    accepted = dialog.machine.run(
        refused.state,
        "",
        dialog.turn(),
        [{"name": "a.png", "content_type": "image/png", "size": 5, "url": "https://files.test/a.png"}],
    )

    assert refused.events == (TalkEvent("Please attach an image, such as a photo in JPEG or PNG."),)
    assert accepted.events == (TalkEvent("a.pngimage/png5https://files.test/a.png"),)


def test_dialog_still_waits_without_a_message() -> None:
    dialog = Dialog('HEAR x\nTALK "heard"')

    outcome = dialog.machine.run(dialog.outcome.state, None, dialog.turn())

    assert (outcome.status, outcome.events, outcome.state) == (Status.WAITING, (), dialog.outcome.state)


def test_message_after_the_end_runs_nothing() -> None:
    dialog = Dialog('TALK "bye"')

    assert dialog.hear("hello?") == ["bye"]
    assert dialog.status is Status.ENDED


# ------------------------------------------------------------------------------------------------------- signing in

SIGN_IN = "Please sign in first, such as with the button of this page, and then send any message."
MEMBERS = 'TALK "Members only."\nHEAR who AS LOGIN WITH "Who are you?"\nTALK "Hello " + who'


def test_signed_in_user_is_not_asked_to_sign_in() -> None:
    dialog = Dialog(MEMBERS, host=FakeHost(user="ada"))

    assert dialog.status is Status.ENDED
    assert dialog.messages == ["Members only.", "Hello ada"]
    assert dialog.outcome.state["answered"] == 1


def test_visitor_is_asked_three_times_to_sign_in_before_the_script_continues() -> None:
    assert play_script(MEMBERS, "Ada", "ada!", "please") == [
        "Members only.",
        "Who are you?",
        *[SIGN_IN] * 3,
        "Hello ",
    ]
    assert play_script('HEAR who AS LOGIN DEFAULT "nobody"\nTALK who', "a", "b", "c")[-1] == "nobody"


@pytest.mark.parametrize("tries", [0, 1, 2])
def test_any_message_after_sign_in_is_the_answer(tries: int) -> None:
    dialog = Dialog(MEMBERS)
    dialog.hear(*["let me in"] * tries)
    dialog.host.user = "ada"
    dialog.hear("here I am")

    assert dialog.messages == ["Members only.", "Who are you?", *[SIGN_IN] * tries, "Hello ada"]


def test_login_works_in_expressions_and_loops() -> None:
    script = 'FOR i = 1 TO 2\nHEAR who AS AUTH\nTALK i + ": " + who\nNEXT'

    assert Dialog(script, host=FakeHost(user="ada")).messages == ["1: ada", "2: ada"]


@pytest.mark.parametrize("question", ['"Which one (1-3)?"', '"Which one of ${n}?"'])
def test_one_text_after_as_is_the_question(question: str) -> None:
    dialog = Dialog(f"n = 2\nHEAR x AS {question}\nTALK x")

    dialog.hear("the blue one")
    assert dialog.messages[0].startswith("Which one")
    assert dialog.messages[-1] == "the blue one"


@pytest.mark.parametrize("form", ['AS MENU "Yes"', 'AS "Yes" WITH "Sure?"', 'AS "Yes", "No"'])
def test_other_texts_after_as_are_options(form: str) -> None:
    dialog = Dialog(f"HEAR x {form}\nTALK x")

    dialog.hear("the blue one")
    dialog.hear("yes")
    assert dialog.messages[-1] == "Yes"
