"""Bots written in BASIC, as their users see them."""

import json
import logging
from typing import Any

import pytest

from basic import config
from conversations.domain.errors import ProgramNotFoundError
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.memory import build_memory_key
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests.builders import a_conversation, a_draft, a_user, a_visitor
from tests.fakes.memory import InMemoryMemoryStore
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
    world.devices(ADA, "phone", "laptop")

    conversation = world.start_conversation()

    lines = [f"line {number}" for number in range(1, 13)]
    assert world.get_bot_messages(conversation) == lines
    for device in ("phone", "laptop"):
        assert [frame["content"] for frame in world.gateway.frames[device] if frame["type"] == "message"] == lines


def test_initial_message_answers_the_first_question_of_the_script() -> None:
    world = ScriptWorld('TALK "Welcome."\n' + ASKS)
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Ada")
    world.run_the_bots()

    assert world.get_bot_messages(conversation) == ["Welcome.", "Hello Ada"]


def test_initial_message_gets_the_fallback_if_the_script_asks_nothing() -> None:
    world = ScriptWorld('TALK "Welcome."', fallback_message="I know no more.")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello?")
    world.run_the_bots()

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
    world = ScriptWorld('HEAR photo AS IMAGE\nTALK "Thank you for " + photo')
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
    world.run_the_bots()

    (message,) = world.get_bot_messages(conversation)
    assert message == "2024-01-15 12:00:00"


def test_random_numbers_differ_between_conversations() -> None:
    world = ScriptWorld("TALK RANDOM(1, 1000000000)")

    assert world.chat() != world.chat()


# ------------------------------------------------------------------------------------------------- quick replies


def test_quick_replies_are_sent_with_the_last_message_and_with_the_fallback() -> None:
    world = ScriptWorld('ADD SUGGESTION "Prices"\nTALK "Hello."\nTALK "What would you like to know?"')
    world.devices(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "Whatever")

    assert get_quick_replies(world) == [["Prices"], ["Prices"]]
    assert [len(message.suggestions) for message in world.stored(conversation.id)] == [0, 1, 0, 1]


def test_menu_sends_its_options_as_quick_replies_once() -> None:
    world = ScriptWorld('TALK "Tea or coffee?"\nHEAR drink AS "Tea", "Coffee"\nTALK drink + ", please."')
    world.devices(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "2")

    assert world.get_bot_messages(conversation) == ["Tea or coffee?", "Coffee, please."]
    assert get_quick_replies(world) == [["Tea", "Coffee"]]


def test_quick_replies_are_sent_without_a_message() -> None:
    world = ScriptWorld('HEAR first\nADD SUGGESTION "Yes"\nHEAR second\nTALK second')
    world.devices(ADA, "phone")
    conversation = world.start_conversation()
    world.send(conversation, "one")

    assert get_quick_replies(world) == [["Yes"]]
    assert world.get_bot_messages(conversation) == []


def test_only_the_last_question_has_quick_replies_if_two_turns_run_at_once() -> None:
    world = ScriptWorld('TALK "One?"\nHEAR a AS "1", "2"\nTALK "Two?"\nHEAR b AS "3", "4"')
    world.devices(ADA, "phone")
    world.conversations.start(ADA, bot_id=None, initial_message="1")
    world.run_the_bots()

    assert get_quick_replies(world) == [["3", "4"]]


def test_quick_reply_of_a_tool_runs_it_and_sends_its_result() -> None:
    world = ScriptWorld(
        'name = "Ada"\nADD SUGGESTION TOOL "greet" AS "Greet me"\nTALK "Well?"', {"greet": 'RETURN "Dear " + name'}
    )

    assert world.chat("greet me") == ["Well?", "Dear Ada"]


# ------------------------------------------------------------------------------------------------------- memory


