"""What nobody may read later: a password, or a card's number, that a bot has asked for."""

import json
import logging
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basic import config
from conversations.domain.conversation import Conversation
from conversations.domain.errors import ConflictError
from conversations.domain.jobs import AnswerJob
from conversations.domain.principal import Principal
from conversations.domain.secrets import hash_secret
from tests.builders import a_draft, a_user, a_visitor
from tests.fakes.scripts import ADA, ScriptWorld, a_bundle
from tests.unit.test_script_turns import DiedError, Life, Part

PASSWORD, SHORT, HIDDEN = "Tr0ub4dor&3", "Tr0ub4", "********"
ASKS = 'HEAR key AS PASSWORD WITH "Choose a password."\nTALK "I have " + key\nHEAR more\nTALK more'

both_kinds_of_caller = pytest.mark.parametrize("owner", [ADA, a_visitor()], ids=["user", "visitor"])


def everything(world: ScriptWorld) -> str:
    """Return all that is stored, queued and remembered."""
    return f"{world.memory!r} {world.journals!r}"


def heard(world: ScriptWorld, conversation: Conversation) -> list[str]:
    """Return what the user has said, as it is kept."""
    return [each.content for each in world.stored(conversation.id) if each.sender == "user"]


def shown(world: ScriptWorld, device: str) -> list[str]:
    """Return what a device shows, in order."""
    frames: list[dict[str, Any]] = world.gateway.told[device]
    return [frame["content"] for frame in frames if frame["type"] == "message"]


@both_kinds_of_caller
def test_a_password_is_kept_as_a_placeholder_once_it_was_heard(owner: Principal) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened(owner)
    world.says(conversation, PASSWORD, owner)
    world.says(conversation, "thank you", owner)

    assert heard(world, conversation) == [HIDDEN, "thank you"]
    assert world.told(conversation) == ["Choose a password.", "I have ********", "thank you"]
    assert PASSWORD not in everything(world)


def test_every_try_is_hidden_also_those_that_were_too_short() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened()
    for number in range(3):
        world.says(conversation, f"pw-{number}")

    assert heard(world, conversation) == [HIDDEN] * 3
    assert world.told(conversation)[-1] == "I have"
    assert "pw-" not in everything(world)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("4111 1111 1111 1111", "4111 **** **** 1111"),
        ("4111111111111112", "*" * 16),
        ("it is 4111-1111-1111-1111, 12/30", "it is ****-****-****-****, **/**"),
        ("Why?", "Why?"),
    ],
)
def test_of_a_cards_number_only_what_the_script_gets_is_kept(said: str, kept: str) -> None:
    world = ScriptWorld('HEAR card AS CREDITCARD\nTALK "Thank you"')
    world.devices(ADA, "laptop")
    conversation = world.opened()
    world.says(conversation, said)

    assert heard(world, conversation) == [kept]
    assert shown(world, "laptop")[0] == kept
    assert kept == said or said not in everything(world)


def test_the_other_devices_get_the_placeholder_before_the_answer_and_the_first_one_no_copy() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened()
    world.devices(ADA, "phone", "laptop")
    world.messages.send(ADA, conversation.id, a_draft(PASSWORD), connection_id="phone")
    world.run_the_bots()

    assert shown(world, "laptop") == [HIDDEN, "I have ********"]
    assert shown(world, "phone") == ["I have ********"]
    assert world.gateway.told["laptop"][0]["type"] == "typing"
    assert PASSWORD not in json.dumps(world.gateway.told)


def test_what_is_no_secret_is_shown_to_the_other_devices_before_the_bot_thinks() -> None:
    world = ScriptWorld('HEAR name\nTALK "Hello " + name')
    world.devices(ADA, "laptop")
    conversation = world.opened()
    world.says(conversation, "Ada")

    assert [frame["type"] for frame in world.gateway.told["laptop"]] == ["message", "typing", "message"]


def test_a_message_that_begins_a_conversation_and_turns_out_to_be_a_password_is_shown_to_nobody() -> None:
    world = ScriptWorld(ASKS)
    world.devices(ADA, "laptop")
    conversation = world.conversations.start(ADA, bot_id=None, initial_message=PASSWORD)
    world.run_the_bots()

    assert heard(world, conversation) == [HIDDEN]
    assert PASSWORD not in everything(world) + json.dumps(world.gateway.told)


def test_a_device_that_was_away_gets_the_placeholder() -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened()
    world.says(conversation, PASSWORD)
    world.devices(ADA, "phone")

    world.resume.resume(ADA, "phone", session_id=conversation.id, after=None)

    assert shown(world, "phone") == ["Choose a password.", HIDDEN, "I have ********"]


def test_the_list_of_conversations_does_not_show_it_even_if_the_bot_is_silent() -> None:
    world = ScriptWorld("HEAR key AS PASSWORD\nHEAR more")
    conversation = world.opened()
    world.says(conversation, PASSWORD)

    assert world.memory.conversations[conversation.id].last_message == HIDDEN


