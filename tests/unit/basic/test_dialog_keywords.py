"""TALK and the other dialog keywords."""

import pytest

from basic.machine.outcome import QuickRepliesEvent, QuickReply, TalkEvent, WaitEvent
from tests.unit.basic.fake_host import Dialog, FakeHost, play_script


def test_messages_are_in_order() -> None:
    assert play_script('TALK "one"\ntalk 1 + 1\nTALK "thr" + "ee"') == ["one", "2", "three"]


def test_lines_of_a_block_are_one_message_with_its_blank_lines() -> None:
    script = (
        'name = "Ana"\nBEGIN TALK\n\n  It\'s ${name}.\n\n    - ${1 + 1} of "${UCASE(name)}" {}  \n\n  Bye\n \nEND TALK'
    )

    assert play_script(script) == ['It\'s Ana.\n\n  - 2 of "ANA" {}\n\nBye']


def test_block_without_text_sends_nothing() -> None:
    assert play_script('BEGIN TALK\n\n   \nEND TALK\nBEGIN TALK\nEND TALK\nTALK "on"') == ["on"]


def test_template_may_contain_maps_and_texts_with_braces() -> None:
    assert play_script('BEGIN TALK\n${#{a: "}"}.a}${"{"}!\nEND TALK') == ["}{!"]


def test_last_message_of_a_turn_carries_the_suggestions() -> None:
    dialog = Dialog('TALK "a"\nADD SUGGESTION "Yes"\nTALK "b"\nADD SUGGESTION "No", "action:no"\nADD SUGGESTION "Yes"')

    yes, no = QuickReply("Yes", "text", "Yes"), QuickReply("No", "action", "action:no")
    assert dialog.events() == (TalkEvent("a"), TalkEvent("b", (yes, no)))


def test_every_form_of_a_suggestion() -> None:
    dialog = Dialog(
        'ADD SUGGESTION "sales" AS "Buy"\nADD SUGGESTION sales AS "Buy now"\nADD SUGGESTION TOOL "second" AS "Do it"\n'
        'ADD SUGGESTION TEXT "I want" AS "Want"\ntext = "Plain"\nADD SUGGESTION text\nTALK "x"',
        "TALK 1",
    )

    assert dialog.events() == (
        TalkEvent(
            "x",
            (
                QuickReply("Buy", "context", "sales"),
                QuickReply("Buy now", "context", "sales"),
                QuickReply("Do it", "tool", "second"),
                QuickReply("Want", "text", "I want"),
                QuickReply("Plain", "text", "Plain"),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [('JOIN(["a", "b"], "-")', "a-b"), ('FORMAT(1, "N2")', "1.00"), ('FIRST("x y")', "x"), ('LAST "x y"', "y")],
)
def test_function_call_may_precede_the_as_of_a_keyword(value: str, text: str) -> None:
    dialog = Dialog(f'ADD SUGGESTION TEXT {value} AS "Go"\nTALK "x"')

    assert dialog.events() == (TalkEvent("x", (QuickReply("Go", "text", text),)),)


def test_suggestions_last_until_they_are_cleared() -> None:
    dialog = Dialog('ADD SUGGESTION "A"\nHEAR x\nTALK "still"\nHEAR x\nCLEAR SUGGESTIONS\nTALK "gone"')

    assert dialog.events() == (QuickRepliesEvent((QuickReply("A", "text", "A"),)),)
    dialog.hear("1")
    assert dialog.events() == (TalkEvent("still", (QuickReply("A", "text", "A"),)),)
    dialog.hear("2")
    assert dialog.events() == (TalkEvent("gone"),)


def test_suggestions_cleared_without_a_message_are_an_event() -> None:
    dialog = Dialog('ADD SUGGESTION "A"\nHEAR x\nCLEAR SUGGESTIONS\nHEAR y')

    dialog.hear("1")
    assert dialog.events() == (QuickRepliesEvent(()),)
    dialog.hear("2")
    assert dialog.events() == ()


def test_picking_a_suggestion_selects_its_context() -> None:
    dialog = Dialog('SET CONTEXT "sales" AS "The user buys."\nADD SUGGESTION "sales" AS "Buy"\nHEAR x\nTALK x')

    assert dialog.outcome.state["context"] == ""
    dialog.hear("buy")
    assert dialog.messages == ["buy"]
    assert dialog.outcome.state["context"] == "sales"
    assert dialog.outcome.state["contexts"] == {"sales": "The user buys."}


def test_contexts_prompt_collections_and_tools_are_stored() -> None:
    dialog = Dialog(
        'x = "you"\nBEGIN SYSTEM PROMPT\nHelp ${x}.\n\nBe brief.\nEND SYSTEM PROMPT\nSET CONTEXT "Be kind."\n'
        'SET CONTEXT "Be kind."\nUSE KB "manuals"\nUSE KB manuals\nUSE TOOL second\nADD TOOL "second.bas"',
        "TALK 1",
    )

    state = dialog.outcome.state
    assert state["prompt"] == "Help you.\n\nBe brief."
    assert state["instructions"] == ["Be kind."]
    assert state["collections"] == ["manuals"]
    assert state["tools"] == ["second"]
    assert dialog.host.attached == [("kb", "manuals"), ("tool", "second")]


def test_knowledge_bases_and_tools_can_be_detached() -> None:
    host = FakeHost(collections=("a", "b"))
    dialog = Dialog(
        'USE KB "a"\nUSE KB "b"\nCLEAR KB "a"\nUSE TOOL "second"\nCLEAR TOOLS\nHEAR x\nCLEAR KB', "TALK 1", host=host
    )

    assert (dialog.outcome.state["collections"], dialog.outcome.state["tools"]) == (["b"], [])
    dialog.hear("go on")
    assert dialog.outcome.state["collections"] == []
    assert host.attached == []


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("ADD SUGGESTION NOTHING", "start.bas:1:1: the label is empty"),
        ("WAIT -1", "start.bas:1:1: WAIT cannot wait -1 seconds"),
        ('WAIT "soon"', 'start.bas:1:1: "soon" is not a number'),
    ],
)
def test_invalid_value_is_a_fault_with_its_place(script: str, fault: str) -> None:
    assert Dialog(script).fault == fault


