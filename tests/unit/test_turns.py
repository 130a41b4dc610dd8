"""``TurnService``: what a job stores, and what it sends to every connection in which order."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from conversations.domain import ids
from conversations.domain.conversation import NOT_GREETED, Conversation
from conversations.domain.errors import NotFoundError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob, WelcomeJob
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from conversations.domain.turn import SaveState, SendMessage, TurnEvent
from conversations.services.turns import UnknownEngineError
from tests.builders import (
    MORNING,
    a_bot,
    a_conversation,
    a_conversation_id,
    a_draft,
    a_message,
    a_user,
    a_visitor,
    an_attachment,
    an_utterance,
)
from tests.fakes.engines import GREETING
from tests.fakes.world import ADDRESS, World

ADA, EVE = a_user("ada"), a_user("eve")

both_kinds_of_caller = pytest.mark.parametrize("owner", [a_user(), a_visitor()], ids=["user", "visitor"])


def send(world: World, conversation: Conversation, content: str = "Hello", *, owner: Principal = ADA) -> Message:
    """Send a user's message; its job stays in the queue."""
    return world.messages.send(owner, conversation.id, a_draft(content))


def run_turn(world: World, message: Message, *, connection_id: str | None = None) -> None:
    world.turn_service.handle(
        AnswerJob(conversation_id=message.conversation_id, message_id=message.id, connection_id=connection_id)
    )


def list_contents(world: World, conversation: Conversation) -> list[str]:
    return [message.content for message in world.list_messages(conversation.id)]


def get_last_frame(world: World, device: str) -> dict[str, Any]:
    return world.gateway.frames[device][-1]


# -------------------------------------------------------------------------------------------------- turns


def test_turn_sends_message_typing_replies_and_suggestions() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.engine.script = [[SendMessage(an_utterance("One moment.")), SendMessage(an_utterance("It is free.", "Why?"))]]

    run_turn(world, send(world, conversation, "Price?"), connection_id="phone")

    assert world.gateway.types("phone") == ["typing", "message", "message", "suggestion"]
    assert world.gateway.types("laptop") == ["message", "typing", "message", "message", "suggestion"]
    assert [frame["content"] for frame in world.gateway.frames["laptop"] if frame["type"] == "message"] == [
        "Price?",
        "One moment.",
        "It is free.",
    ]


def test_turn_that_uses_no_service_sends_the_message_with_its_answer_and_no_typing() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.engine.waits = False

    run_turn(world, send(world, conversation, "Price?"), connection_id="phone")

    assert [frame["content"] for frame in world.gateway.frames["phone"]] == ["You said: Price?"]
    assert [frame["content"] for frame in world.gateway.frames["laptop"]] == ["Price?", "You said: Price?"]


def test_frames_of_turn_follow_contract() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "laptop")
    world.engine.script = [[SendMessage(an_utterance("It is free.", "Why?"))]]
    question = world.messages.send(ADA, conversation.id, a_draft("Price?", client_message_id="a", attachments=1))

    run_turn(world, question)

    session, conv = f"session-{conversation.id}", f"conv-{conversation.id}"
    (reply,) = world.list_messages(conversation.id)[1:]
    assert world.gateway.frames["laptop"] == [
        {
            "type": "message",
            "session_id": session,
            "conversation_id": conv,
            "id": f"msg-{question.id}",
            "seq": 1,
            "sender": "user",
            "content": "Price?",
            "timestamp": "2024-01-15T10:00:00.000Z",
            "attachments": [an_attachment("0.png").model_dump()],
            "client_message_id": "a",
        },
        {"type": "typing", "session_id": session, "sender": "bot"},
        {
            "type": "message",
            "session_id": session,
            "conversation_id": conv,
            "id": f"msg-{reply.id}",
            "seq": 2,
            "sender": "bot",
            "content": "It is free.",
            "timestamp": "2024-01-15T10:00:00.001Z",
            "suggestions": [{"text": "Why?", "value": "Why?"}],
        },
        {"type": "suggestion", "session_id": session, "suggestions": [{"text": "Why?", "value": "Why?"}]},
    ]