def test_user_memory_is_available_in_the_users_next_conversation_only() -> None:
    script = 'name = GET USER MEMORY "name"\nIF name = "" THEN\nname = HEAR "Who are you?"\nEND IF\n'
    world = ScriptWorld(script + 'SET USER MEMORY "Name", name\nTALK "Hello " + name')

    assert world.chat("Ada") == ["Who are you?", "Hello Ada"]
    assert world.chat() == ["Hello Ada"]
    assert world.chat(owner=a_user("eve")) == ["Who are you?"]


def test_bot_memory_is_shared_by_all_users() -> None:
    world = ScriptWorld('SET BOT MEMORY "count", VAL(GET BOT MEMORY "count") + 1\nTALK GET BOT MEMORY "count"')

    assert world.chat() == ["1"]
    assert world.chat(owner=a_visitor()) == ["2"]


def test_visitor_memory_is_stored_in_the_conversation_only() -> None:
    world = ScriptWorld('HEAR name\nREMEMBER "name", name\nTALK "Noted."\nHEAR x\nTALK GET USER MEMORY "name"')

    assert world.chat("Eve", "Who am I?", owner=a_visitor()) == ["Noted.", "Eve"]
    assert world.memory.remembered == {}


def test_oldest_visitor_memories_are_dropped_first() -> None:
    world = ScriptWorld(
        'long = "x"\nFOR n = 1 TO 14\nlong = long + long\nNEXT\nFOR i = 1 TO 5\nREMEMBER "thing" + i, long + i\nNEXT\n'
        'TALK "Noted."\nHEAR x\nTALK LEN(GET USER MEMORY "thing1")\nTALK LEN(GET USER MEMORY "thing5")'
    )

    assert world.chat("And?", owner=a_visitor()) == ["Noted.", "0", "16385"]


