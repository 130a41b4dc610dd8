"""Jobs: their JSON on the queues, which versions of the code share."""

import json

import pytest

from conversations.domain import jobs
from conversations.domain.jobs import (
    AnswerJob,
    DelayedDeliveryJob,
    DelayedPart,
    DeliverJob,
    GreetJob,
    TurnJob,
    WelcomeJob,
)

PARTS = (DelayedPart(seconds=2, first="a", last="b"),)
DELAYED_DELIVERY = {"session_id": "s", "untold": "a", "parts": [{"seconds": 2, "first": "a", "last": "b"}]}


@pytest.mark.parametrize(
    ("job", "body"),
    [
        (GreetJob(conversation_id="s"), {"kind": "open", "session_id": "s"}),
        (
            WelcomeJob(conversation_id="s", connection_id="c", token_hash="h"),
            {"kind": "welcome", "session_id": "s", "connection_id": "c", "token_hash": "h"},
        ),
        (
            AnswerJob(conversation_id="s", message_id="m", connection_id="c"),
            {"kind": "answer", "session_id": "s", "message_id": "m", "connection_id": "c", "in_order": False},
        ),
        (
            DeliverJob(conversation_id="s", message_id="m"),
            {"kind": "deliver", "session_id": "s", "message_id": "m"},
        ),
    ],
    ids=["greet", "welcome", "answer", "deliver"],
)
def test_turn_job_keeps_its_json(job: TurnJob, body: dict[str, object]) -> None:
    assert json.loads(jobs.to_json(job)) == body
    assert jobs.from_json(json.dumps(body)) == job


def test_delayed_delivery_job_keeps_its_json() -> None:
    job = DelayedDeliveryJob(conversation_id="s", first_delayed_id="a", parts=PARTS)

    assert json.loads(job.model_dump_json()) == DELAYED_DELIVERY
    assert DelayedDeliveryJob.model_validate_json(json.dumps(DELAYED_DELIVERY)) == job