def test_reply_without_suggestions_has_no_suggestion_frame() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")

    run_turn(world, send(world, conversation), connection_id="phone")

    assert world.gateway.types("phone") == ["typing", "message"]


def test_message_sent_over_rest_reaches_every_connection() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")

    send(world, conversation, "from curl")
    world.run_bots()

    for device in ("phone", "laptop"):
        assert world.gateway.frames[device][0]["content"] == "from curl"


def test_reply_reaches_owners_connections_only() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    world.add_connections(EVE, "spy")
    world.add_connections(a_visitor(), "passer-by")

    run_turn(world, send(world, conversation))

    assert set(world.gateway.frames) == {"phone"}


def test_reply_is_stored_without_connections() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))

    run_turn(world, send(world, conversation))

    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]


def test_visitors_messages_are_not_in_users_history() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    world.add_connections(visitor, "phone")

    run_turn(world, send(world, conversation, owner=visitor), connection_id="phone")

    assert get_last_frame(world, "phone")["content"] == "You said: Hello"
    assert world.memory.history == {}


def test_turn_without_messages_sends_typing_only() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    world.engine.script = [[SaveState({"received": 1})]]

    run_turn(world, send(world, conversation), connection_id="phone")

    assert world.gateway.types("phone") == ["typing"]
    assert list_contents(world, conversation) == ["Hello"]
    assert world.memory.conversations[conversation.id].answered_seq == 1


def test_engine_gets_state_and_history() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.engine.script = [
        [SaveState({"n": 1}), SendMessage(an_utterance("One.")), SaveState({"n": 2})],
        [SendMessage(an_utterance("Two."))],
    ]

    first = send(world, conversation, "one")
    run_turn(world, first)
    second = send(world, conversation, "two")
    run_turn(world, second)

    assert [turn.message for turn in world.engine.turns] == [first, second]
    assert [dict(turn.state) for turn in world.engine.turns] == [{}, {"n": 2}]
    assert [turn.bot.id for turn in world.engine.turns] == ["default", "default"]
    assert {turn.conversation_id for turn in world.engine.turns} == {conversation.id}
    assert [message.content for message in world.engine.turns[1].history(2)] == ["two", "Two."]
    assert [message.seq for message in world.engine.turns[1].history(100)] == [1, 2, 3, 4]


def test_state_is_kept_without_save_state_event() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.engine.script = [
        [SaveState({"n": 1})],
        [SendMessage(an_utterance("Two."))],
        [SendMessage(an_utterance("Three."))],
    ]

    for content in ("one", "two", "three"):
        run_turn(world, send(world, conversation, content))

    assert [dict(turn.state) for turn in world.engine.turns] == [{}, {"n": 1}, {"n": 1}]


def test_messages_are_answered_once_in_order() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    for content in ("one", "two", "three"):
        send(world, conversation, content)

    world.run_bots()

    assert list_contents(world, conversation) == [
        "one",
        "two",
        "three",
        "You said: one",
        "You said: two",
        "You said: three",
    ]


# ------------------------------------------------------------------------------------------- redelivered jobs


@both_kinds_of_caller
def test_redelivered_job_sends_replies_again_and_stores_nothing(owner: Principal) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(owner))
    world.add_connections(owner, "phone", "laptop")
    world.engine.script = [[SendMessage(an_utterance("It is free.", "Why?")), SaveState({"n": 1})]]
    question = send(world, conversation, owner=owner)
    run_turn(world, question, connection_id="phone")
    stored, frames = world.list_messages(conversation.id), list(world.gateway.frames["laptop"])
    world.gateway.frames.clear()
    world.clock.forward(minutes=1)

    run_turn(world, question, connection_id="phone")

    assert world.gateway.frames["laptop"] == [frame for frame in frames if frame["type"] != "typing"]
    # The sender gets its own message, too, because the bot may have redacted it.
    assert world.gateway.types("phone") == ["message", "message", "suggestion"]
    assert world.list_messages(conversation.id) == stored
    assert len(world.engine.turns) == 1
    assert world.memory.states[conversation.id] == '{"n": 1}'