# -------------------------------------------------------------------------------------------------- data, requests


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
def test_unknown_knowledge_base_is_a_fault(keyword: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(
        f'HEAR which\n{keyword} which\nUSE TOOL "greet"\nTALK "Ready."',
        {"greet": 'TALK "Hello"'},
        collections=frozenset({"prices"}),
    )

    assert world.chat("prices") == ["Ready."]
    with caplog.at_level(logging.ERROR):
        assert world.chat("secrets") == [config.BROKEN]
    assert "start.bas:2:1: the bot has no knowledge base" in caplog.text


# ------------------------------------------------------------------------------------------------------- faults


def test_failing_script_sends_the_error_message_and_logs_the_position(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('TALK "Dividing."\nTALK 1 / 0', error_message="Something is wrong with me.")

    with caplog.at_level(logging.ERROR):
        assert world.chat("Hello?") == ["Dividing.", "Something is wrong with me.", config.NO_MODEL]

    assert "start.bas:2:" in caplog.text


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
        assert world.chat() == ["Here we go.", config.BROKEN]

    assert sentence in caplog.text
    assert "start.bas:" in caplog.text


def test_turn_times_out_after_twenty_seconds(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('FOR i = 1 TO 9\nGET "https://slow.example/"\nTALK i\nNEXT')
    world.web.takes = 8

    with caplog.at_level(logging.ERROR):
        messages = world.chat()

    assert messages == ["1", "2", config.BROKEN]
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

    assert world.get_bot_messages(conversation) == ["Hello Ada", config.BROKEN, "Who?", "Welcome Eve"]
    assert "dialog lost" in caplog.text


def test_bot_with_a_lost_version_is_retried() -> None:
    world = ScriptWorld(ASKS)
    world.programs.texts.clear()
    conversation = world.holds(a_conversation(ADA))

    with pytest.raises(ProgramNotFoundError):
        world.turn_service.handle(GreetJob(session_id=conversation.id))

    assert world.get_bot_messages(conversation) == []


def test_state_of_another_engine_is_ignored() -> None:
    world = ScriptWorld('HEAR x\nTALK "You said " + x')
    conversation = world.holds(a_conversation(ADA))
    world.memory.states[conversation.id] = '{"misses": 2}'

    world.send(conversation, "hello")

    assert world.get_bot_messages(conversation) == ["You said hello"]


def test_response_of_a_web_service_is_available() -> None:
    world = ScriptWorld('answer = GET "https://api.example/order"\nTALK answer.state')
    world.web.answers = [an_answer({"state": "on its way"})]

    assert world.chat() == ["on its way"]


# ------------------------------------------------------------------------------------------------------- signing in

MEMBERS = """
HEAR topic WITH "What is it about?"
HEAR who AS LOGIN WITH "Please sign in to go on."
SET USER MEMORY "topic", topic
TALK "Thank you, " + who + ": " + topic
"""


def test_login_returns_the_subject_of_a_signed_in_user() -> None:
    world = ScriptWorld(MEMBERS)

    assert world.chat("a bill") == ["What is it about?", "Thank you, ada: a bill"]


def test_login_does_not_accept_a_visitor() -> None:
    world = ScriptWorld('HEAR who AS LOGIN DEFAULT "nobody"\nTALK who')

    assert world.chat("a", "b", "c", owner=a_visitor())[-1] == "nobody"


def test_login_accepts_a_visitor_who_signs_in_before_the_answer() -> None:
    world, visitor = ScriptWorld(MEMBERS), a_visitor()
    conversation = world.start_conversation(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.send(conversation, "a bill", visitor)
    world.send(conversation, "I am Ada", visitor)

    world.claims.claim(ADA, f"{conversation.id}.secret")
    world.send(conversation, "here I am")

    messages = world.get_bot_messages(conversation)
    assert messages[1] == "Please sign in to go on."
    assert "sign in" in messages[2]
    assert messages[3:] == ["Thank you, ada: a bill"]
    assert [key.owner for key in world.memory.remembered] == [ADA.owner]


def test_message_sent_before_and_answered_after_a_claim_is_one_turn() -> None:
    world, visitor = ScriptWorld(MEMBERS), a_visitor()
    conversation = world.start_conversation(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.send(conversation, "a bill", visitor)
    message = world.messages.send(visitor, conversation.id, a_draft("wait for me"))

    world.claims.claim(ADA, f"{conversation.id}.secret")
    world.run_the_bots()
    world.turn_service.handle(AnswerJob(session_id=conversation.id, message_id=message.id))

    assert world.get_bot_messages(conversation)[2:] == ["Thank you, ada: a bill"]


REMEMBERS = """
SET USER MEMORY "name", "visitor"
FOR i = 1 TO 15
    SET USER MEMORY "m" + i, i
NEXT
HEAR x
DO
    HEAR x
    FOR i = 1 TO 15
        SET BOT MEMORY "b" + i, i
    NEXT
    TALK (GET USER MEMORY "name") + (GET USER MEMORY "m1") + (GET USER MEMORY "m15")
LOOP
"""


def test_visitor_memories_are_transferred_to_the_user_after_a_claim() -> None:
    world, visitor = ScriptWorld(REMEMBERS), a_visitor()
    conversation = world.start_conversation(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.send(conversation, "hello", visitor)
    assert world.memory.remembered == {}
    InMemoryMemoryStore(world.memory).remember({build_memory_key("default", "name", ADA.owner): "Ada"})

    world.claims.claim(ADA, f"{conversation.id}.secret")
    transferred = []
    for _ in range(4):
        before = len(world.memory.remembered)
        world.send(conversation, "and?")
        transferred.append(len(world.memory.remembered) - before)

    # A turn changes at most twenty memories, of which the script sets fifteen here; the user's existing memory stays.
    assert transferred == [15 + 4, 5, 5, 1]
    assert world.get_bot_messages(conversation) == ["Ada115"] * 4
    memories = {key.name: value for key, value in world.memory.remembered.items() if key.owner == ADA.owner}
    assert memories == {"name": '"Ada"', **{f"m{number}": f"{number}" for number in range(1, 16)}}
    assert "remembered" not in json.loads(world.memory.states[conversation.id])


# ------------------------------------------------------------------------------------------------- limits of the output


def test_script_with_too_many_messages_fails_and_the_earlier_ones_are_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = ScriptWorld('row = "secret"\nDO WHILE LEN(row) < 7000\nrow = row + row\nLOOP\nDO\nTALK row\nLOOP')

    with caplog.at_level(logging.WARNING):
        messages = world.chat()

    assert "start.bas:6:1: the turn sends more than 64 messages of 8,000 characters" in caplog.text
    assert "secret" not in caplog.text
    assert len(messages) == 64
    text, _, apology = messages[-1].rpartition("\n")
    assert apology == config.BROKEN
    assert "".join([*messages[:-1], text]).replace("\n", "") == "secret" * 2_048 * 32


def test_tool_with_too_long_a_result_fails(caplog: pytest.LogCaptureFixture) -> None:
    tool = 'row = "x"\nDO WHILE LEN(row) < 130000\nrow = row + row\nLOOP\nTALK row\nTALK row\nTALK row\nRETURN row'
    world = ScriptWorld('ADD SUGGESTION TOOL "all" AS "All"\nUSE TOOL "all"\nTALK "Well?"', {"all": tool})

    with caplog.at_level(logging.ERROR):
        messages = world.chat("All")

    assert "".join(messages).replace("\n", "") == "Well?" + "x" * 3 * 131_072 + config.BROKEN
    assert "script failed: all.bas:" in caplog.text
    assert "the turn sends more than 64 messages of 8,000 characters" in caplog.text


@pytest.mark.parametrize("nothing", ['""', "NOTHING", '"   "', '"\t"'])
def test_empty_talk_sends_no_message(nothing: str) -> None:
    world = ScriptWorld(f'TALK "before"\nTALK {nothing}\nHEAR x WITH ""\nTALK "after " + x')

    assert world.chat("all") == ["before", "after all"]


def test_turn_without_messages_continues() -> None:
    world = ScriptWorld('TALK ""\nHEAR x\nTALK x')
    world.devices(ADA, "phone")

    assert world.chat("hello") == ["hello"]


def test_messages_beyond_the_limit_with_pauses_are_all_sent() -> None:
    world = ScriptWorld("FOR i = 1 TO 90\nTALK i\nWAIT 1\nNEXT")

    assert "\n".join(world.chat()).split() == [str(number) for number in range(1, 91)]


# ---------------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize("locale", ["pt-BR", "pt_PT", "PT"])
def test_built_in_sentences_are_portuguese_for_portuguese_locales(locale: str) -> None:
    script = 'HEAR n AS INTEGER\nHEAR cor AS "Azul", "Verde"\nTALK n + cor\nHEAR x\nTALK 1 / 0'
    world = ScriptWorld(script, locale=locale)

    assert world.chat("muitos", "3", "Roxo", "verde", "e agora?", "mais?") == [
        "Por favor, informe um número inteiro, como 42.",
        "Por favor, escolha uma destas opções: Azul, Verde.",
        "3Verde",
        "Desculpe, algo deu errado do meu lado.",
        "Já disse tudo o que meu roteiro sabe, e não tenho um modelo de linguagem para continuar.",
    ]


@pytest.mark.parametrize("locale", ["en", "de-DE", "ptx"])
def test_built_in_sentences_are_english_for_other_locales(locale: str) -> None:
    world = ScriptWorld('HEAR cor AS "Azul", "Verde"\nTALK 1 / 0', locale=locale)

    assert world.chat("Roxo", "1", "?") == ["Please choose one of these: Azul, Verde.", config.BROKEN, config.NO_MODEL]


def test_configured_sentences_replace_the_built_in_ones() -> None:
    world = ScriptWorld("TALK 1 / 0", locale="pt-BR", error_message="Opa!", fallback_message="Tchau!")

    assert world.chat("?") == ["Opa!", "Tchau!"]
