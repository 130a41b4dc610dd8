"""Redaction of secrets: passwords and card numbers that a bot asks for."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basic import config
from conversations.domain.conversation import Conversation
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests.builders import a_draft, a_user, a_visitor, a_visitor_token
from tests.fakes.crashes import CrashedError, Dependency, Function
from tests.fakes.scripts import ADA, ScriptWorld, a_bundle

PASSWORD, SHORT, HIDDEN = "Tr0ub4dor&3", "Tr0ub4", "********"
ASKS = """
HEAR key AS PASSWORD WITH "Choose a password."
TALK "I have " + key
HEAR more
TALK more
SAVE "log", 1, more
"""
"""It uses a service, so that its turns are announced."""


both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def everything(world: ScriptWorld) -> str:
    """Return everything that is stored or queued."""
    return f"{world.memory!r} {world.journals!r}"


def get_stored_messages(world: ScriptWorld, conversation: Conversation) -> list[str]:
    """Return the user's messages as they are stored."""
    return [message.content for message in world.list_messages(conversation.id) if message.sender == "user"]


def get_shown(world: ScriptWorld, device: str) -> list[str]:
    """Return the messages that a connection received, in order."""
    frames: list[dict[str, Any]] = world.gateway.frames[device]
    return [frame["content"] for frame in frames if frame["type"] == "message"]


@both_kinds_of_caller
def test_password_is_stored_as_a_placeholder(owner: Principal) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation(owner)
    world.send(conversation, PASSWORD, owner)
    world.send(conversation, "thank you", owner)

    assert get_stored_messages(world, conversation) == [HIDDEN, "thank you"]
    assert world.get_bot_messages(conversation) == ["Choose a password.", "I have ********", "thank you"]
    assert PASSWORD not in everything(world)


def test_invalid_passwords_are_redacted_too() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    for number in range(3):
        world.send(conversation, f"pw-{number}")

    assert get_stored_messages(world, conversation) == [HIDDEN] * 3
    assert world.get_bot_messages(conversation)[-1] == "I have"
    assert "pw-" not in everything(world)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("4111 1111 1111 1111", "4111 **** **** 1111"),
        ("4111111111111112", "*" * 16),
        ("it is 4111-1111-1111-1111, 12/30", "it is ****-****-****-****, **/**"),
        ("Why?", "Why?"),
    ],
)
def test_card_number_is_stored_as_the_script_receives_it(sent: str, stored: str) -> None:
    world = ScriptWorld('HEAR card AS CREDITCARD\nTALK "Thank you"')
    world.add_connections(ADA, "laptop")
    conversation = world.start_conversation()
    world.send(conversation, sent)

    assert get_stored_messages(world, conversation) == [stored]
    assert get_shown(world, "laptop")[0] == stored
    assert stored == sent or sent not in everything(world)


def test_all_connections_get_the_placeholder_before_the_answer() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    world.add_connections(ADA, "phone", "laptop")
    world.messages.send(ADA, conversation.id, a_draft(PASSWORD), connection_id="phone")
    world.run_bots()

    assert get_shown(world, "laptop") == [HIDDEN, "I have ********"]
    # The phone, which sent it, replaces what it shows.
    assert get_shown(world, "phone") == [HIDDEN, "I have ********"]
    assert world.gateway.frames["laptop"][0]["type"] == "typing"
    assert PASSWORD not in json.dumps(world.gateway.frames)


def test_redelivered_job_sends_the_placeholder_to_the_sender() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    world.add_connections(ADA, "phone")
    message = world.messages.send(ADA, conversation.id, a_draft(PASSWORD), connection_id="phone")
    world.run_bots()
    # The function has crashed after the turn, before it sent a frame.
    world.gateway.frames.clear()

    job = AnswerJob(conversation_id=conversation.id, message_id=message.id, connection_id="phone")
    world.retries.turn_service.handle(job)

    assert get_shown(world, "phone") == [HIDDEN, "I have ********"]


def test_message_that_is_not_redacted_is_not_sent_back() -> None:
    world = ScriptWorld('HEAR card AS CREDITCARD\nTALK "Thank you"')
    conversation = world.start_conversation()
    world.add_connections(ADA, "phone", "laptop")
    world.messages.send(ADA, conversation.id, a_draft("Why?"), connection_id="phone")
    world.run_bots()

    assert get_shown(world, "laptop")[0] == "Why?"
    assert "Why?" not in get_shown(world, "phone")


def test_other_answers_are_sent_to_other_connections_before_the_turn() -> None:
    world = ScriptWorld('HEAR name\nTALK "Hello " + name\nSAVE "log", 1, name')
    world.add_connections(ADA, "laptop")
    conversation = world.start_conversation()
    world.send(conversation, "Ada")

    assert [frame["type"] for frame in world.gateway.frames["laptop"]] == ["message", "typing", "message"]


def test_initial_message_that_is_a_password_is_redacted() -> None:
    world = ScriptWorld(ASKS)
    world.add_connections(ADA, "laptop")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message=PASSWORD)
    world.run_bots()

    assert get_stored_messages(world, conversation) == [HIDDEN]
    assert PASSWORD not in everything(world) + json.dumps(world.gateway.frames)


