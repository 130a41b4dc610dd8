"""Redrive a dead-letter queue: ``python -m tools.dead_letters turns``.

The queues are those of the running local stack, of the file that ``STACK_JSON`` names, or of the stack of ``--stack``.
Dead letters contain ids only, but those of received mails contain addresses too: of them, the ids of the mails are
printed. The content of messages is in the tables and is not printed.
"""

import argparse
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import boto3

from conversations.adapters.automation_queues import build_change_group
from conversations.domain.automations import ChangeJob
from conversations.domain.correlation import CORRELATION_ATTRIBUTE
from local.errors import LocalStackError
from local.settings import find_stack_file
from tools.stream_letters import StreamsClient, convert_letter

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

QUEUES = {
    "turns": ("TurnsDeadLetterQueueUrl", "TurnsQueueUrl"),
    "waiting-turns": ("WaitingTurnsDeadLetterQueueUrl", "WaitingTurnsQueueUrl"),
    "delayed-messages": ("DelayedMessagesDeadLetterQueueUrl", "DelayedMessagesQueueUrl"),
    "expiries": ("ExpiriesDeadLetterQueueUrl", "ExpiriesQueueUrl"),
    "outbox": ("OutboxDeadLetterQueueUrl", "OutboxQueueUrl"),
    "automations": ("AutomationsDeadLetterQueueUrl", "AutomationsQueueUrl"),
    "automation-relay": ("AutomationRelayDeadLetterQueueUrl", "AutomationsQueueUrl"),
    "received-mails": ("ReceivedMailsDeadLetterQueueUrl", "ReceivedMailsQueueUrl"),
    "erasures": ("ErasuresDeadLetterQueueUrl", "ErasuresQueueUrl"),
}
"""The stack outputs with the dead-letter queue and its queue, by the name of the queue on the command line."""

_MAX_BATCH = 10
"""Maximum number of messages per receive (SQS quota)."""

_WAIT_SECONDS = 5
"""Long polling asks all servers of the queue; a short poll can be empty although there are messages (SQS)."""


class StackError(Exception):
    """The stack is not known. The text is shown to the user."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: clients for its queues and streams, and its outputs."""

    sqs: "SQSClient"
    streams: StreamsClient
    outputs: dict[str, str]


def load_stack(name: str | None) -> Stack:
    """Return the stack of this name on AWS; without a name, that of ``STACK_JSON`` or the running local stack.

    Raises
    ------
    StackError
        If there is no name, and no local stack is running.
    """
    if name is not None:
        described = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
        return Stack(boto3.client("sqs"), boto3.client("dynamodbstreams"), outputs)
    try:
        stack = json.loads(find_stack_file(os.environ).read_text(encoding="utf-8"))
    except LocalStackError as error:
        raise StackError(str(error)) from None
    except FileNotFoundError:
        raise StackError("No local stack is running. Start one with `make up`, or name one with --stack.") from None
    endpoint = stack["aws_endpoint"]
    session = boto3.Session(region_name=stack["region"]) if endpoint is None else _create_local_session(stack["region"])
    return Stack(
        session.client("sqs", endpoint_url=endpoint),
        session.client("dynamodbstreams", endpoint_url=endpoint),
        stack["outputs"],
    )


def _create_local_session(region: str) -> boto3.Session:
    return boto3.Session("local", "local", region_name=region)


def redrive(
    sqs: "SQSClient",
    *,
    dead_letters_url: str,
    queue_url: str,
    convert: Callable[[str], Sequence[str]] = lambda body: (body,),
) -> Iterator[str]:
    """Move all dead letters back to their queue, in order per message group, and yield the bodies of their jobs.

    A dead letter is deleted after its jobs are sent. If the command is interrupted in between, the next run moves it
    again; all jobs are idempotent.

    Parameters
    ----------
    sqs
        The client.
    dead_letters_url, queue_url
        The two queues.
    convert
        Returns the jobs of a dead letter; none if the letter has to stay.
    """
    while batch := sqs.receive_message(
        QueueUrl=dead_letters_url,
        MaxNumberOfMessages=_MAX_BATCH,
        WaitTimeSeconds=_WAIT_SECONDS,
        MessageSystemAttributeNames=["MessageGroupId"],
        MessageAttributeNames=[CORRELATION_ATTRIBUTE],
    ).get("Messages"):
        for dead_letter in batch:
            bodies = convert(dead_letter["Body"])
            for number, body in enumerate(bodies):
                _send(sqs, queue_url, dead_letter, number, body)
                yield body
            if bodies:
                sqs.delete_message(QueueUrl=dead_letters_url, ReceiptHandle=dead_letter["ReceiptHandle"])


def _send(sqs: "SQSClient", queue_url: str, dead_letter: "MessageTypeDef", number: int, body: str) -> None:
    attributes = dead_letter.get("MessageAttributes", {})
    if not queue_url.endswith(".fifo"):
        sqs.send_message(QueueUrl=queue_url, MessageBody=body, MessageAttributes=attributes)
        return
    sqs.send_message(
        QueueUrl=queue_url,
        MessageBody=body,
        MessageAttributes=attributes,
        MessageGroupId=dead_letter.get("Attributes", {}).get("MessageGroupId") or _get_group(body),
        # A new id, because the queue drops ids that it has received in the last five minutes.
        MessageDeduplicationId=f"{dead_letter['MessageId']}-{number}-redriven",
    )


def _get_group(body: str) -> str:
    """Return the message group of a job whose dead letter was on a standard queue: its row, or else its content."""
    job = json.loads(body)
    if job.get("kind") == "change":
        return build_change_group(ChangeJob.model_validate(job))
    return hashlib.sha256(body.encode()).hexdigest()


def describe_letter(body: str) -> str:
    """Return a job as it is printed; of a received mail its id, because the notification has addresses."""
    try:
        notification = json.loads(body)
    except ValueError:
        return body
    mail = notification.get("mail") if isinstance(notification, dict) else None
    return body if mail is None else str(mail.get("messageId"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.dead_letters", description=__doc__)
    parser.add_argument("queue", choices=QUEUES, help="whose dead letters are moved back")
    parser.add_argument("--stack", help="the name of a stack on AWS (default: STACK_JSON, or the local stack)")
    options = parser.parse_args(arguments)
    try:
        stack = load_stack(options.stack)
    except StackError as error:
        print(error)
        return 1
    dead_letters, queue = (stack.outputs[output] for output in QUEUES[options.queue])
    moved = 0
    convert = partial(convert_letter, stack.streams)
    for body in redrive(stack.sqs, dead_letters_url=dead_letters, queue_url=queue, convert=convert):
        print(describe_letter(body))
        moved += 1
    print(f"Messages moved to the queue: {moved}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
