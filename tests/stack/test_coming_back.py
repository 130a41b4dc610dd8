"""What a client finds that was away: resumed, handed over, answered late, or told why not; on a running stack."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from conversations.adapters.dynamodb.bot_catalogue import CACHE_SECONDS, DynamoDBBotCatalogue
from conversations.domain import ids
from conversations.domain.bot import Bot
from conversations.domain.jobs import ExpiryCheckJob
from tests.stack.conftest import Open, Stack
from tests.stack.device import Device, Frame
from tests.stack.test_seed import history_of
from tools import dead_letters

MENDED: dict[str, Any] = {
    "greeting": {"say": ["Welcome."]},
    "rules": [{"patterns": ["hello"], "say": ["Hi!"]}],
    "fallback": {"say": ["Pardon?"]},
}


def resume(device: Device, session_id: str, after: str | None = None) -> tuple[list[Frame], Frame]:
    """Resume, and return the messages that came and what they were closed with."""
    del device.frames[:]
    device.send(type="resume", session_id=session_id, **({"after": after} if after else {}))
    resumed = device.until(type="status", status="resumed")
    return [frame for frame in device.frames if frame["type"] == "message"], resumed


def test_a_device_that_was_away_gets_what_it_missed_and_then_what_is_new(
    api: httpx.Client, token: str, open_socket: Open
) -> None:
    started = api.post("/conversations/start", json={"initial_message": "Hello"}).json()
    session_id = started["session_id"]
    seen = history_of(api, session_id, at_least=2)["messages"]
    for content in ("What does it cost?", "Hello"):
        api.post(f"/conversations/{session_id}/messages", json={"content": content})
    everything = history_of(api, session_id, at_least=len(seen) + 4)["messages"]

    with open_socket(token=token, query=f"?session_id={session_id}") as (device, _):
        missed, resumed = resume(device, session_id, seen[-1]["id"])
        delivered = device.say("Hello")
        answer = device.answer()

    assert [frame["id"] for frame in missed] == [each["id"] for each in everything[len(seen) :]]
    assert (resumed["last_seq"], "limited" in resumed) == (len(everything), False)
    assert [delivered["seq"], answer["seq"]] == [len(everything) + 1, len(everything) + 2]


def test_a_visitor_who_was_cut_finds_everything_again(open_socket: Open) -> None:
    with open_socket() as (device, connected):
        device.say("Hello")
        device.answer()
    with open_socket(query=f"?session_token={connected['session_token']}") as (device, again):
        missed, resumed = resume(device, connected["session_id"])

    assert again["session_id"] == connected["session_id"]
    assert [frame["seq"] for frame in missed] == list(range(1, resumed["last_seq"] + 1))
    assert "Hello" in [frame["content"] for frame in missed]


def test_a_stranger_resumes_nothing_and_keeps_the_socket(
    api: httpx.Client, new_user: Callable[..., str], open_socket: Open
) -> None:
    session_id = api.post("/conversations/start", json={"initial_message": "a secret"}).json()["session_id"]

    with open_socket(token=new_user()) as (device, _):
        for named, word in ((session_id, "forbidden"), (f"session-{uuid4()}", "not_found"), ("42", "invalid_request")):
            device.send(type="resume", session_id=named)
            assert device.until(type="error")["error"] == word
        assert "a secret" not in str(device.frames)
        device.say("Hello")


def test_a_visitor_who_signs_in_takes_the_conversation_along(
    api: httpx.Client, other_api: httpx.Client, token: str, open_socket: Open
) -> None:
    with open_socket() as (device, connected):
        device.say("Hello")
        device.answer()
        said = [frame["id"] for frame in device.frames if frame["type"] == "message"]
        claim = {"session_token": connected["session_token"]}

        first, again = (api.post("/conversations/claim", json=claim) for _ in range(2))

        assert device.until(type="status", status="claimed")["session_id"] == connected["session_id"]
        device.send(type="message", content="Still me?")
        device.until(type="status", status="claimed")

    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert first.json()["conversation_id"] == connected["conversation_id"]
    assert other_api.post("/conversations/claim", json=claim).status_code == 404
    messages = history_of(api, connected["session_id"], at_least=3)["messages"]
    assert set(said) <= {each["id"] for each in messages}
    assert [each["seq"] for each in messages] == list(range(1, len(messages) + 1))
    with open_socket(token=token) as (device, mine):
        assert mine["session_id"] == connected["session_id"]
        device.say("And now?")
        assert device.answer()["seq"] == len(messages) + 2


def test_a_message_the_bot_cannot_answer_is_told_the_next_is_answered_and_an_operator_can_have_it_tried_again(
    api: httpx.Client, stack: Stack, aws: Callable[[str], Any], token: str, open_socket: Open
) -> None:
    catalogue = DynamoDBBotCatalogue(aws("dynamodb"), stack["outputs"]["BotsTableName"])
    bot_id = f"broken-{uuid4()}"
    catalogue.publish(Bot(id=bot_id, name="Broken", engine="telepathy", program={}))
    with open_socket(token=token, query=f"?bot_id={bot_id}") as (device, connected):
        delivered = device.say("Hello")

        told = device.until(timeout=60, type="error")

        assert (told["error"], told["message_id"]) == ("internal", delivered["message_id"])
        assert told["client_message_id"] == delivered["client_message_id"]
        catalogue.publish(Bot(id=bot_id, name="Mended", engine="rules", program=MENDED))
        # So long a function may go on with the bot it has read.
        time.sleep(CACHE_SECONDS + 1)
        device.say("And this?")
        assert device.answer()["content"] == "Pardon?"
        outputs = stack["outputs"]
        moved = dead_letters.redrive(
            aws("sqs"), dead_letters_url=outputs["TurnsDeadLetterQueueUrl"], replies_url=outputs["TurnsQueueUrl"]
        )
        assert any(ids.parse_message_id(delivered["message_id"], field="id") in body for body in moved)
        late = device.answer()

    assert late["content"] == "Hi!"
    messages = history_of(api, connected["session_id"], at_least=4)["messages"]
    assert [each["content"] for each in messages] == ["Hello", "And this?", "Pardon?", "Hi!"]


def test_a_silent_visitor_is_told_that_the_conversation_has_ended(
    stack: Stack, aws: Callable[[str], Any], open_socket: Open
) -> None:
    if "pids" not in stack:
        pytest.skip("nobody waits half an hour, and the queue of a stack on AWS is not ours to write to")
    with open_socket() as (device, connected):
        device.answer()
        session_id = ids.parse_session_id(connected["session_id"])
        aws("dynamodb").update_item(
            TableName=stack["outputs"]["SessionsTableName"],
            Key={"id": {"S": session_id}},
            UpdateExpression="SET expires_at = :now",
            ExpressionAttributeValues={":now": {"N": str(int(time.time()))}},
        )
        aws("sqs").send_message(
            QueueUrl=stack["outputs"]["ExpiriesQueueUrl"],
            MessageBody=ExpiryCheckJob(session_id=session_id).model_dump_json(),
        )

        assert device.until(type="status", status="expired")["session_id"] == connected["session_id"]
