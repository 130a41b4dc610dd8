"""Bots that are written in the dialog language, as somebody who talks to them sees them."""

import json
import logging
from typing import Any

import pytest

from basic import config
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.memory import build_memory_key
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from conversations.engines.basic.programs import LostProgramError
from tests.builders import a_conversation, a_draft, a_user, a_visitor
from tests.fakes.memory import MemoryMemory
from tests.fakes.scripts import ADA, ScriptWorld, a_bundle, an_answer

ASKS = 'HEAR name\nTALK "Hello " + name\nHEAR town\nTALK name + " of " + town'

both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def texts(world: ScriptWorld) -> list[list[str]]:
    """Return the quick replies of each suggestion frame the phone got."""
    frames: list[dict[str, Any]] = world.gateway.told["phone"]
    return [[each["text"] for each in frame["suggestions"]] for frame in frames if frame["type"] == "suggestion"]


# ----------------------------------------------------------------------------------------------------- dialogs


@both_kinds_of_caller
def test_a_script_goes_on_where_it_waits_with_what_was_said(owner: Principal) -> None:
    world = ScriptWorld('TALK "Who are you?"\n' + ASKS)

    assert world.talk("Ada", "London", owner=owner) == ["Who are you?", "Hello Ada", "Ada of London"]


def test_several_talks_of_a_turn_keep_their_order_in_history_and_on_every_device() -> None:
    world = ScriptWorld('FOR i = 1 TO 12\nTALK "line " + i\nNEXT')
    world.devices(ADA, "phone", "laptop")

    conversation = world.opened()

    lines = [f"line {number}" for number in range(1, 13)]
    assert world.told(conversation) == lines
    for device in ("phone", "laptop"):
        assert [frame["content"] for frame in world.gateway.told[device] if frame["type"] == "message"] == lines


def test_a_conversation_that_begins_with_a_message_runs_the_script_first_and_the_message_answers_its_question() -> None:
    world = ScriptWorld('TALK "Welcome."\n' + ASKS)
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Ada")
    world.run_the_bots()

    assert world.told(conversation) == ["Welcome.", "Hello Ada"]


def test_a_message_that_begins_a_conversation_whose_script_asks_nothing_is_free_text() -> None:
    world = ScriptWorld('TALK "Welcome."', fallback_message="I know no more.")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message="Hello?")
    world.run_the_bots()

    assert world.told(conversation) == ["Welcome.", "I know no more."]


def test_what_is_said_after_the_end_is_answered_honestly() -> None:
    world = ScriptWorld('TALK "Bye."')

    assert world.talk("And now?") == ["Bye.", config.NO_MODEL]
    assert "language model" in config.NO_MODEL


def test_a_bot_without_a_script_to_begin_with_says_nothing_first_and_is_honest_then() -> None:
    world = ScriptWorld("x = 1")
    world.publish(a_bundle({"tool": 'TALK "I am a tool."'}))

    assert world.talk("Hello?") == [config.NO_MODEL]


def test_attachments_reach_the_script() -> None:
    world = ScriptWorld('HEAR photo AS IMAGE\nTALK "Thank you for " + photo')
    conversation = world.opened()

    world.says(conversation, "Here.", attachments=1)

    assert world.told(conversation) == ["Thank you for https://files.example/0.png"]


def test_the_settings_of_a_bot_are_variables_of_its_scripts() -> None:
    script = "TALK seats + 1\nTALK city\nIF open THEN TALK price"
    world = ScriptWorld(script, param_seats="4", param_city="Rome", param_open="true", param_price="2.5")

    assert world.talk() == ["5", "Rome", "2.5"]


def test_the_time_of_a_turn_is_that_of_the_message() -> None:
    world = ScriptWorld("HEAR x\nTALK NOW()")
    conversation = world.opened()
    world.clock.forward(hours=2)
    world.messages.send(ADA, conversation.id, a_draft("Now?"))
    world.clock.forward(hours=5)
    world.run_the_bots()

    (told,) = world.told(conversation)
    assert told == "2024-01-15 12:00:00"


def test_another_conversation_has_other_dice() -> None:
    world = ScriptWorld("TALK RANDOM(1, 1000000000)")

    assert world.talk() != world.talk()


# ------------------------------------------------------------------------------------------------- quick replies