def test_redelivered_older_job_sends_its_own_replies() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    first = send(world, conversation, "one")
    run_turn(world, first)
    run_turn(world, send(world, conversation, "two"))
    world.add_connections(ADA, "phone")

    run_turn(world, first, connection_id="phone")

    assert [frame["content"] for frame in world.gateway.frames["phone"]] == ["one", "You said: one"]
    assert list_contents(world, conversation) == ["one", "You said: one", "two", "You said: two"]


def test_failed_turn_stores_nothing_and_is_retried() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    world.engine.script = [RuntimeError("out of words")]
    question = send(world, conversation)

    with pytest.raises(RuntimeError, match="out of words"):
        run_turn(world, question, connection_id="phone")

    assert list_contents(world, conversation) == ["Hello"]
    assert world.gateway.types("phone") == ["typing"]
    assert world.memory.conversations[conversation.id].answered_seq == NOT_GREETED
    run_turn(world, question, connection_id="phone")
    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]


def test_unknown_engine_is_an_error() -> None:
    world = World(a_bot("default", engine="telepathy"))
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)

    with pytest.raises(UnknownEngineError, match="telepathy"):
        run_turn(world, question)

    assert list_contents(world, conversation) == ["Hello"]


def test_unpublished_bot_is_an_error() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)
    del world.memory.bots[conversation.bot_id]

    with pytest.raises(NotFoundError, match="bot does not exist"):
        run_turn(world, question)

    assert list_contents(world, conversation) == ["Hello"]


# ------------------------------------------------------------------------------------ gone conversations


def test_jobs_of_missing_conversation_are_ignored() -> None:
    world = World()
    world.add_connections(ADA, "phone")
    conversation_id = a_conversation_id()

    world.turn_service.handle(GreetJob(conversation_id=conversation_id))
    world.turn_service.handle(WelcomeJob(conversation_id=conversation_id, connection_id="phone"))
    world.turn_service.handle(AnswerJob(conversation_id=conversation_id, message_id=a_message(conversation_id).id))

    assert world.gateway.frames == {}
    assert world.memory.history == {}
    assert world.engine.turns == []


def test_jobs_of_expired_conversation_are_ignored() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.add_conversation(a_conversation(visitor))
    world.add_connections(visitor, "phone")
    question = send(world, conversation, owner=visitor)
    world.clock.forward(minutes=30)

    run_turn(world, question)
    world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    assert world.gateway.frames == {}
    assert world.engine.turns == []
    assert world.memory.token_hashes == {}


def test_turn_of_a_conversation_that_is_gone_is_forgotten() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)
    del world.memory.conversations[conversation.id]

    run_turn(world, question)
    world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    assert world.forgotten_turns == [(conversation.id, question.id), (conversation.id, None)]


def test_turn_is_forgotten_if_its_conversation_is_deleted_while_it_runs() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)

    def delete_and_answer() -> Iterator[TurnEvent]:
        del world.memory.conversations[conversation.id]
        yield SendMessage(an_utterance("Hi"))

    world.engine.script = [delete_and_answer()]

    run_turn(world, question)

    assert world.forgotten_turns == [(conversation.id, question.id)]
    assert world.gateway.frames == {}


def test_turn_of_an_open_conversation_is_not_forgotten() -> None:
    world = World()
    question = send(world, world.add_conversation(a_conversation(ADA)))

    run_turn(world, question)
    run_turn(world, question)

    assert world.forgotten_turns == []


# --------------------------------------------------------------------------------- greeting and welcome


def test_greeting_reaches_every_connection() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")

    world.turn_service.handle(GreetJob(conversation_id=conversation.id))

    for device in ("phone", "laptop"):
        assert world.gateway.types(device) == ["message"]
        assert get_last_frame(world, device)["content"] == GREETING
    assert world.engine.turns[0].message is None


