"""Reconnect, claim, late answers, failed messages and expiry, on a running stack."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS, DynamoDBBotCatalogue
from conversations.domain import ids
from conversations.domain.bot import Bot
from conversations.domain.jobs import ExpiryCheckJob
from tests.stack.conftest import OpenConnection, Stack
from tests.stack.connection import Connection, Frame
from tests.stack.test_seed import wait_for_history
from tools import dead_letters

REPAIRED: dict[str, Any] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": ["hello"], "say": ["Hi!"]}],
    "fallback": {"say": ["Pardon?"]},
}


def resume(connection: Connection, session_id: str, after: str | None = None) -> tuple[list[Frame], Frame]:
    """Resume, and return the replayed messages and the frame that ends the replay."""
    del connection.frames[:]
    connection.send(type="resume", session_id=session_id, **({"after": after} if after else {}))
    resumed = connection.receive_until(type="status", status="resumed")
    return [frame for frame in connection.frames if frame["type"] == "message"], resumed


def test_client_that_reconnects_gets_missed_and_new_messages(
    api: httpx.Client, token: str, connect: OpenConnection
) -> None:
    conversation = api.post("/conversations/start", json={"initial_message": "Hello"}).json()
    session_id = conversation["session_id"]
    seen = wait_for_history(api, session_id, at_least=2)["messages"]
    for content in ("What does it cost?", "Hello"):
        api.post(f"/conversations/{session_id}/messages", json={"content": content})
    everything = wait_for_history(api, session_id, at_least=len(seen) + 4)["messages"]

    with connect(token=token, query=f"?session_id={session_id}") as (connection, _):
        missed, resumed = resume(connection, session_id, seen[-1]["id"])
        delivered = connection.send_message("Hello")
        answer = connection.receive_answer()

    assert [frame["id"] for frame in missed] == [message["id"] for message in everything[len(seen) :]]
    assert (resumed["last_seq"], "limited" in resumed) == (len(everything), False)
    assert [delivered["seq"], answer["seq"]] == [len(everything) + 1, len(everything) + 2]


def test_visitor_who_reconnects_gets_all_messages(connect: OpenConnection) -> None:
    with connect() as (connection, connected):
        connection.send_message("Hello")
        connection.receive_answer()
    with connect(query=f"?session_token={connected['session_token']}") as (connection, again):
        missed, resumed = resume(connection, connected["session_id"])

    assert again["session_id"] == connected["session_id"]
    assert [frame["seq"] for frame in missed] == list(range(1, resumed["last_seq"] + 1))
    assert "Hello" in [frame["content"] for frame in missed]


def test_every_device_is_told_of_changes_and_ratings(api: httpx.Client, token: str, connect: OpenConnection) -> None:
    session_id = api.post("/conversations/start", json={"initial_message": "Hello"}).json()["session_id"]
    bot = next(each for each in wait_for_history(api, session_id, at_least=2)["messages"] if each["sender"] == "bot")
    path, message = f"/conversations/{session_id}", f"/conversations/{session_id}/messages/{bot['id']}/rating"
    query = f"?session_id={session_id}"

    with connect(token=token, query=query) as (phone, _), connect(token=token, query=query) as (laptop, _):
        order = [each["id"] for each in api.get("/conversations").json()["conversations"]]
        assert api.patch(path, json={"title": "My order"}).json()["title"] == "My order"
        assert api.put(message, json={"rating": "up"}).json() == {"message_id": bot["id"], "rating": "up"}
        for device in (phone, laptop):
            assert device.receive_until(type="status", status="renamed", session_id=session_id)["title"] == "My order"
            assert device.receive_until(type="status", status="rated", id=bot["id"])["rating"] == "up"
        phone.send(type="rate", session_id=session_id, id=bot["id"], rating="down")
        for device in (phone, laptop):
            assert device.receive_until(type="status", status="rated", id=bot["id"])["rating"] == "down"
        replayed, _ = resume(laptop, session_id)
        assert [frame["rating"] for frame in replayed if frame["id"] == bot["id"]] == ["down"]
        (conversation,) = [each for each in api.get("/conversations").json()["conversations"] if each.get("title")]
        assert [each["id"] for each in api.get("/conversations").json()["conversations"]] == order
        assert conversation["title"] == "My order"
        for changes, status in (({"status": "archived"}, "archived"), ({"status": "active", "title": ""}, "reopened")):
            assert api.patch(path, json=changes).status_code == 200
            for device in (phone, laptop):
                device.receive_until(type="status", status=status, session_id=session_id)
        assert api.delete(path).status_code == 204
        for device in (phone, laptop):
            device.receive_until(type="status", status="deleted", session_id=session_id)


def test_visitor_rates_over_the_socket(connect: OpenConnection) -> None:
    with connect() as (connection, connected):
        answer = connection.receive_answer()
        frame = {"type": "rate", "session_id": connected["session_id"], "id": answer["id"]}
        connection.send(**frame, rating="up")
        assert connection.receive_until(type="status", status="rated", id=answer["id"])["rating"] == "up"
        replayed, _ = resume(connection, connected["session_id"])

    assert [each.get("rating") for each in replayed if each["id"] == answer["id"]] == ["up"]


def test_refused_handshake_has_a_reason(anonymous_api: httpx.Client) -> None:
    for query, status in (({}, 204), ({"bot_id": "nobody"}, 403)):
        assert anonymous_api.get("/connections/check", params=query).status_code == status


def test_resume_by_another_user_is_refused_and_connection_stays_open(
    api: httpx.Client, create_user: Callable[..., str], connect: OpenConnection
) -> None:
    session_id = api.post("/conversations/start", json={"initial_message": "a secret"}).json()["session_id"]

    with connect(token=create_user()) as (connection, _):
        for named, word in ((session_id, "forbidden"), (f"session-{uuid4()}", "not_found"), ("42", "invalid_request")):
            connection.send(type="resume", session_id=named)
            assert connection.receive_until(type="error")["error"] == word
        assert "a secret" not in str(connection.frames)
        connection.send_message("Hello")


def test_visitor_who_signs_in_claims_the_conversation(
    api: httpx.Client, other_users_api: httpx.Client, token: str, connect: OpenConnection
) -> None:
    with connect() as (connection, connected):
        connection.send_message("Hello")
        connection.receive_answer()
        message_ids = [frame["id"] for frame in connection.frames if frame["type"] == "message"]
        claim = {"session_token": connected["session_token"]}

        first, again = (api.post("/conversations/claim", json=claim) for _ in range(2))

        assert connection.receive_until(type="status", status="claimed")["session_id"] == connected["session_id"]
        with pytest.raises(ConnectionClosed):
            connection.receive_until(type="status", status="pong")

    assert first.status_code == again.status_code == 200
    # The bot may answer in between.
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["conversation_id"] == connected["conversation_id"]
    assert other_users_api.post("/conversations/claim", json=claim).status_code == 404
    messages = wait_for_history(api, connected["session_id"], at_least=3)["messages"]
    assert set(message_ids) <= {message["id"] for message in messages}
    assert [message["seq"] for message in messages] == list(range(1, len(messages) + 1))
    with connect(token=token) as (connection, mine):
        assert mine["session_id"] == connected["session_id"]
        connection.send_message("And now?")
        assert connection.receive_answer()["seq"] == len(messages) + 2


def test_failed_message_is_reported_does_not_block_and_can_be_redriven(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any], token: str, connect: OpenConnection
) -> None:
    catalogue = DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"])
    bot_id = f"broken-{uuid4()}"
    catalogue.publish(Bot(id=bot_id, name="Broken", engine="telepathy", program={}))
    with connect(token=token, query=f"?bot_id={bot_id}") as (connection, connected):
        delivered = connection.send_message("Hello")

        error = connection.receive_until(type="error")

        assert (error["error"], error["message_id"]) == ("internal", delivered["message_id"])
        assert error["client_message_id"] == delivered["client_message_id"]
        catalogue.publish(Bot(id=bot_id, name="Repaired", engine="rules", program=REPAIRED))
        # A function may cache the bot for this long.
        time.sleep(CACHE_SECONDS + 1)
        connection.send_message("And this?")
        assert connection.receive_answer()["content"] == "Pardon?"
        outputs = stack["outputs"]
        moved = dead_letters.redrive(
            aws("sqs"), dead_letters_url=outputs["TurnsDeadLetterQueueUrl"], queue_url=outputs["TurnsQueueUrl"]
        )
        assert any(ids.parse_message_id(delivered["message_id"], field="id") in body for body in moved)
        late = connection.receive_answer()

    assert late["content"] == "Hi!"
    messages = wait_for_history(api, connected["session_id"], at_least=4)["messages"]
    assert [message["content"] for message in messages] == ["Hello", "And this?", "Pardon?", "Hi!"]


def test_idle_visitor_gets_expired_frame(stack: Stack, aws: Callable[[str], Any], connect: OpenConnection) -> None:
    if "pids" not in stack:
        pytest.skip("on AWS the test would have to wait half an hour")
    with connect() as (connection, connected):
        connection.receive_answer()
        conversation_id = ids.parse_conversation_id(connected["session_id"])
        aws("dynamodb").update_item(
            TableName=stack["outputs"]["SessionsTableName"],
            Key={"id": {"S": conversation_id}},
            UpdateExpression="SET expires_at = :now",
            ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
        )
        aws("sqs").send_message(
            QueueUrl=stack["outputs"]["ExpiriesQueueUrl"],
            MessageBody=ExpiryCheckJob(conversation_id=conversation_id).model_dump_json(),
        )

        assert connection.receive_until(type="status", status="expired")["session_id"] == connected["session_id"]
