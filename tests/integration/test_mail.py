"""Contract suites of ``SendClaims`` and ``MailSender``, and mails of the functions on moto."""

import email
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.policy import default
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
from moto.ses.models import ses_backends

from basic.bundle import dump_bundle
from conversations.adapters.dynamodb.send_claims import DynamoDBSendClaims
from conversations.adapters.ses import SesMailSender, build_message
from conversations.adapters.single_attempt import CLIENT_CONFIG
from conversations.domain.errors import NotSentError, UnavailableError
from conversations.domain.jobs import AnswerJob, GreetJob
from conversations.domain.mail import MailAttachment, MailParts
from conversations.domain.secrets import hash_secret
from conversations.domain.sending import SendEffect, SendKind
from conversations.ports.sending import MailSender, SendClaims
from tests import aws, events
from tests.aws import ACCOUNT, BUCKET, REGION, Aws
from tests.builders import a_conversation, a_user
from tests.fakes.scripts import a_bundle, a_script_bot
from tests.fakes.sending import FakeMailSender, InMemorySendClaims, SentMail
from tests.integration.running import WORKERS, run_functions

NOW = datetime(2026, 11, 29, 23, 59, tzinfo=UTC)
SENDER = "bots@example.com"
LIMIT = 5


def an_effect(name: str, recipients: int = 1, *, bot_id: str = "shop", at: datetime = NOW) -> SendEffect:
    return SendEffect(SendKind.MAIL, bot_id, f"conversation:{name}:1", recipients, at)


# ------------------------------------------------------------------------------------------------------------- claims


@pytest.fixture(params=["memory", "dynamodb"])
def claims(request: pytest.FixtureRequest) -> SendClaims:
    if request.param == "memory":
        return InMemorySendClaims(LIMIT)
    deployed: Aws = request.getfixturevalue("deployed")
    return DynamoDBSendClaims(aws.serialize_requests(deployed.dynamodb), deployed.names["BotDataTable"], LIMIT)


def test_mail_is_claimed_once(claims: SendClaims) -> None:
    assert claims.claim(an_effect("a"))
    assert not claims.claim(an_effect("a", at=NOW + timedelta(days=20)))
    assert claims.claim(an_effect("b"))
    assert claims.claim(an_effect("a", bot_id="other"))


def test_released_mail_can_be_claimed_again(claims: SendClaims) -> None:
    for _ in range(3):
        assert claims.claim(an_effect("a", LIMIT))
        claims.release(an_effect("a", LIMIT))

    assert claims.claim(an_effect("a", LIMIT))


def test_recipients_of_a_bot_and_day_are_limited(claims: SendClaims) -> None:
    assert claims.claim(an_effect("a", 3))
    with pytest.raises(NotSentError, match="mail to more than 5 recipients today"):
        claims.claim(an_effect("b", 3))

    assert claims.claim(an_effect("b", 2))
    assert not claims.claim(an_effect("a", 3)), "a mail that was claimed is not refused by the limit"
    assert claims.claim(an_effect("c", 3, bot_id="other"))
    assert claims.claim(an_effect("c", 3, at=NOW + timedelta(minutes=1)))


def test_mail_to_more_recipients_than_the_limit_is_refused(claims: SendClaims) -> None:
    with pytest.raises(NotSentError, match="MailLimit"):
        claims.claim(an_effect("a", LIMIT + 1))

    assert claims.claim(an_effect("a", LIMIT))


def test_text_messages_have_claims_and_a_limit_of_their_own(claims: SendClaims) -> None:
    text = replace(an_effect("a"), kind=SendKind.SMS)

    assert claims.claim(an_effect("a", LIMIT))
    assert claims.claim(text)
    assert not claims.claim(text)
    with pytest.raises(NotSentError, match=r"more than 5 text messages today, its limit \(SmsLimit\)"):
        claims.claim(replace(an_effect("b", LIMIT), kind=SendKind.SMS))


def test_concurrent_claims_of_one_mail_succeed_once(deployed: Aws) -> None:
    client = aws.serialize_requests(deployed.dynamodb)
    claims = DynamoDBSendClaims(client, deployed.names["BotDataTable"], LIMIT)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: claims.claim(an_effect("a")), range(4)))

    assert sorted(results) == [False, False, False, True]


def test_claims_contain_no_address_and_expire(deployed: Aws) -> None:
    claims = DynamoDBSendClaims(deployed.dynamodb, deployed.names["BotDataTable"], LIMIT)
    claims.claim(an_effect("a", 2))

    items = {item["id"]["S"]: item for item in deployed.list_items("BotDataTable")}
    assert items.keys() == {"conversation:a:1", "day#2026-11-29"}
    assert items["conversation:a:1"].keys() == {"bot_table", "id", "expires_at"}
    assert items["day#2026-11-29"]["number"] == {"N": "2"}
    # A job can wait for 28 days, and send the mail until then.
    assert {int(item["expires_at"]["N"]) for item in items.values()} == {int(NOW.timestamp()) + 29 * 24 * 60 * 60}


