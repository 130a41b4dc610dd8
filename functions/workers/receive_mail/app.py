"""The consumer of the queue of received mails: queue the runs of the bots that have the address."""

from aws_lambda_powertools import Logger

from conversations.bootstrap.automations import mail_router
from conversations.domain.received_mail import MailNotification, parse_notification
from conversations.entrypoints import queue

logger = Logger()


def receive_mail(job: queue.Job[MailNotification]) -> None:
    """Queue a run for each recipient that a bot has a script for."""
    queued = mail_router().route(job.input)
    logger.info("received", mail=job.input.mail.id, queued=queued)


handler = queue.handler(parse_notification, receive_mail)
