"""What sends the mails and text messages of scripts."""

import boto3

from conversations.adapters.dynamodb.send_claims import DynamoDBSendClaims
from conversations.adapters.ses import SesMailSender
from conversations.adapters.single_attempt import CLIENT_CONFIG
from conversations.adapters.sns import SnsSmsSender
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain import timestamps
from conversations.engines.basic.sending import Mailer, Texter


def mailer() -> Mailer | None:
    """Return what sends mails, None if the deployment has no sender."""
    config = settings()
    if not config.mail_from:
        return None
    return Mailer(
        sender=mail_sender,
        claims=DynamoDBSendClaims(dynamodb(), config.bot_data_table, config.mail_limit),
        now=timestamps.now,
    )


def texter() -> Texter | None:
    """Return what sends text messages, None if the deployment has no sender."""
    config = settings()
    if not config.sms_from:
        return None
    return Texter(
        sender=sms_sender,
        claims=DynamoDBSendClaims(dynamodb(), config.bot_data_table, config.sms_limit),
        now=timestamps.now,
    )


@once
def mail_sender() -> SesMailSender:
    """Return SES; its client is made for the first mail."""
    return SesMailSender(boto3.client("sesv2", config=CLIENT_CONFIG), settings().mail_from)


@once
def sms_sender() -> SnsSmsSender:
    """Return SNS; its client is made for the first text message."""
    return SnsSmsSender(boto3.client("sns", config=CLIENT_CONFIG), settings().sms_from)