# ------------------------------------------------------------------------------------------------------------- sender


def ses_mails() -> list[SentMail]:
    """Return the mails that moto's SES has sent."""
    mails = []
    for sent in ses_backends[ACCOUNT][REGION].sent_messages:
        message = email.message_from_string(sent.raw_data, policy=default)
        content = message.get_content().replace("\r\n", "\n").removesuffix("\n")
        # moto adds those of the header to those of the request.
        mails.append(SentMail(tuple(dict.fromkeys(sent.destinations)), message["Subject"], content))
    return mails


@pytest.fixture(params=["memory", "ses"])
def sender_and_mails(request: pytest.FixtureRequest) -> tuple[MailSender, Any]:
    if request.param == "memory":
        fake = FakeMailSender()
        return fake, lambda: fake.sent
    request.getfixturevalue("_moto")
    ses_backends[ACCOUNT][REGION].sent_messages.clear()
    client: Any = boto3.client("sesv2", config=CLIENT_CONFIG)
    client.create_email_identity(EmailIdentity=SENDER)
    return SesMailSender(client, SENDER), ses_mails


@pytest.mark.parametrize(
    ("to", "subject", "text"),
    [
        (["ada@example.com"], "Order", "It is here."),
        (["ada@example.com", "bia@example.com"], "Pedido nº 1 \N{PACKAGE}", "Olá, Ada\n\n é aqui \N{PACKAGE}"),
        (["ada@example.com"], "a" * 200, "word " * 1_000 + "x" * 2_000),
        ([f"recipient-{number}@example.com" for number in range(25)], "a, b; c <d@example.com>", ".\n.\nFrom me"),
    ],
    ids=["ascii", "unicode", "long", "many"],
)
def test_mail_is_sent(sender_and_mails: tuple[MailSender, Any], to: Sequence[str], subject: str, text: str) -> None:
    sender, mails = sender_and_mails

    sender.send(to, subject, text)

    assert mails() == [SentMail(tuple(to), subject, text)]


def test_attachments_are_parts_of_the_message() -> None:
    files = [
        MailAttachment("Fatura José.pdf", "application/pdf", b"%PDF-\0\xff"),
        MailAttachment("a.txt", "text/plain", b"x"),
    ]
    message = build_message(SENDER, ["ada@example.com"], "Order", "It is here.", MailParts(tuple(files)))
    parsed: Any = email.message_from_bytes(message.as_bytes(), policy=default)

    assert parsed.get_body().get_content().strip() == "It is here."
    assert [
        (part.get_filename(), part.get_content_type(), part.get_payload(decode=True))
        for part in parsed.iter_attachments()
    ] == [(file.name, file.content_type, file.content) for file in files]
    assert message.as_bytes().isascii()


def test_html_is_an_alternative_to_the_text() -> None:
    files = [MailAttachment("a.pdf", "application/pdf", b"%PDF-")]
    message = build_message(
        SENDER, ["ada@example.com"], "Order", "It is here.", MailParts(tuple(files), "<p>It is <b>here</b>.</p>")
    )
    parsed: Any = email.message_from_bytes(message.as_bytes(), policy=default)

    assert parsed.get_body(("plain",)).get_content().strip() == "It is here."
    assert parsed.get_body(("html",)).get_content().strip() == "<p>It is <b>here</b>.</p>"
    assert [part.get_filename() for part in parsed.iter_attachments()] == ["a.pdf"]


def test_message_has_the_headers_of_a_bot() -> None:
    message = build_message(SENDER, ["ada@example.com", "bia@example.com"], "Order", "It is here.")

    assert {name: message[name] for name in ("From", "To", "Subject", "Auto-Submitted")} == {
        "From": SENDER,
        "To": "ada@example.com, bia@example.com",
        "Subject": "Order",
        "Auto-Submitted": "auto-generated",
    }
    assert message.as_bytes().isascii()


@pytest.mark.parametrize(
    ("to", "subject"),
    [(["ada@example.com\r\nBcc: eve@example.com"], "A"), (["ada@example.com"], "A\nBcc: eve@example.com")],
)
def test_header_with_a_line_break_is_refused_by_the_library(to: list[str], subject: str) -> None:
    with pytest.raises(ValueError, match=r"linefeed|carriage return"):
        build_message(SENDER, to, subject, "B")


class FailingSes:
    """SES that does not accept a mail."""

    def __init__(self, failure: Exception) -> None:
        self.failure = failure
        self.requests = 0

    def send_email(self, **_request: object) -> object:
        self.requests += 1
        raise self.failure


