"""Bots written in BASIC, as their users see them."""

import logging
from typing import Any

import pytest

from basic import config
from conversations.domain.errors import ProgramNotFoundError, UnavailableError
from conversations.domain.jobs import GreetJob
from conversations.domain.knowledge import Passage
from conversations.domain.principal import Principal
from conversations.domain.turn_time import DELIVER_SECONDS, STORE_SECONDS
from tests.builders import a_conversation, a_draft, a_visitor
from tests.fakes.scripts import ADA, ScriptWorld, a_bundle, an_answer

ASKS = 'HEAR name\nTALK "Hello " + name\nHEAR town\nTALK name + " of " + town'

both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def get_quick_replies(world: ScriptWorld) -> list[list[str]]:
    """Return the quick replies of each suggestion frame the phone received."""
    frames: list[dict[str, Any]] = world.gateway.frames["phone"]
    return [[reply["text"] for reply in frame["suggestions"]] for frame in frames if frame["type"] == "suggestion"]


# ----------------------------------------------------------------------------------------------------- dialogs


@both_kinds_of_caller
def test_script_continues_with_the_users_message(owner: Principal) -> None:
    world = ScriptWorld('TALK "Who are you?"\n' + ASKS)

    assert world.chat("Ada", "London", owner=owner) == ["Who are you?", "Hello Ada", "Ada of London"]


def test_messages_of_a_turn_are_stored_and_delivered_in_order() -> None:
    world = ScriptWorld('FOR i = 1 TO 12\nTALK "line " + i\nNEXT')
    world.add_connections(ADA, "phone", "laptop")

    conversation = world.start_conversation()

    lines = [f"line {number}" for number in range(1, 13)]
    assert world.get_bot_messages(conversation) == lines
    for device in ("phone", "laptop"):
        assert [frame["content"] for frame in world.gateway.frames[device] if frame["type"] == "message"] == lines


def test_initial_message_answers_the_first_question_of_the_script() -> None:
    world = ScriptWorld('TALK "Welcome."\n' + ASKS)
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Ada")
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["Welcome.", "Hello Ada"]


def test_initial_message_gets_the_fallback_if_the_script_asks_nothing() -> None:
    world = ScriptWorld('TALK "Welcome."', fallback_message="I know no more.")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello?")
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["Welcome.", "I know no more."]


def test_message_after_the_end_of_the_script_gets_the_fallback() -> None:
    world = ScriptWorld('TALK "Bye."')

    assert world.chat("And now?") == ["Bye.", config.NO_MODEL]
    assert "language model" in config.NO_MODEL


def test_bot_without_start_script_does_not_greet_and_sends_the_fallback() -> None:
    world = ScriptWorld("x = 1")
    world.publish(a_bundle({"tool": 'TALK "I am a tool."'}))

    assert world.chat("Hello?") == [config.NO_MODEL]


def test_attachments_are_available_to_the_script() -> None:
    world = ScriptWorld('HEAR photo AS IMAGE\nTALK "Thank you for " + photo.url')
    conversation = world.start_conversation()

    world.send(conversation, "Here.", attachments=1)

    assert world.get_bot_messages(conversation) == ["Thank you for https://files.example/0.png"]


def test_parameters_of_a_bot_are_variables_of_its_scripts() -> None:
    script = "TALK seats + 1\nTALK city\nIF open THEN TALK price"
    world = ScriptWorld(script, param_seats="4", param_city="Rome", param_open="true", param_price="2.5")

    assert world.chat() == ["5", "Rome", "2.5"]


def test_time_of_a_turn_is_the_timestamp_of_the_message() -> None:
    world = ScriptWorld("HEAR x\nTALK NOW()")
    conversation = world.start_conversation()
    world.clock.forward(hours=2)
    world.messages.send(ADA, conversation.id, a_draft("Now?"))
    world.clock.forward(hours=5)
    world.run_bots()

    (message,) = world.get_bot_messages(conversation)
    assert message == "2024-01-15 12:00:00"