def test_a_script_that_breaks_over_a_password_leaves_nothing_of_it_behind(caplog: pytest.LogCaptureFixture) -> None:
    world = ScriptWorld('HEAR key AS PASSWORD\nPRINT key\nx = 1 / (LEN(key) - 8)\nTALK "never"')
    with caplog.at_level(logging.DEBUG):
        conversation = world.opened()
        world.says(conversation, PASSWORD)

    assert heard(world, conversation) == [HIDDEN]
    assert "script failed" in caplog.text
    assert PASSWORD not in caplog.text + everything(world)


@pytest.mark.parametrize("lost", ["version", "format"])
def test_a_dialog_that_is_lost_over_a_password_leaves_nothing_of_it_behind(lost: str) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened()
    if lost == "version":
        world.programs.texts.clear()
        world.publish(a_bundle({"start": "HEAR other"}))
    else:
        states = world.memory.states
        states[conversation.id] = states[conversation.id].replace('"format": 1', '"format": 0')
    world.says(conversation, PASSWORD)

    assert world.told(conversation)[-1] == config.SCRIPT_FAILED
    assert heard(world, conversation) == [HIDDEN]
    assert PASSWORD not in everything(world)


@both_kinds_of_caller
def test_sending_it_again_is_acknowledged_as_before_and_another_content_is_refused(owner: Principal) -> None:
    world = ScriptWorld(ASKS)
    conversation = world.opened(owner)
    draft = a_draft(PASSWORD, client_message_id="a", attachments=2)
    first = world.messages.send(owner, conversation.id, draft)
    world.run_the_bots()
    before = world.stored(conversation.id)

    again = world.messages.send(owner, conversation.id, draft)
    world.run_the_bots()

    assert (again.id, again.seq, again.timestamp) == (first.id, first.seq, first.timestamp)
    assert world.stored(conversation.id) == before
    with pytest.raises(ConflictError):
        world.messages.send(owner, conversation.id, a_draft(PASSWORD + "!", client_message_id="a", attachments=2))
    assert PASSWORD not in everything(world)


def test_who_signs_in_takes_along_the_placeholder() -> None:
    world, visitor = ScriptWorld(ASKS), a_visitor()
    conversation = world.opened(visitor)
    world.memory.token_hashes[conversation.id] = [hash_secret(f"{conversation.id}.secret")]
    world.says(conversation, PASSWORD, visitor)

    world.claims.claim(a_user("ada"), f"{conversation.id}.secret")
    world.says(conversation, "more", ADA)

    assert heard(world, conversation) == [HIDDEN, "more"]
    assert PASSWORD not in everything(world)


class Vault(ScriptWorld):
    """A bot that asks for a password and calls the world with it."""

    def __init__(self) -> None:
        self.life = Life()
        script = """
HEAR key AS PASSWORD WITH "Choose a password."
answer = POST "https://vault.example/keys", #{key: key}
SET USER MEMORY "key", key
INSERT "keys", #{key: key}
TALK "I have " + key
"""
        super().__init__(script, between=lambda part: Part(part, self))
        self.devices(ADA, "phone", "laptop")
        self.conversation = self.opened()

    def runs(self, work: AnswerJob, step: int, *, after: bool) -> None:
        """Do the work in a function that dies at a step; 0 is never."""
        self.life = Life(step, after)
        self.other_engines["basic"] = self.cold_engine()
        try:
            self.retries.replies.handle(work)
        except DiedError:
            assert self.life.dead
        self.life = Life()


@settings(max_examples=15)
@given(
    tries=st.lists(st.text("abcXYZ019!", min_size=1, max_size=12), min_size=1, max_size=3),
    deaths=st.lists(st.tuples(st.integers(1, 16), st.booleans()), max_size=3),
)
def test_whatever_dies_meanwhile_nothing_of_a_secret_is_left(tries: list[str], deaths: list[tuple[int, bool]]) -> None:
    vault = Vault()
    for number, text in enumerate(tries):
        # Something that is found in nothing else.
        draft = a_draft(f"@{text}@", client_message_id=f"{number}")
        message = vault.messages.send(ADA, vault.conversation.id, draft, connection_id="phone")
        work = AnswerJob(session_id=vault.conversation.id, message_id=message.id, connection_id="phone")
        waited = json.loads(vault.memory.states[vault.conversation.id])["dialog"]["pending"] is not None
        for step, after in deaths:
            vault.runs(work, step, after=after)
        vault.runs(work, 0, after=False)
        vault.memory.work.clear()

        assert vault.messages.send(ADA, vault.conversation.id, draft).id == message.id
        if waited:
            assert heard(vault, vault.conversation)[-1] == HIDDEN
            assert draft.content not in everything(vault) + json.dumps(vault.gateway.told)
            assert draft.content not in str([hop.body for hop in vault.web.asked])
    seqs = [each.seq for each in vault.stored(vault.conversation.id)]
    assert seqs == list(range(1, len(seqs) + 1))