def test_quick_replies_come_with_the_last_message_and_stay_for_free_text() -> None:
    world = ScriptWorld('ADD SUGGESTION "Prices"\nTALK "Hello."\nTALK "What would you like to know?"')
    world.devices(ADA, "phone")
    conversation = world.opened()
    world.says(conversation, "Whatever")

    assert texts(world) == [["Prices"], ["Prices"]]
    assert [len(each.suggestions) for each in world.stored(conversation.id)] == [0, 1, 0, 1]


def test_a_menu_offers_its_options_and_nothing_of_it_is_left_when_it_is_answered() -> None:
    world = ScriptWorld('TALK "Tea or coffee?"\nHEAR drink AS "Tea", "Coffee"\nTALK drink + ", please."')
    world.devices(ADA, "phone")
    conversation = world.opened()
    world.says(conversation, "2")

    assert world.told(conversation) == ["Tea or coffee?", "Coffee, please."]
    assert texts(world) == [["Tea", "Coffee"]]


def test_quick_replies_without_a_message_are_shown_all_the_same() -> None:
    world = ScriptWorld('HEAR first\nADD SUGGESTION "Yes"\nHEAR second\nTALK second')
    world.devices(ADA, "phone")
    conversation = world.opened()
    world.says(conversation, "one")

    assert texts(world) == [["Yes"]]
    assert world.told(conversation) == []


def test_only_the_last_question_offers_its_options_when_two_turns_are_one() -> None:
    world = ScriptWorld('TALK "One?"\nHEAR a AS "1", "2"\nTALK "Two?"\nHEAR b AS "3", "4"')
    world.devices(ADA, "phone")
    world.conversations.start(ADA, bot_id=None, initial_message="1")
    world.run_the_bots()

    assert texts(world) == [["3", "4"]]


def test_a_tools_quick_reply_runs_the_tool_and_says_what_it_returns() -> None:
    world = ScriptWorld(
        'name = "Ada"\nADD SUGGESTION TOOL "greet" AS "Greet me"\nTALK "Well?"', {"greet": 'RETURN "Dear " + name'}
    )

    assert world.talk("greet me") == ["Well?", "Dear Ada"]


# ------------------------------------------------------------------------------------------------------- memory


def test_what_is_remembered_of_a_user_is_known_in_the_next_conversation_and_to_nobody_else() -> None:
    script = 'name = GET USER MEMORY "name"\nIF name = "" THEN\nname = HEAR "Who are you?"\nEND IF\n'
    world = ScriptWorld(script + 'SET USER MEMORY "Name", name\nTALK "Hello " + name')

    assert world.talk("Ada") == ["Who are you?", "Hello Ada"]
    assert world.talk() == ["Hello Ada"]
    assert world.talk(owner=a_user("eve")) == ["Who are you?"]


def test_what_a_bot_remembers_is_known_to_everybody() -> None:
    world = ScriptWorld('SET BOT MEMORY "count", VAL(GET BOT MEMORY "count") + 1\nTALK GET BOT MEMORY "count"')

    assert world.talk() == ["1"]
    assert world.talk(owner=a_visitor()) == ["2"]


def test_of_a_visitor_nothing_is_remembered_but_in_the_conversation_itself() -> None:
    world = ScriptWorld('HEAR name\nREMEMBER "name", name\nTALK "Noted."\nHEAR x\nTALK GET USER MEMORY "name"')

    assert world.talk("Eve", "Who am I?", owner=a_visitor()) == ["Noted.", "Eve"]
    assert world.memory.remembered == {}


def test_the_newest_of_what_is_remembered_of_a_visitor_stays() -> None:
    world = ScriptWorld(
        'long = "x"\nFOR n = 1 TO 14\nlong = long + long\nNEXT\nFOR i = 1 TO 5\nREMEMBER "thing" + i, long + i\nNEXT\n'
        'TALK "Noted."\nHEAR x\nTALK LEN(GET USER MEMORY "thing1")\nTALK LEN(GET USER MEMORY "thing5")'
    )

    assert world.talk("And?", owner=a_visitor()) == ["Noted.", "0", "16385"]


# -------------------------------------------------------------------------------------------------- data, requests


def test_the_data_of_a_bot_outlives_its_conversations() -> None:
    world = ScriptWorld('TALK UBOUND(FIND "notes")\nINSERT "notes", #{text: "hello"}')

    assert world.talk() == ["0"]
    assert world.talk() == ["1"]