def test_random_numbers_differ_between_conversations() -> None:
    world = ScriptWorld("TALK RANDOM(1, 1000000000)")

    assert world.chat() != world.chat()


# ------------------------------------------------------------------------------------------------- quick replies


def test_quick_replies_are_sent_with_the_last_message_and_with_the_fallback() -> None:
    world = ScriptWorld('ADD SUGGESTION "Prices"\nTALK "Hello."\nTALK "What would you like to know?"')
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "Whatever")

    assert get_quick_replies(world) == [["Prices"], ["Prices"]]
    assert [len(message.suggestions) for message in world.list_messages(conversation.id)] == [0, 1, 0, 1]


def test_menu_sends_its_options_as_quick_replies_once() -> None:
    world = ScriptWorld('TALK "Tea or coffee?"\nHEAR drink AS "Tea", "Coffee"\nTALK drink + ", please."')
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "2")

    assert world.get_bot_messages(conversation) == ["Tea or coffee?", "Coffee, please."]
    assert get_quick_replies(world) == [["Tea", "Coffee"]]


def test_quick_replies_are_sent_without_a_message() -> None:
    world = ScriptWorld('HEAR first\nADD SUGGESTION "Yes"\nHEAR second\nTALK second')
    world.add_connections(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "one")

    assert get_quick_replies(world) == [["Yes"]]
    assert world.get_bot_messages(conversation) == []


def test_only_the_last_question_has_quick_replies_if_two_turns_run_at_once() -> None:
    world = ScriptWorld('TALK "One?"\nHEAR a AS "1", "2"\nTALK "Two?"\nHEAR b AS "3", "4"')
    world.add_connections(ADA, "phone")
    world.conversations.start(ADA, bot_id=None, initial_message="1")
    world.run_bots()

    assert get_quick_replies(world) == [["3", "4"]]


def test_quick_reply_of_a_tool_runs_it_and_sends_its_result() -> None:
    world = ScriptWorld(
        'name = "Ada"\nADD SUGGESTION TOOL "greet" AS "Greet me"\nTALK "Well?"', {"greet": 'RETURN "Dear " + name'}
    )

    assert world.chat("greet me") == ["Well?", "Dear Ada"]


@pytest.mark.parametrize(
    ("tool", "answers"),
    [
        ('TALK "Done."\nRETURN "Done."', ["Done."]),
        ('TALK "Done."\nRETURN "ENR-2026-0042"', ["Done."]),
        ('RETURN "ENR-2026-0042"', ["ENR-2026-0042"]),
        ('TALK "Your price:"\nRETURN "1,299.00"', ["Your price:", "1,299.00"]),
        ('TALK "One."\nRETURN "Two."', ["One.", "Two."]),
    ],
)
def test_result_of_a_tool_is_not_sent_after_the_same_message_or_as_an_id(tool: str, answers: list[str]) -> None:
    world = ScriptWorld('ADD SUGGESTION TOOL "enrol" AS "Enrol"\nTALK "Well?"', {"enrol": tool})

    assert world.chat("Enrol") == ["Well?", *answers]


# -------------------------------------------------------------------------------------------------- data, requests


@pytest.mark.parametrize(
    ("script", "types"),
    [
        ('HEAR x\nTALK x + GET USER MEMORY "tea"', ["message", "message"]),
        ('HEAR x\nADD SUGGESTION "More"\nTALK UCASE(x)', ["message", "message", "suggestion"]),
        ('HEAR x\nSAVE "log", 1, x\nTALK x', ["message", "typing", "message"]),
        ('HEAR x\nIF x = "no" THEN\nGET "https://shop.example/"\nEND IF\nTALK x', ["message", "typing", "message"]),
    ],
)
def test_typing_is_shown_if_a_script_uses_a_service(script: str, types: list[str]) -> None:
    assert get_types_of_answer(ScriptWorld(script)) == types


