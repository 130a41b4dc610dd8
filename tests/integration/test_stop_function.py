"""The function of the frame ``stop``."""

from datetime import UTC, datetime
from typing import Any

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.stores import rate_limiter
from conversations.domain.answer_control import StopRequest
from conversations.domain.conversation import Conversation
from conversations.domain.limits import ACTIONS, MESSAGES
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from tests import events
from tests.builders import a_conversation, a_conversation_id, a_socket, a_user, a_visitor
from tests.integration.running import Functions

ADA, EVE = a_user("ada"), a_user("eve")
OK = {"statusCode": 200}

both_kinds_of_caller = pytest.mark.parametrize("caller", [a_user(), a_visitor()], ids=["user", "visitor"])


def ask(functions: Functions, caller: Principal = ADA) -> tuple[Conversation, Message]:
    """Store a conversation with a message that waits for its answer, and a connection to it."""
    now = datetime.now(UTC).replace(microsecond=0)
    conversation = functions.store_conversation(a_conversation(caller, last_activity=now, answered_seq=0))
    connection_store().add(a_socket(caller, "phone", conversation_id=conversation.id))
    return conversation, functions.store_message(caller, conversation)


def stop(functions: Functions, caller: Principal, **frame: object) -> dict[str, Any]:
    """Send the frame and return the reply."""
    assert functions.invoke("stop", events.socket("stop", caller, frame={"type": "stop", **frame})) == OK
    return functions.connections.get_last_frame()


@both_kinds_of_caller
def test_answer_in_progress_is_being_stopped(functions: Functions, caller: Principal) -> None:
    conversation, message = ask(functions, caller)
    session_id = f"session-{conversation.id}"

    reply = stop(functions, caller, session_id=session_id)

    assert reply == {"type": "status", "status": "stopping", "session_id": session_id}
    (request,) = connection_store().load_controls(caller.owner).stop_requests
    assert (request.turn_id, request.message_id) == (f"{conversation.id}:{message.id}", None)


def test_message_to_stop_is_repeated_in_the_reply(functions: Functions) -> None:
    conversation, message = ask(functions)
    session_id, named = f"session-{conversation.id}", f"msg-{message.id[:-1]}f"

    reply = stop(functions, ADA, session_id=session_id, id=named)

    assert reply == {"type": "status", "status": "stopping", "session_id": session_id, "id": named}


def test_conversation_without_a_pending_message_is_idle(functions: Functions) -> None:
    conversation = functions.create_conversation(ADA, answered_seq=0)
    session_id = f"session-{conversation.id}"

    assert stop(functions, ADA, session_id=session_id) == {"type": "status", "status": "idle", "session_id": session_id}


def test_stop_by_another_user_is_forbidden(functions: Functions) -> None:
    conversation, _ = ask(functions)

    for caller in (EVE, a_visitor()):
        assert stop(functions, caller, session_id=f"session-{conversation.id}")["error"] == "forbidden"
    assert stop(functions, ADA, session_id=f"session-{a_conversation_id()}")["error"] == "not_found"
    assert connection_store().load_controls(ADA.owner).stop_requests == ()


@pytest.mark.parametrize("fields", [{}, {"session_id": "session-1"}, {"id": "msg-1"}, {"id": 1}, {"reason": "bored"}])
def test_invalid_stop_frame_is_refused(functions: Functions, fields: dict[str, object]) -> None:
    conversation, _ = ask(functions)
    frame = {"session_id": f"session-{conversation.id}"} | fields if fields else fields

    assert stop(functions, ADA, **frame)["error"] == "invalid_request"


def test_stop_is_not_refused_because_of_many_messages(functions: Functions) -> None:
    conversation, _ = ask(functions)
    now = datetime.now(UTC)
    for _ in range(MESSAGES.limit):
        rate_limiter().acquire(MESSAGES, ADA.owner, now)

    assert stop(functions, ADA, session_id=f"session-{conversation.id}")["status"] == "stopping"


def test_stop_counts_as_an_action(functions: Functions) -> None:
    conversation, _ = ask(functions)
    now = datetime.now(UTC)
    for _ in range(ACTIONS.limit):
        rate_limiter().acquire(ACTIONS, ADA.owner, now)

    assert stop(functions, ADA, session_id=f"session-{conversation.id}")["error"] == "rate_limited"


def test_stop_request_is_sent_no_frames_and_is_no_open_connection(functions: Functions) -> None:
    conversation, _ = ask(functions)
    connection_store().add_stop_request(
        ADA.owner, StopRequest(f"{conversation.id}:open", None, datetime(2100, 1, 1, tzinfo=UTC))
    )

    event = events.rest(
        "update_conversation", ADA, body={"status": "archived"}, conversation_id=f"conv-{conversation.id}"
    )
    functions.invoke("update_conversation", event)

    assert set(functions.connections.frames) == {"phone"}