@both_kinds_of_caller
def test_new_connection_gets_connected_frame_then_greeting(owner: Principal) -> None:
    world = World()
    conversation = world.sockets.connect(owner, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    world.run_bots()

    assert world.gateway.types("phone") == ["connected", "message"]
    connected = world.gateway.frames["phone"][0]
    assert connected["session_id"] == f"session-{conversation.id}"
    assert connected["conversation_id"] == f"conv-{conversation.id}"
    assert (connected["bot_id"], connected["bot_name"]) == ("default", "General Bot")
    assert connected["anonymous"] is owner.anonymous
    assert get_last_frame(world, "phone")["content"] == GREETING


@both_kinds_of_caller
def test_second_connection_gets_connected_frame_without_greeting(owner: Principal) -> None:
    world = World()
    first = world.sockets.connect(owner, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.run_bots()

    second = world.sockets.connect(owner, "laptop", bot_id=None, conversation_id=None, address=ADDRESS)
    world.run_bots()

    assert first.id == second.id
    assert world.gateway.types("phone") == ["connected", "message"]
    assert world.gateway.types("laptop") == ["connected"]
    assert len(world.engine.turns) == 1


def test_concurrent_connections_get_one_greeting() -> None:
    world = World()
    visitor = a_visitor()
    world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.sockets.connect(visitor, "laptop", bot_id=None, conversation_id=None, address=ADDRESS)

    world.run_bots()

    assert world.gateway.types("phone") == ["connected", "message"]
    assert world.gateway.types("laptop") == ["connected", "message"]
    assert len(world.engine.turns) == 1


def test_started_conversation_is_not_greeted() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    send(world, conversation)
    world.run_bots()

    world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=conversation.id, address=ADDRESS)
    world.run_bots()

    assert world.gateway.types("phone") == ["connected"]
    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]


def test_silent_greeting_runs_once() -> None:
    world = World()
    world.engine.script = [[]]
    for device in ("phone", "laptop"):
        world.sockets.connect(ADA, device, bot_id=None, conversation_id=None, address=ADDRESS)
        world.run_bots()

    assert world.gateway.types("phone") == world.gateway.types("laptop") == ["connected"]
    assert len(world.engine.turns) == 1


def test_user_gets_no_session_token() -> None:
    world = World()
    world.sockets.connect(ADA, "phone", bot_id=None, conversation_id=None, address=ADDRESS)

    world.run_bots()

    connected = world.gateway.frames["phone"][0]
    assert "session_token" not in connected
    assert "expires_in" not in connected
    assert world.memory.token_hashes == {}


def test_visitor_returns_with_session_token() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    world.clock.forward(seconds=2)
    world.run_bots()
    connected = world.gateway.frames["phone"][0]
    assert connected["expires_in"] == 30 * 60 - 2

    world.clock.forward(minutes=20)
    returned = world.identity.authenticate_socket(
        ticket=None, authorization=None, subprotocols=None, session_token=connected["session_token"]
    )

    assert returned == visitor
    assert (
        world.sockets.connect(returned, "laptop", bot_id=None, conversation_id=None, address=ADDRESS).id
        == conversation.id
    )


def test_only_hash_of_session_token_is_stored() -> None:
    world = World()
    visitor = a_visitor()
    conversation = world.sockets.connect(visitor, "phone", bot_id=None, conversation_id=None, address=ADDRESS)
    assert world.list_jobs() == [
        WelcomeJob(conversation_id=conversation.id, connection_id="phone", owner=visitor.owner)
    ]
    world.run_bots()

    token = world.gateway.frames["phone"][0]["session_token"]

    assert len(token) > len(conversation.id) + 40
    secret = token.partition(".")[2]
    assert secret not in repr(world.memory)
    assert len(world.memory.token_hashes[conversation.id]) == 1


