"""Access to a bot's tables: which groups apply in each turn."""

import logging

import pytest

from basic import config
from conversations.domain.principal import Principal
from tests.builders import a_conversation, a_draft, a_user, a_visitor
from tests.fakes.scripts import ScriptWorld

STAFF = """
TABLE staff READ BY "hr" WRITE BY "hr"
    id string key
END TABLE
"""
COUNTS = f"""{STAFF}
ON ERROR RESUME NEXT
DO
    rows = NOTHING
    rows = FIND staff
    IF ISNULL(rows) THEN
        TALK "refused"
    ELSE
        TALK "found " + UBOUND(rows)
    END IF
    HEAR more
LOOP
"""
ADA, ADA_OF_HR = a_user("ada"), a_user("ada", "hr", "sales")


@pytest.mark.parametrize(
    ("owner", "answer"),
    [(ADA_OF_HR, "found 0"), (ADA, "refused"), (a_visitor(), "refused")],
    ids=["hr", "user", "visitor"],
)
def test_greeting_has_the_groups_of_the_user_who_started_the_conversation(owner: Principal, answer: str) -> None:
    assert ScriptWorld(COUNTS).chat(owner=owner) == [answer]


def test_turn_has_the_groups_of_the_token_of_its_message() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.start_conversation(ADA)

    for sender in (ADA_OF_HR, ADA, a_user("ada", "sales"), ADA_OF_HR):
        world.send(conversation, "and now?", sender)

    assert world.get_bot_messages(conversation) == ["refused", "found 0", "refused", "refused", "found 0"]


def test_queued_turn_has_the_groups_of_the_time_of_sending() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.start_conversation(ADA)

    for sender in (ADA_OF_HR, ADA):
        world.messages.send(sender, conversation.id, a_draft("?"))
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["refused", "found 0", "refused"]


def test_initial_message_has_the_groups_of_its_sender() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.conversations.start(ADA_OF_HR, bot_id=None, initial_message="Hello")
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["found 0", "found 0"]


def test_conversation_started_over_rest_has_the_groups_of_its_owner() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.conversations.start(ADA_OF_HR, bot_id=None, initial_message=None)
    world.run_bots()

    assert world.get_bot_messages(conversation) == ["found 0"]


def test_denied_access_sends_a_generic_message_and_logs_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(f'{STAFF}rows = FIND staff\nTALK "found"')

    with caplog.at_level(logging.ERROR):
        messages = world.chat(owner=ADA)

    assert messages == [config.SCRIPT_FAILED]
    assert "start.bas:5:8: only hr may read the table staff" in caplog.text


def test_groups_are_not_sent_to_clients() -> None:
    world = ScriptWorld(COUNTS)
    world.add_connections(ADA_OF_HR, "phone")
    conversation = world.add_conversation(a_conversation(ADA_OF_HR))

    world.send(conversation, "Hello", ADA_OF_HR)

    frames = world.gateway.frames["phone"]
    assert {"message", "typing"} <= {frame["type"] for frame in frames}
    assert not any("groups" in frame or "sales" in str(frame) for frame in frames)