def a_failure(code: str, status: int = 400) -> ClientError:
    message = "Email address is not verified: eve@example.com"
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "SendEmail")


@pytest.mark.parametrize(
    "failure",
    [
        a_failure("TooManyRequestsException", 429),
        a_failure("ThrottlingException"),
        ConnectTimeoutError(endpoint_url="https://email"),
        EndpointConnectionError(endpoint_url="https://email"),
    ],
)
def test_mail_that_was_not_accepted_can_be_sent_again(failure: Exception) -> None:
    with pytest.raises(UnavailableError):
        SesMailSender(FailingSes(failure), SENDER).send(["ada@example.com"], "A", "B")


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (a_failure("MessageRejected"), r"^Amazon SES refused the mail \(MessageRejected\): is MailFrom verified"),
        (a_failure("BadRequestException"), r"^Amazon SES refused the mail \(BadRequestException\)$"),
        (a_failure("AccessDeniedException", 403), "may not send from MailFrom$"),
        (a_failure("InternalServiceErrorException", 500), r"not known whether .* failed \(InternalServiceError"),
        (ReadTimeoutError(endpoint_url="https://email"), "not known whether .* it did not answer"),
        (ConnectionClosedError(endpoint_url="https://email"), "not known whether .* it did not answer"),
    ],
)
def test_refused_mail_and_mail_in_doubt_are_not_sent_again(failure: Exception, message: str) -> None:
    with pytest.raises(NotSentError, match=message) as refusal:
        SesMailSender(FailingSes(failure), SENDER).send(["ada@example.com"], "A", "B")

    assert "eve@example.com" not in str(refusal.value)


@pytest.mark.usefixtures("_moto")
def test_client_makes_one_attempt() -> None:
    client: Any = boto3.client("sesv2", config=CLIENT_CONFIG)
    attempts = []

    def fail(**_: object) -> None:
        attempts.append(1)
        raise ReadTimeoutError(endpoint_url="https://email")

    client.meta.events.register_first("before-send.sesv2.*", fail)
    with pytest.raises(NotSentError):
        SesMailSender(client, SENDER).send(["ada@example.com"], "A", "B")

    assert attempts == [1]


# ---------------------------------------------------------------------------------------------------------- functions


@pytest.mark.parametrize("worker", WORKERS)
def test_script_sends_a_mail_from_the_address_of_the_deployment(deployed: Aws, worker: str) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    ses_backends[ACCOUNT][REGION].sent_messages.clear()
    with run_functions(deployed, MailFrom=SENDER) as started:
        functions = replace(started, worker=worker)
        publish(deployed, functions, 'HEAR name\nSEND MAIL "ada@example.com", "Hi", "Dear " + name\nTALK "Sent."')
        owner = a_user("ada")
        conversation = functions.store_conversation(a_conversation(owner, bot_id="default"))
        functions.run_turns(events.records(GreetJob(conversation_id=conversation.id)))
        message = functions.store_message(owner, conversation, "Ada")
        job = AnswerJob(conversation_id=conversation.id, message_id=message.id)

        assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
        assert functions.run_turns(events.records(job)) == {"batchItemFailures": []}
        replies = [message.content for message in functions.list_messages(conversation.id) if message.sender == "bot"]

    assert replies == ["Sent."]
    assert ses_mails() == [SentMail(("ada@example.com",), "Hi", "Dear Ada")]


def test_webhook_sends_one_mail_for_a_repeated_delivery(deployed: Aws) -> None:
    boto3.client("sesv2").create_email_identity(EmailIdentity=SENDER)
    ses_backends[ACCOUNT][REGION].sent_messages.clear()
    with run_functions(deployed, MailFrom=SENDER) as functions:
        publish(deployed, functions, "", hook='WEBHOOK "hook"\nSEND MAIL "ada@example.com", "Paid", body.order')
        functions.set_webhook_secret("default", hash_secret("s"))
        event = events.rest("webhook", raw='{"order": 7}')
        event["pathParameters"] = {"bot_id": "default", "name": "hook"}
        event["path"] = "/default/webhook/hook"
        event["headers"] |= {"X-Webhook-Secret": "s", "Idempotency-Key": "k", "Content-Type": "application/json"}
        statuses = [functions.invoke("webhook", event)["statusCode"] for _ in range(2)]

    assert statuses == [204, 204]
    assert ses_mails() == [SentMail(("ada@example.com",), "Paid", "7")]


def publish(deployed: Aws, functions: Any, script: str, **others: str) -> None:  # noqa: ANN401 - of the fixture's module
    bundle = a_bundle({"start": script, **others})
    bot = a_script_bot(bundle)
    deployed.s3.put_object(Bucket=BUCKET, Key=str(bot.program["key"]), Body=dump_bundle(bundle).encode())
    functions.publish(bot)
