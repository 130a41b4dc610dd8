"""Who may read and write a bot's tables: whose groups count, turn by turn."""

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
    ("owner", "said"),
    [(ADA_OF_HR, "found 0"), (ADA, "refused"), (a_visitor(), "refused")],
    ids=["hr", "user", "visitor"],
)
def test_a_bot_that_speaks_first_does_so_for_whom_began_the_conversation(owner: Principal, said: str) -> None:
    assert ScriptWorld(COUNTS).talk(owner=owner) == [said]


def test_the_groups_are_those_of_the_token_with_which_each_message_was_sent() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.opened(ADA)

    for sender in (ADA_OF_HR, ADA, a_user("ada", "sales"), ADA_OF_HR):
        world.says(conversation, "and now?", sender)

    assert world.told(conversation) == ["refused", "found 0", "refused", "refused", "found 0"]


def test_a_turn_that_waits_in_the_queue_has_the_groups_that_its_message_was_sent_with() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.opened(ADA)

    for sender in (ADA_OF_HR, ADA):
        world.messages.send(sender, conversation.id, a_draft("?"))
    world.run_the_bots()

    assert world.told(conversation) == ["refused", "found 0", "refused"]


def test_a_conversation_that_begins_with_a_message_begins_with_the_groups_of_its_sender() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.conversations.start(ADA_OF_HR, bot_id=None, initial_message="Hello")
    world.run_the_bots()

    assert world.told(conversation) == ["found 0", "found 0"]


def test_a_conversation_that_begins_over_rest_begins_with_the_groups_of_its_owner() -> None:
    world = ScriptWorld(COUNTS)
    conversation = world.conversations.start(ADA_OF_HR, bot_id=None, initial_message=None)
    world.run_the_bots()

    assert world.told(conversation) == ["found 0"]


def test_who_may_not_hears_one_polite_sentence_and_the_author_reads_why(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld(f'{STAFF}rows = FIND staff\nTALK "found"')

    with caplog.at_level(logging.ERROR):
        said = world.talk(owner=ADA)

    assert said == [config.SCRIPT_FAILED]
    assert "start.bas:5:8: only hr may read the table staff" in caplog.text


def test_no_device_is_told_of_groups() -> None:
    world = ScriptWorld(COUNTS)
    world.devices(ADA_OF_HR, "phone")
    conversation = world.holds(a_conversation(ADA_OF_HR))

    world.says(conversation, "Hello", ADA_OF_HR)

    frames = world.gateway.told["phone"]
    assert {"message", "typing"} <= {frame["type"] for frame in frames}
    assert not any("groups" in frame or "sales" in str(frame) for frame in frames)
