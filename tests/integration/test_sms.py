"""Contract suite of ``SmsSender``, and text messages of the functions on moto."""

import copy
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from moto.sns.models import sns_backends

from conversations.adapters.single_attempt import CLIENT_CONFIG
from conversations.adapters.sns import SnsSmsSender
from conversations.domain.automations import ScheduledJob
from conversations.domain.errors import NotSentError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.secrets import hash_secret
from conversations.ports.sending import SmsSender
from tests import events
from tests.aws import ACCOUNT, REGION, Aws
from tests.builders import a_conversation, a_user
from tests.fakes.sending import FakeSmsSender, SentSms
from tests.integration.running import WORKERS, run_functions
from tests.integration.test_mail import publish

PHONE = "+15550100"


def list_texts() -> list[SentSms]:
    """Return the text messages that moto's SNS has sent."""
    return [SentSms(*each) for each in sns_backends[ACCOUNT][REGION].sms_messages.values()]


@pytest.fixture(autouse=True)
def _no_texts(_moto: None) -> None:
    sns_backends[ACCOUNT][REGION].sms_messages.clear()


@pytest.fixture(params=["memory", "sns"])
def sender_and_texts(request: pytest.FixtureRequest) -> tuple[SmsSender, Any]:
    if request.param == "memory":
        fake = FakeSmsSender()
        return fake, lambda: fake.sent
    return SnsSmsSender(boto3.client("sns", config=CLIENT_CONFIG), "SHOP"), list_texts


def test_text_messages_are_sent_with_an_id_of_each(sender_and_texts: tuple[SmsSender, Any]) -> None:
    sender, texts = sender_and_texts
    sent = [SentSms(PHONE, "Olá\nAda \N{PACKAGE}"), SentSms(PHONE, "a" * 1_600), SentSms("+5511912345678", "a&b=c%20+")]

    ids = [sender.send(sms.to, sms.text) for sms in sent]

    assert texts() == sent
    assert len({*ids}) == 3


@pytest.mark.parametrize(
    ("sender", "attribute"),
    [
        ("SHOP", "AWS.SNS.SMS.SenderID"),
        ("4ever", "AWS.SNS.SMS.SenderID"),
        ("+15550199", "AWS.MM.SMS.OriginationNumber"),
        ("12345", "AWS.MM.SMS.OriginationNumber"),
    ],
)
def test_request_names_the_sender_and_asks_for_reliable_routes(sender: str, attribute: str) -> None:
    requests = []

    class Sns:
        def publish(self, **request: object) -> dict[str, str]:
            requests.append(request)
            return {"MessageId": "id"}

    assert SnsSmsSender(Sns(), sender).send(PHONE, "Hello") == "id"
    assert requests == [
        {
            "PhoneNumber": PHONE,
            "Message": "Hello",
            "MessageAttributes": {
                attribute: {"DataType": "String", "StringValue": sender},
                "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
            },
        }
    ]


