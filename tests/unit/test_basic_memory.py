"""Memories of BASIC bots, and what happens to them when a visitor signs in."""

import json

from conversations.domain.jobs import AnswerJob
from conversations.domain.memory import build_memory_key
from conversations.domain.secrets import hash_secret
from tests.builders import a_draft, a_user, a_visitor, a_visitor_token
from tests.fakes.memory import InMemoryMemoryStore
from tests.fakes.scripts import ADA, ScriptWorld

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
    world.memory.token_hashes[conversation.id] = [hash_secret(a_visitor_token(conversation.id))]
    world.send(conversation, "a bill", visitor)
    world.send(conversation, "I am Ada", visitor)

    world.claims.claim(ADA, a_visitor_token(conversation.id))
    world.send(conversation, "here I am")

    messages = world.get_bot_messages(conversation)
    assert messages[1] == "Please sign in to go on."
    assert "sign in" in messages[2]
    assert messages[3:] == ["Thank you, ada: a bill"]
    assert [key.owner for key in world.memory.remembered] == [ADA.owner]


def test_message_sent_before_and_answered_after_a_claim_is_one_turn() -> None:
    world, visitor = ScriptWorld(MEMBERS), a_visitor()
    conversation = world.start_conversation(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(a_visitor_token(conversation.id))]
    world.send(conversation, "a bill", visitor)
    message = world.messages.send(visitor, conversation.id, a_draft("wait for me"))

    world.claims.claim(ADA, a_visitor_token(conversation.id))
    world.run_bots()
    world.turn_service.handle(AnswerJob(conversation_id=conversation.id, message_id=message.id))

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
    world.memory.token_hashes[conversation.id] = [hash_secret(a_visitor_token(conversation.id))]
    world.send(conversation, "hello", visitor)
    assert world.memory.remembered == {}
    InMemoryMemoryStore(world.memory).remember({build_memory_key("default", "name", ADA.owner): "Ada"})

    world.claims.claim(ADA, a_visitor_token(conversation.id))
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