def test_typing_is_shown_if_a_model_may_answer() -> None:
    assert get_types_of_answer(ScriptWorld('TALK "Hi"', llm_model="small")) == ["message", "typing", "message"]


def get_types_of_answer(world: ScriptWorld) -> list[str]:
    conversation = world.start_conversation()
    world.add_connections(ADA, "phone")
    world.send(conversation, "Hello")
    return world.gateway.types("phone")


def test_table_rows_are_shared_by_all_conversations() -> None:
    world = ScriptWorld('TALK UBOUND(FIND "notes")\nINSERT "notes", #{text: "hello"}')

    assert world.chat() == ["0"]
    assert world.chat() == ["1"]


def test_request_has_an_idempotency_key_of_turn_and_step_unless_the_script_sets_one() -> None:
    shop = '"https://shop.example/"'
    world = ScriptWorld(f'POST {shop}, "x"\nSET HEADER "Idempotency-Key", "mine"\nPUT {shop}, 1')
    conversation = world.start_conversation()

    assert [hop.headers["Idempotency-Key"] for hop in world.web.requests] == [f"{conversation.id}:open:1", "mine"]


def test_request_times_out_after_ten_seconds_or_at_the_end_of_the_turn() -> None:
    world = ScriptWorld('FOR i = 1 TO 3\nGET "https://slow.example/"\nNEXT\nTALK "Done."')
    world.web.takes = 6

    assert world.chat() == ["Done."]
    assert [hop.seconds for hop in world.web.requests] == [10, 10, 8]