def test_replay_contains_the_placeholder() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    world.send(conversation, PASSWORD)
    world.add_connections(ADA, "phone")

    world.resume.resume(ADA, "phone", conversation_id=conversation.id, after=None)

    assert get_shown(world, "phone") == ["Choose a password.", HIDDEN, "I have ********"]


def test_conversation_list_shows_the_placeholder() -> None:
    world = ScriptWorld("HEAR key AS PASSWORD\nHEAR more")
    conversation = world.start_conversation()
    world.send(conversation, PASSWORD)

    assert world.memory.conversations[conversation.id].last_message == HIDDEN


def test_password_is_redacted_if_the_script_fails(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('HEAR key AS PASSWORD\nPRINT key\nx = 1 / (LEN(key) - 8)\nTALK "never"')
    with caplog.at_level(logging.DEBUG):
        conversation = world.start_conversation()
        world.send(conversation, PASSWORD)

    assert get_stored_messages(world, conversation) == [HIDDEN]
    assert "script failed" in caplog.text
    assert PASSWORD not in caplog.text + everything(world)


@pytest.mark.parametrize("lost", ["version", "format"])
def test_password_is_redacted_if_the_dialog_is_lost(lost: str) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation()
    if lost == "version":
        world.programs.texts.clear()
        world.publish(a_bundle({"start": "HEAR other"}))
    else:
        states = world.memory.states
        states[conversation.id] = states[conversation.id].replace('"format": 1', '"format": 0')
    world.send(conversation, PASSWORD)

    assert world.get_bot_messages(conversation)[-1] == config.SCRIPT_FAILED
    assert get_stored_messages(world, conversation) == [HIDDEN]
    assert PASSWORD not in everything(world)


@both_kinds_of_caller
def test_retry_of_redacted_message_is_known_by_its_id_alone(owner: Principal) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.start_conversation(owner)
    draft = a_draft(PASSWORD, client_message_id="a", attachments=2)
    first = world.messages.send(owner, conversation.id, draft)
    world.run_bots()
    before = world.list_messages(conversation.id)

    again = world.messages.send(owner, conversation.id, draft)
    world.run_bots()

    assert (again.id, again.seq, again.timestamp) == (first.id, first.seq, first.timestamp)
    assert world.list_messages(conversation.id) == before
    # Nothing of the content is stored, so the id alone identifies the message.
    other = world.messages.send(owner, conversation.id, a_draft(PASSWORD + "!", client_message_id="a", attachments=2))
    assert other.id == first.id
    assert world.list_messages(conversation.id) == before
    assert PASSWORD not in everything(world)


def test_claimed_conversation_contains_the_placeholder() -> None:
    world, visitor = ScriptWorld(ASKS), a_visitor()
    conversation = world.start_conversation(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(a_visitor_token(conversation.id))]
    world.send(conversation, PASSWORD, visitor)

    world.claims.claim(a_user("ada"), a_visitor_token(conversation.id))
    world.send(conversation, "more", ADA)

    assert get_stored_messages(world, conversation) == [HIDDEN, "more"]
    assert PASSWORD not in everything(world)


class Vault(ScriptWorld):
    """A bot that asks for a password and sends it to tables and web services."""

    def __init__(self) -> None:
        self.function = Function()
        script = """
HEAR key AS PASSWORD WITH "Choose a password."
answer = POST "https://vault.example/keys", #{key: key}
SET USER MEMORY "key", key
INSERT "keys", #{key: key}
TALK "I have " + key
"""
        super().__init__(script, between=lambda dependency: Dependency(dependency, self))
        self.add_connections(ADA, "phone", "laptop")
        self.conversation = self.start_conversation()

    def run(self, work: AnswerJob, step: int, *, after: bool) -> None:
        """Run the job in a function that crashes at a step; 0 is never."""
        self.function = Function(step, after)
        self.other_engines["basic"] = self.cold_engine()
        try:
            self.retries.turn_service.handle(work)
        except CrashedError:
            assert self.function.crashed
        self.function = Function()


@settings(max_examples=15)
@given(
    tries=st.lists(st.text("abcXYZ019!", min_size=1, max_size=12), min_size=1, max_size=3),
    crashes=st.lists(st.tuples(st.integers(1, 16), st.booleans()), max_size=3),
)
def test_secret_is_redacted_after_any_crash(tries: list[str], crashes: list[tuple[int, bool]]) -> None:
    vault = Vault()
    for number, text in enumerate(tries):
        # A text that occurs in nothing else.
        draft = a_draft(f"@{text}@", client_message_id=f"{number}")
        message = vault.messages.send(ADA, vault.conversation.id, draft, connection_id="phone")
        work = AnswerJob(conversation_id=vault.conversation.id, message_id=message.id, connection_id="phone")
        was_pending = json.loads(vault.memory.states[vault.conversation.id])["dialog"]["pending"] is not None
        for step, after in crashes:
            vault.run(work, step, after=after)
        vault.run(work, 0, after=False)
        vault.memory.jobs.clear()

        assert vault.messages.send(ADA, vault.conversation.id, draft).id == message.id
        if was_pending:
            assert get_stored_messages(vault, vault.conversation)[-1] == HIDDEN
            assert draft.content not in everything(vault) + json.dumps(vault.gateway.frames)
            assert draft.content not in str([hop.body for hop in vault.web.requests])
    seqs = [message.seq for message in vault.list_messages(vault.conversation.id)]
    assert seqs == list(range(1, len(seqs) + 1))
