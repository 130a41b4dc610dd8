"""The functions that rate messages: ``PUT …/rating`` and the frame ``rate``."""

from typing import Any

import pytest

from conversations.bootstrap.connections import connection_store
from conversations.bootstrap.workers import turn_store
from conversations.domain.conversation import Conversation
from conversations.domain.message import Message
from conversations.domain.principal import Principal
from tests import events
from tests.builders import MORNING, a_conversation_id, a_socket, a_user, a_visitor, an_utterance
from tests.integration.responses import parse_ok, parse_problem
from tests.integration.running import Functions, Logs
from tests.integration.stores import commit_turn

ADA, EVE = a_user("ada"), a_user("eve")
OK = {"statusCode": 200}


def greet(functions: Functions, owner: Principal = ADA) -> tuple[Conversation, Message]:
    """Store a conversation with a greeting, and a connection to it."""
    conversation = functions.create_conversation(owner)
    connection_store().add(a_socket(owner, "phone", conversation_id=conversation.id))
    dialog = turn_store().load(conversation.id)
    assert dialog is not None
    (message,) = commit_turn(turn_store(), dialog, [an_utterance()], {}, conversation.last_activity)
    return conversation, message


def put(functions: Functions, caller: Principal | None, conversation_id: str, message_id: str, body: object) -> Any:  # noqa: ANN401
    event = events.rest(
        "rate_message", caller, body=body, conversation_id=f"conv-{conversation_id}", message_id=message_id
    )
    return functions.invoke("rate_message", event)


def test_rating_is_in_history_and_export_and_counted(functions: Functions, logs: Logs) -> None:
    conversation, message = greet(functions)
    message_id = f"msg-{message.id}"

    assert parse_ok(put(functions, ADA, conversation.id, message_id, {"rating": "up"})) == {
        "message_id": message_id,
        "rating": "up",
    }

    event = events.rest("get_history", ADA, query={}, conversation_id=f"conv-{conversation.id}")
    history = parse_ok(functions.invoke("get_history", event))
    export = parse_ok(functions.invoke("export_me", events.rest("export_me", ADA)))
    assert [page["messages"][0]["rating"] for page in (history, export)] == ["up", "up"]
    assert functions.connections.get_last_frame()["status"] == "rated"
    (line,) = [line for line in logs.lines if "Ratings" in line]
    assert (line["bot"], line["rating"], line["Ratings"]) == (conversation.bot_id, "up", 1)
    assert parse_ok(put(functions, ADA, conversation.id, message_id, {"rating": None})) == {"message_id": message_id}


def test_refused_ratings(functions: Functions) -> None:
    conversation, message = greet(functions)
    own = functions.store_message(ADA, conversation)
    message_id = f"msg-{message.id}"

    for body in (None, {}, {"rating": "good"}, {"rating": 1}, {"rating": "up", "comment": "x"}):
        parse_problem(put(functions, ADA, conversation.id, message_id, body), 400, "invalid_request")
    for wrong in ("msg-1", message.id, f"msg-{own.id}"):
        parse_problem(put(functions, ADA, conversation.id, wrong, {"rating": "up"}), 400, "invalid_request")
    parse_problem(put(functions, ADA, conversation.id, f"msg-{a_conversation_id()}", {"rating": "up"}), 404)
    parse_problem(put(functions, EVE, conversation.id, message_id, {"rating": "up"}), 403)
    parse_problem(put(functions, None, conversation.id, message_id, {"rating": "up"}), 401)


@pytest.mark.parametrize("caller", [ADA, a_visitor()], ids=["user", "visitor"])
def test_frame_rates_and_is_answered_once(functions: Functions, caller: Principal) -> None:
    conversation, message = greet(functions, caller)
    session_id, message_id = f"session-{conversation.id}", f"msg-{message.id}"
    frame = {"type": "rate", "session_id": session_id, "id": message_id, "rating": "down"}

    assert functions.invoke("rate", events.socket("rate", caller, frame=frame)) == OK

    rated = {"type": "status", "status": "rated", "session_id": session_id, "id": message_id, "rating": "down"}
    assert functions.connections.frames["phone"] == [rated]
    assert [each.rating for each in functions.list_messages(conversation.id)] == ["down"]
    assert functions.invoke("rate", events.socket("rate", caller, frame=frame | {"rating": None})) == OK
    assert [each.rating for each in functions.list_messages(conversation.id)] == [None]


def test_refused_frames(functions: Functions) -> None:
    conversation, message = greet(functions)
    frame = {"type": "rate", "session_id": f"session-{conversation.id}", "id": f"msg-{message.id}", "rating": "up"}

    for caller, change, error in (
        (EVE, {}, "forbidden"),
        (a_visitor(), {}, "forbidden"),
        (ADA, {"rating": "good"}, "invalid_request"),
        (ADA, {"id": f"msg-{a_conversation_id()}"}, "not_found"),
        (ADA, {"session_id": f"session-{a_conversation_id()}"}, "not_found"),
    ):
        functions.invoke("rate", events.socket("rate", caller, frame=frame | change))
        assert functions.connections.get_last_frame()["error"] == error
    assert message.timestamp >= MORNING


@pytest.mark.parametrize("function", ["rate", "rate_message"])
def test_rating_removes_connections_that_are_gone(functions: Functions, function: str) -> None:
    conversation, message = greet(functions)
    connection_store().add(a_socket(ADA, "tablet", conversation_id=conversation.id))
    functions.connections.gone.add("tablet")

    if function == "rate":
        frame = {"type": "rate", "session_id": f"session-{conversation.id}", "id": f"msg-{message.id}", "rating": "up"}
        functions.invoke("rate", events.socket("rate", ADA, frame=frame))
    else:
        parse_ok(put(functions, ADA, conversation.id, f"msg-{message.id}", {"rating": "up"}))

    assert functions.connections.get_last_frame()["status"] == "rated"
    assert [each.connection_id for each in connection_store().list_by_owner(ADA.owner)] == ["phone"]