def test_every_connection_of_visitor_gets_its_own_token() -> None:
    world = World()
    visitor = a_visitor()
    for device in ("phone", "laptop"):
        world.sockets.connect(visitor, device, bot_id=None, conversation_id=None, address=ADDRESS)
    world.run_bots()

    tokens = {
        frame["session_token"]
        for frames in world.gateway.frames.values()
        for frame in frames
        if "session_token" in frame
    }

    assert len(tokens) == 2
    for token in tokens:
        assert (
            world.identity.authenticate_socket(ticket=None, authorization=None, subprotocols=None, session_token=token)
            == visitor
        )


def test_redelivered_welcome_job_sends_connected_frame_again() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    for _ in range(2):
        world.turn_service.handle(WelcomeJob(conversation_id=conversation.id, connection_id="phone"))
    world.run_bots()

    assert world.gateway.types("phone") == ["connected", "connected", "message"]


# ---------------------------------------------------------------------------------- failing connections


def test_gone_connection_is_removed_and_others_get_frames() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop", "tablet")
    world.gateway.gone = {"laptop"}

    run_turn(world, send(world, conversation))

    assert {device for _, device in world.memory.sockets} == {"phone", "tablet"}
    for device in ("phone", "tablet"):
        assert world.gateway.types(device) == ["message", "typing", "message"]


def test_turn_is_stored_when_every_connection_is_gone() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    world.gateway.gone = {"phone"}

    run_turn(world, send(world, conversation))

    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]
    assert world.memory.sockets == {}


def test_unavailable_connection_delays_no_other_and_is_closed() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.unavailable = {"phone"}

    run_turn(world, send(world, conversation))

    assert world.gateway.types("laptop") == ["message", "typing", "message"]
    assert world.gateway.frames["phone"] == []
    assert world.gateway.closed == ["phone"]


def test_connection_that_missed_an_announcement_gets_the_answer_and_sees_the_gap() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.refused = {"laptop": 1}

    run_turn(world, send(world, conversation), connection_id="phone")

    assert [frame["seq"] for frame in world.gateway.frames["laptop"]] == [2]
    assert world.gateway.closed == []


@pytest.mark.parametrize("redelivered", [False, True])
def test_devices_get_a_message_without_an_answer_even_if_its_announcement_failed(*, redelivered: bool) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.engine.script = [[SaveState({"n": 1})]]
    question = send(world, conversation)
    if redelivered:
        run_turn(world, question, connection_id="phone")
        world.gateway.frames.clear()
    else:
        world.gateway.refused = {"laptop": 1}

    run_turn(world, question, connection_id="phone")

    assert get_last_frame(world, "laptop")["id"] == f"msg-{question.id}"
    assert world.gateway.types("phone") == (["message"] if redelivered else ["typing"])


@pytest.mark.parametrize("redelivered", [False, True])
def test_device_that_misses_a_message_without_an_answer_is_closed(*, redelivered: bool) -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone", "laptop")
    world.engine.script = [[SaveState({"n": 1})]]
    question = send(world, conversation)
    if redelivered:
        run_turn(world, question, connection_id="phone")
    world.gateway.unavailable = {"laptop"}

    run_turn(world, question, connection_id="phone")

    assert world.gateway.closed == ["laptop"]


def test_message_ids_in_frames_sort_by_seq() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    world.add_connections(ADA, "phone")
    for content in ("one", "two"):
        send(world, conversation, content)
        world.clock.time = MORNING - timedelta(hours=1)
    world.run_bots()

    frames = [frame for frame in world.gateway.frames["phone"] if frame["type"] == "message"]

    assert [frame["seq"] for frame in sorted(frames, key=lambda frame: frame["id"])] == [1, 2, 3, 4]
    assert all(ids.is_message_id(frame["id"]) for frame in frames)


def test_unavailable_store_fails_the_job() -> None:
    world = World()
    conversation = world.add_conversation(a_conversation(ADA))
    question = send(world, conversation)
    world.engine.script = [UnavailableError()]

    with pytest.raises(UnavailableError):
        run_turn(world, question)
    run_turn(world, question)

    assert list_contents(world, conversation) == ["Hello", "You said: Hello"]