class FailingSns:
    """SNS that does not accept a text message."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure

    def publish(self, **_request: object) -> object:
        raise self.failure


def a_failure(code: str, status: int = 400) -> ClientError:
    message = "Invalid parameter: PhoneNumber Reason: +15550100 is not valid to publish to"
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Publish")


@pytest.mark.parametrize(
    "failure",
    [
        a_failure("Throttled", 429),
        a_failure("Throttling"),
        ConnectTimeoutError(endpoint_url="https://sns"),
        EndpointConnectionError(endpoint_url="https://sns"),
    ],
)
def test_text_message_that_was_not_accepted_can_be_sent_again(failure: Exception) -> None:
    with pytest.raises(UnavailableError):
        SnsSmsSender(FailingSns(failure), "SHOP").send(PHONE, "Hello")


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (a_failure("InvalidParameter"), r"^Amazon SNS refused the text message \(InvalidParameter\): does the number"),
        (a_failure("ParameterValueInvalid"), r"^Amazon SNS refused the text message \(ParameterValueInvalid\)$"),
        (a_failure("AuthorizationError", 403), "the functions may not send text messages$"),
        (a_failure("InternalError", 500), r"not known whether Amazon SNS sent the text message: it failed \(Internal"),
        (ReadTimeoutError(endpoint_url="https://sns"), "not known whether .* it did not answer"),
        (ConnectionClosedError(endpoint_url="https://sns"), "a text message is never sent twice"),
    ],
)
def test_refused_text_message_and_one_in_doubt_are_not_sent_again(failure: Exception, message: str) -> None:
    with pytest.raises(NotSentError, match=message) as refusal:
        SnsSmsSender(FailingSns(failure), "SHOP").send(PHONE, "Hello")

    assert PHONE not in str(refusal.value)


def test_client_makes_one_attempt() -> None:
    client: Any = boto3.client("sns", config=CLIENT_CONFIG)
    attempts = []

    def fail(**_: object) -> None:
        attempts.append(1)
        raise ReadTimeoutError(endpoint_url="https://sns")

    client.meta.events.register_first("before-send.sns.*", fail)
    with pytest.raises(NotSentError):
        SnsSmsSender(client, "SHOP").send(PHONE, "Hello")

    assert attempts == [1]


# ---------------------------------------------------------------------------------------------------------- functions


@pytest.mark.parametrize("worker", WORKERS)
def test_script_sends_a_text_message_once_for_a_job_that_is_delivered_twice(deployed: Aws, worker: str) -> None:
    with run_functions(deployed, SmsFrom="SHOP") as started:
        functions = replace(started, worker=worker)
        publish(deployed, functions, f'HEAR name\nsent = SEND SMS "{PHONE}", "Dear " + name\nTALK sent.message_id')
        owner = a_user("ada")
        conversation = functions.store_conversation(a_conversation(owner, bot_id="default"))
        functions.run_turns(events.records(GreetJob(conversation_id=conversation.id)))
        message = functions.store_message(owner, conversation, "Ada")
        job = AnswerJob(conversation_id=conversation.id, message_id=message.id)

        assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
        assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
        replies = [message.content for message in functions.list_messages(conversation.id) if message.sender == "bot"]

    assert list_texts() == [SentSms(PHONE, "Dear Ada")]
    assert replies == [*sns_backends[ACCOUNT][REGION].sms_messages]


def test_webhook_sends_one_text_message_for_a_repeated_delivery(deployed: Aws) -> None:
    with run_functions(deployed, SmsFrom="+15550199") as functions:
        publish(deployed, functions, "", hook=f'WEBHOOK "hook"\nSEND SMS "{PHONE}", "Paid " + body.order')
        functions.set_webhook_secret("default", hash_secret("s"))
        event = events.rest("webhook", raw='{"order": 7}')
        event["pathParameters"] = {"bot_id": "default", "name": "hook"}
        event["path"] = "/default/webhook/hook"
        event["headers"] |= {"X-Webhook-Secret": "s", "Idempotency-Key": "k", "Content-Type": "application/json"}
        statuses = [functions.invoke("webhook", copy.deepcopy(event))["statusCode"] for _ in range(2)]

    assert statuses == [204, 204]
    assert list_texts() == [SentSms(PHONE, "Paid 7")]


def test_schedule_sends_one_text_message_for_a_job_that_is_delivered_twice(deployed: Aws) -> None:
    schedule = "0 9 * * *"
    due = datetime.now(UTC).replace(second=0, microsecond=0)
    job = ScheduledJob(bot_id="default", script="report", schedule=schedule, due=due, max_late_seconds=3_600)
    with run_functions(deployed, SmsFrom="SHOP") as functions:
        publish(deployed, functions, "TALK 1", report=f'SET SCHEDULE "{schedule}"\nSEND SMS "{PHONE}", "The report."')
        event = events.event("run_automation")
        event["Records"][0]["body"] = job.model_dump_json()
        results = [functions.invoke("run_automation", copy.deepcopy(event)) for _ in range(2)]

    assert results == [{"batchItemFailures": []}] * 2
    assert list_texts() == [SentSms(PHONE, "The report.")]


def test_nothing_that_is_stored_has_the_number_of_a_recipient(deployed: Aws) -> None:
    with run_functions(deployed, SmsFrom="SHOP") as functions:
        publish(deployed, functions, "", hook=f'WEBHOOK "hook"\nSEND SMS "{PHONE}", "Private"')
        functions.set_webhook_secret("default", hash_secret("s"))
        event = events.rest("webhook", raw="{}")
        event["pathParameters"] = {"bot_id": "default", "name": "hook"}
        event["path"] = "/default/webhook/hook"
        event["headers"] |= {"X-Webhook-Secret": "s", "Content-Type": "application/json"}
        assert functions.invoke("webhook", event)["statusCode"] == 204

    items = deployed.list_items("BotDataTable")
    assert any(item["bot_table"]["S"] == "default#!texts" for item in items)
    assert PHONE not in str(items)
    assert "Private" not in str(items)