def test_a_request_names_its_turn_and_step_unless_the_script_names_it_otherwise() -> None:
    shop = '"https://shop.example/"'
    world = ScriptWorld(f'POST {shop}, "x"\nSET HEADER "Idempotency-Key", "mine"\nPUT {shop}, 1')
    conversation = world.opened()

    assert [hop.headers["Idempotency-Key"] for hop in world.web.asked] == [f"{conversation.id}:open:1", "mine"]


def test_a_request_waits_ten_seconds_and_never_beyond_the_end_of_the_turn() -> None:
    world = ScriptWorld('FOR i = 1 TO 3\nGET "https://slow.example/"\nNEXT\nTALK "Done."')
    world.web.takes = 6

    assert world.talk() == ["Done."]
    assert [hop.seconds for hop in world.web.asked] == [10, 10, 8]


@pytest.mark.parametrize("keyword", ["USE KB", "CLEAR KB"])
def test_knowledge_bases_and_tools_must_be_in_the_package(keyword: str, caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(
        f'HEAR which\n{keyword} which\nUSE TOOL "greet"\nTALK "Ready."',
        {"greet": 'TALK "Hello"'},
        collections=frozenset({"prices"}),
    )

    assert world.talk("prices") == ["Ready."]
    with caplog.at_level(logging.ERROR):
        assert world.talk("secrets") == [config.SCRIPT_FAILED]
    assert "start.bas:2:1: the bot has no knowledge base" in caplog.text


# ------------------------------------------------------------------------------------------------------- faults


def test_a_script_that_breaks_says_one_sentence_and_the_log_says_where(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('TALK "Dividing."\nTALK 1 / 0', error_message="Something is wrong with me.")

    with caplog.at_level(logging.ERROR):
        assert world.talk("Hello?") == ["Dividing.", "Something is wrong with me.", config.NO_MODEL]

    assert "start.bas:2:" in caplog.text


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("DO WHILE TRUE\nx = 1\nLOOP", "instructions"),
        ("SUB again()\nCALL again()\nEND SUB\nCALL again()", "calls"),
        ('FOR i = 1 TO 21\nREMEMBER "n" + i, i\nNEXT', "remembers more than 20 names"),
    ],
)
def test_a_script_that_exceeds_a_budget_ends_and_the_log_says_which(
    script: str, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = ScriptWorld('TALK "Here we go."\n' + script)

    with caplog.at_level(logging.ERROR):
        assert world.talk() == ["Here we go.", config.SCRIPT_FAILED]

    assert sentence in caplog.text
    assert "start.bas:" in caplog.text


def test_a_turn_takes_twenty_seconds_at_most(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('FOR i = 1 TO 9\nGET "https://slow.example/"\nTALK i\nNEXT')
    world.web.takes = 8

    with caplog.at_level(logging.ERROR):
        told = world.talk()

    assert told == ["1", "2", config.SCRIPT_FAILED]
    assert "start.bas:2:1: slow.example did not answer" in caplog.text


def test_what_a_script_prints_is_in_the_log_only_where_somebody_asks_for_it(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('PRINT "a secret"')
    with caplog.at_level(logging.INFO):
        world.talk()
    assert "a secret" not in caplog.text

    with caplog.at_level(logging.DEBUG):
        world.talk()
    assert "a secret" in caplog.text


def test_no_message_is_logged_when_a_script_breaks(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('HEAR secret\nTALK "x" * 2')

    with caplog.at_level(logging.INFO):
        world.talk("my password")

    assert "my password" not in caplog.text


# ------------------------------------------------------------------------------------------------------ versions


def test_a_dialog_inside_a_script_goes_on_with_its_version_and_a_new_one_begins_with_the_new() -> None:
    world = ScriptWorld('HEAR x\nTALK "old: " + x')
    before = world.opened()
    world.publish(a_bundle({"start": 'TALK "new"\nHEAR x\nTALK "new: " + x'}))

    world.says(before, "hello")
    assert world.told(before) == ["old: hello"]
    assert world.talk("hello") == ["new", "new: hello"]


def test_a_dialog_that_has_ended_goes_on_with_the_new_version() -> None:
    world = ScriptWorld('TALK "Bye."', fallback_message="old")
    before = world.opened()
    world.publish(a_bundle({"start": 'TALK "Hi."'}, fallback_message="new"))

    world.says(before, "hello")
    assert world.told(before) == ["Bye.", "new"]


def test_a_dialog_whose_version_is_lost_says_so_and_begins_anew(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened()
    world.says(conversation, "Ada")
    world.programs.texts.clear()
    world.publish(a_bundle({"start": 'name = HEAR "Who?"\nTALK "Welcome " + name'}))

    with caplog.at_level(logging.ERROR):
        world.says(conversation, "London")
    world.says(conversation, "Eve")

    assert world.told(conversation) == ["Hello Ada", config.SCRIPT_FAILED, "Who?", "Welcome Eve"]
    assert "dialog lost" in caplog.text


def test_a_bot_whose_own_version_is_lost_is_tried_again() -> None:
    world = ScriptWorld(ASKS)
    world.programs.texts.clear()
    conversation = world.holds(a_conversation(ADA))

    with pytest.raises(LostProgramError):
        world.replies.handle(GreetJob(session_id=conversation.id))

    assert world.told(conversation) == []


def test_a_bot_that_had_another_engine_before_begins_anew() -> None:
    world = ScriptWorld('HEAR x\nTALK "You said " + x')
    conversation = world.holds(a_conversation(ADA))
    world.memory.states[conversation.id] = '{"misses": 2}'

    world.says(conversation, "hello")

    assert world.told(conversation) == ["You said hello"]


def test_what_another_service_answers_is_seen() -> None:
    world = ScriptWorld('answer = GET "https://api.example/order"\nTALK answer.state')
    world.web.answers = [an_answer({"state": "on its way"})]

    assert world.talk() == ["on its way"]


# ------------------------------------------------------------------------------------------------------- signing in

MEMBERS = """
HEAR topic WITH "What is it about?"
HEAR who AS LOGIN WITH "Please sign in to go on."
SET USER MEMORY "topic", topic
TALK "Thank you, " + who + ": " + topic
"""


def test_a_user_is_known_by_what_the_token_calls_them_and_asked_nothing() -> None:
    world = ScriptWorld(MEMBERS)

    assert world.talk("a bill") == ["What is it about?", "Thank you, ada: a bill"]


def test_nobody_is_taken_for_a_user_whatever_their_conversation_is_called() -> None:
    world = ScriptWorld('HEAR who AS LOGIN DEFAULT "nobody"\nTALK who')

    assert world.talk("a", "b", "c", owner=a_visitor())[-1] == "nobody"


def test_a_visitor_who_signs_in_between_question_and_answer_answers_as_a_user() -> None:
    world, visitor = ScriptWorld(MEMBERS), a_visitor()
    conversation = world.opened(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.says(conversation, "a bill", visitor)
    world.says(conversation, "I am Ada", visitor)

    world.claims.claim(ADA, f"{conversation.id}.secret")
    world.says(conversation, "here I am")

    told = world.told(conversation)
    assert told[1] == "Please sign in to go on."
    assert "sign in" in told[2]
    assert told[3:] == ["Thank you, ada: a bill"]
    assert [key.owner for key in world.memory.remembered] == [ADA.owner]


def test_what_a_visitor_said_before_signing_in_and_is_answered_after_it_is_one_turn() -> None:
    world, visitor = ScriptWorld(MEMBERS), a_visitor()
    conversation = world.opened(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.says(conversation, "a bill", visitor)
    message = world.messages.send(visitor, conversation.id, a_draft("wait for me"))

    world.claims.claim(ADA, f"{conversation.id}.secret")
    world.run_the_bots()
    world.replies.handle(AnswerJob(session_id=conversation.id, message_id=message.id))

    assert world.told(conversation)[2:] == ["Thank you, ada: a bill"]


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


def test_what_a_bot_remembers_of_a_visitor_lies_with_the_users_memories_once_the_visitor_has_signed_in() -> None:
    world, visitor = ScriptWorld(REMEMBERS), a_visitor()
    conversation = world.opened(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.says(conversation, "hello", visitor)
    assert world.memory.remembered == {}
    MemoryMemory(world.memory).remember({build_memory_key("default", "name", ADA.owner): "Ada"})

    world.claims.claim(ADA, f"{conversation.id}.secret")
    taken_along = []
    for _ in range(4):
        before = len(world.memory.remembered)
        world.says(conversation, "and?")
        taken_along.append(len(world.memory.remembered) - before)

    # A turn changes at most twenty names, of which the script changes fifteen here; what the user's own were stays.
    assert taken_along == [15 + 4, 5, 5, 1]
    assert world.told(conversation) == ["Ada115"] * 4
    mine = {key.name: value for key, value in world.memory.remembered.items() if key.owner == ADA.owner}
    assert mine == {"name": '"Ada"', **{f"m{number}": f"{number}" for number in range(1, 16)}}
    assert "remembered" not in json.loads(world.memory.states[conversation.id])


# ------------------------------------------------------------------------------------------------- how much is said


def test_a_script_that_says_more_than_a_turn_holds_is_told_where_and_the_user_gets_all_that_was_said_before(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = ScriptWorld('row = "secret"\nDO WHILE LEN(row) < 7000\nrow = row + row\nLOOP\nDO\nTALK row\nLOOP')

    with caplog.at_level(logging.WARNING):
        told = world.talk()

    assert "start.bas:6:1: the turn says more than 64 messages of 8,000 characters hold" in caplog.text
    assert "secret" not in caplog.text
    assert len(told) == 64
    said, _, sorry = told[-1].rpartition("\n")
    assert sorry == config.SCRIPT_FAILED
    assert "".join([*told[:-1], said]).replace("\n", "") == "secret" * 2_048 * 32


def test_a_tool_that_returns_more_than_a_turn_holds_is_told_so(caplog: pytest.LogCaptureFixture) -> None:
    tool = 'row = "x"\nDO WHILE LEN(row) < 130000\nrow = row + row\nLOOP\nTALK row\nTALK row\nTALK row\nRETURN row'
    world = ScriptWorld('ADD SUGGESTION TOOL "all" AS "All"\nUSE TOOL "all"\nTALK "Well?"', {"all": tool})

    with caplog.at_level(logging.ERROR):
        told = world.talk("All")

    assert "".join(told).replace("\n", "") == "Well?" + "x" * 3 * 131_072 + config.SCRIPT_FAILED
    assert "script failed: all.bas:" in caplog.text
    assert "the turn says more than 64 messages of 8,000 characters hold" in caplog.text


@pytest.mark.parametrize("nothing", ['""', "NOTHING", '"   "', '"\t"'])
def test_talking_of_nothing_says_nothing(nothing: str) -> None:
    world = ScriptWorld(f'TALK "before"\nTALK {nothing}\nHEAR x WITH ""\nTALK "after " + x')

    assert world.talk("all") == ["before", "after all"]


def test_a_bot_that_has_nothing_to_say_says_nothing_and_goes_on() -> None:
    world = ScriptWorld('TALK ""\nHEAR x\nTALK x')
    world.devices(ADA, "phone")

    assert world.talk("hello") == ["hello"]


def test_a_countdown_of_more_steps_than_a_turn_has_messages_is_told_to_its_end() -> None:
    world = ScriptWorld("FOR i = 1 TO 90\nTALK i\nWAIT 1\nNEXT")

    assert "\n".join(world.talk()).split() == [str(number) for number in range(1, 91)]


# ---------------------------------------------------------------------------------------------------------- languages


@pytest.mark.parametrize("locale", ["pt-BR", "pt_PT", "PT"])
def test_a_bot_of_brazil_says_what_it_says_by_itself_in_portuguese(locale: str) -> None:
    script = 'HEAR n AS INTEGER\nHEAR cor AS "Azul", "Verde"\nTALK n + cor\nHEAR x\nTALK 1 / 0'
    world = ScriptWorld(script, locale=locale)

    assert world.talk("muitos", "3", "Roxo", "verde", "e agora?", "mais?") == [
        "Por favor, informe um número inteiro, como 42.",
        "Por favor, escolha uma destas opções: Azul, Verde.",
        "3Verde",
        "Desculpe, algo deu errado do meu lado.",
        "Meu roteiro terminou, e não tenho um modelo de linguagem para continuar.",
    ]


@pytest.mark.parametrize("locale", ["en", "de-DE", "ptx"])
def test_a_bot_of_a_language_that_has_no_sentences_speaks_english(locale: str) -> None:
    world = ScriptWorld('HEAR cor AS "Azul", "Verde"\nTALK 1 / 0', locale=locale)

    assert world.talk("Roxo", "1", "?") == [
        "Please choose one of these: Azul, Verde.",
        config.SCRIPT_FAILED,
        config.NO_MODEL,
    ]


def test_a_bot_of_brazil_says_its_own_sentences_as_its_configuration_has_them() -> None:
    world = ScriptWorld("TALK 1 / 0", locale="pt-BR", error_message="Opa!", fallback_message="Tchau!")

    assert world.talk("?") == ["Opa!", "Tchau!"]