@pytest.mark.parametrize("keyword", ["USE KB", "CLEAR KB"])
def test_unknown_knowledge_base_is_ignored_and_logged(keyword: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(
        f'HEAR which\n{keyword} which\nUSE TOOL "greet"\nTALK "Ready."',
        {"greet": 'TALK "Hello"'},
        bases={"prices": [Passage("Tea costs 3.", "prices.md")]},
    )

    assert world.chat("prices") == ["Ready."]
    with caplog.at_level(logging.WARNING):
        assert world.chat("secrets") == ["Ready."]
    assert f'start.bas:2:1: {keyword} is ignored: the bot has no knowledge base "secrets"' in caplog.text


# ------------------------------------------------------------------------------------------------------- faults


def test_failing_script_sends_the_error_message_and_logs_the_position(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('TALK "Dividing."\nTALK 1 / 0', error_message="Something is wrong with me.")

    with caplog.at_level(logging.ERROR):
        assert world.chat("Hello?", "Once more?") == ["Dividing.", "Something is wrong with me."] * 3

    assert "start.bas:2:" in caplog.text


def test_initial_message_does_not_run_a_failing_start_script_twice(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('TALK "Dividing."\nTALK 1 / 0', error_message="Something is wrong with me.")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello?")
    with caplog.at_level(logging.ERROR):
        world.run_bots()

    assert world.get_bot_messages(conversation) == ["Dividing.", "Something is wrong with me."]
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("DO WHILE TRUE\nx = 1\nLOOP", "instructions"),
        ("SUB again()\nCALL again()\nEND SUB\nCALL again()", "calls"),
        ('FOR i = 1 TO 21\nREMEMBER "n" + i, i\nNEXT', "sets more than 20 memories"),
    ],
)
def test_script_that_exceeds_a_budget_ends_and_the_budget_is_logged(
    script: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = ScriptWorld('TALK "Here we go."\n' + script)

    with caplog.at_level(logging.ERROR):
        assert world.chat() == ["Here we go.", config.SCRIPT_FAILED]

    assert sentence in caplog.text
    assert "start.bas:" in caplog.text


def test_script_that_had_hardly_any_time_is_run_again() -> None:
    world = ScriptWorld('x = GET "https://shop.example/"\nTALK "done"')
    world.web.takes = 6
    conversation = world.add_conversation(a_conversation(ADA))
    job = GreetJob(conversation_id=conversation.id)

    with pytest.raises(UnavailableError):
        world.turn_service.handle(job, lambda: STORE_SECONDS + DELIVER_SECONDS + 0.5)
    assert world.get_bot_messages(conversation) == []

    world.turn_service.handle(job)
    assert world.get_bot_messages(conversation) == ["done"]


def test_turn_times_out_after_twenty_seconds(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('FOR i = 1 TO 9\nGET "https://slow.example/"\nTALK i\nNEXT')
    world.web.takes = 8

    with caplog.at_level(logging.ERROR):
        messages = world.chat()

    assert messages == ["1", "2", config.SCRIPT_FAILED]
    assert "start.bas:2:1: slow.example did not answer" in caplog.text


def test_print_is_logged_at_debug_level_only(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('PRINT "a secret"')
    with caplog.at_level(logging.INFO):
        world.chat()
    assert "a secret" not in caplog.text

    with caplog.at_level(logging.DEBUG):
        world.chat()
    assert "a secret" in caplog.text


def test_messages_are_not_logged_when_a_script_fails(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('HEAR secret\nTALK "x" * 2')

    with caplog.at_level(logging.INFO):
        world.chat("my password")

    assert "my password" not in caplog.text


# ------------------------------------------------------------------------------------------------------ versions


def test_running_dialog_keeps_its_version_and_new_dialogs_use_the_new_version() -> None:
    world = ScriptWorld('HEAR x\nTALK "old: " + x')
    before = world.start_conversation()
    world.publish(a_bundle({"start": 'TALK "new"\nHEAR x\nTALK "new: " + x'}))

    world.send(before, "hello")
    assert world.get_bot_messages(before) == ["old: hello"]
    assert world.chat("hello") == ["new", "new: hello"]


def test_ended_dialog_continues_with_the_new_version() -> None:
    world = ScriptWorld('TALK "Bye."', fallback_message="old")
    before = world.start_conversation()
    world.publish(a_bundle({"start": 'TALK "Hi."'}, fallback_message="new"))

    world.send(before, "hello")
    assert world.get_bot_messages(before) == ["Bye.", "new"]


def test_dialog_with_a_lost_version_apologizes_and_restarts(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    world.send(conversation, "Ada")
    world.programs.texts.clear()
    world.publish(a_bundle({"start": 'name = HEAR "Who?"\nTALK "Welcome " + name'}))

    with caplog.at_level(logging.ERROR):
        world.send(conversation, "London")
    world.send(conversation, "Eve")

    assert world.get_bot_messages(conversation) == ["Hello Ada", config.SCRIPT_FAILED, "Who?", "Welcome Eve"]
    assert "dialog lost" in caplog.text


def test_bot_with_a_lost_version_is_retried() -> None:
    world = ScriptWorld(ASKS)
    world.programs.texts.clear()
    conversation = world.add_conversation(a_conversation(ADA))

    with pytest.raises(ProgramNotFoundError):
        world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    assert world.get_bot_messages(conversation) == []


def test_state_of_another_engine_is_ignored() -> None:
    world = ScriptWorld('HEAR x\nTALK "You said " + x')
    conversation = world.add_conversation(a_conversation(ADA))
    world.memory.states[conversation.id] = '{"misses": 2}'

    world.send(conversation, "hello")

    assert world.get_bot_messages(conversation) == ["You said hello"]


def test_response_of_a_web_service_is_available() -> None:
    world = ScriptWorld('answer = GET "https://api.example/order"\nTALK answer.state')
    world.web.answers = [an_answer({"state": "on its way"})]

    assert world.chat() == ["on its way"]


def test_script_knows_the_ids_of_its_bot_and_of_the_conversation() -> None:
    world = ScriptWorld("TALK BOT_ID()\nTALK SESSION_ID()")
    conversation = world.start_conversation()

    assert world.get_bot_messages(conversation) == [conversation.bot_id, conversation.id]
