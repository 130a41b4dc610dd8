"""What sends the mails of scripts."""

import boto3

from conversations.adapters.dynamodb.mail_claims import DynamoDBMailClaims
from conversations.adapters.ses import CLIENT_CONFIG, SesMailSender
from conversations.bootstrap.clients import dynamodb
from conversations.bootstrap.once import once
from conversations.config import settings
from conversations.domain import timestamps
from conversations.engines.basic.mailing import Mailer


def mailer() -> Mailer | None:
    """Return what sends mails, None if the deployment has no sender."""
    config = settings()
    if not config.mail_from:
        return None
    return Mailer(
        sender=mail_sender,
        claims=DynamoDBMailClaims(dynamodb(), config.bot_data_table, config.mail_limit),
        now=timestamps.now,
    )


@once
def mail_sender() -> SesMailSender:
    """Return SES; its client is made for the first mail."""
    return SesMailSender(boto3.client("sesv2", config=CLIENT_CONFIG), settings().mail_from)