@pytest.mark.parametrize(
    ("statement", "warning"),
    [
        ("USE KB x", 'USE KB is ignored: the bot has no knowledge base "third"'),
        ("CLEAR KB x", 'CLEAR KB is ignored: the bot has no knowledge base "third"'),
        ("USE TOOL x", 'USE TOOL is ignored: the bot has no script "third"'),
        ('ADD SUGGESTION TOOL x AS "Third"', 'ADD SUGGESTION is ignored: the bot has no script "third"'),
    ],
)
def test_name_that_does_not_exist_is_ignored_and_logged(statement: str, warning: str) -> None:
    dialog = Dialog(f'USE KB "manuals"\nx = "third"\n{statement}\nTALK "Welcome"')

    assert dialog.messages == ["Welcome"]
    assert dialog.host.warnings == [f"start.bas:3:1: {warning}"]
    assert dialog.host.attached == [("kb", "manuals")]
    assert dialog.outcome.state["collections"] == ["manuals"]
    assert dialog.outcome.state["tools"] == []
    assert dialog.outcome.state["suggestions"] == []


def test_folder_of_knowledge_bases_stands_for_all_of_them() -> None:
    host = FakeHost(collections=("prices", "manuals"))
    dialog = Dialog('USE KB "prices"\nUSE KB "shop.gbkb"\nHEAR x\nCLEAR KB "shop.gbkb"', host=host)

    assert dialog.outcome.state["collections"] == ["prices", "manuals"]
    dialog.hear("go on")
    assert dialog.outcome.state["collections"] == []


def test_wait_is_an_event_of_at_most_five_minutes() -> None:
    dialog = Dialog('TALK "a"\nWAIT 2.5\nTALK "b"\nWAIT 1000')

    assert dialog.events() == (TalkEvent("a"), WaitEvent(2.5), TalkEvent("b"), WaitEvent(300))


def test_print_writes_to_the_log() -> None:
    printed = 'PRINT 1 + 1\nPRINT [1]\nPRINT("a", 1)\n'
    dialog = Dialog(f'{printed}LOG "a" + 1\nLOG("b")\nlog = 5\nLOG_INFO log\nLOG "sold", #{{n: 2}}')

    assert dialog.messages == []
    assert dialog.host.logged == ["2", "[1]", "a 1", "a1", "b", "5", 'sold {"n": 2}']


def test_llm_calls_the_host() -> None:
    dialog = Dialog('x = LLM "Name " + "one"\nTALK x\nTALK "b: " + LLM("two")')

    assert dialog.messages == ["the model on: Name one", "b: the model on: two"]


@pytest.mark.parametrize(
    ("statement", "logged"),
    [
        ('LOG ACTIVITY "ACC-7", "Account", 5', 'activity ["ACC-7", "Account", 5]'),
        ('LOG_ACTIVITY "x"', 'activity ["x"]'),
        ('RECORD METRIC "calls" WITH kind = "sales", minutes=5', 'metric calls {"kind": "sales", "minutes": 5}'),
        ('RECORD METRIC "visits", 12', "metric visits 12"),
        ('RECORD METRIC "visits"', "metric visits"),
    ],
)
def test_activities_and_metrics_are_logged(statement: str, logged: str) -> None:
    dialog = Dialog(statement)

    assert dialog.outcome.fault is None
    assert dialog.host.logged == [logged]
