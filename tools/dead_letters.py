"""Redrive the dead-letter queue of the bots' queue: ``python -m tools.dead_letters --from URL --to URL``.

The queues contain ids only; the content of messages is in the tables and is not printed.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_MAX_BATCH = 10
"""Maximum number of messages per receive (SQS quota)."""


def redrive(sqs: "SQSClient", *, dead_letters_url: str, replies_url: str) -> Iterator[str]:
    """Move all dead letters back to the bots' queue, in order per conversation, and yield their bodies.

    A dead letter is deleted after it is sent. If the command is interrupted in between, the next run moves it again;
    message processing is idempotent, so it is answered once.
    """
    while batch := sqs.receive_message(
        QueueUrl=dead_letters_url,
        MaxNumberOfMessages=_MAX_BATCH,
        MessageSystemAttributeNames=["MessageGroupId"],
    ).get("Messages"):
        for dead_letter in batch:
            sqs.send_message(
                QueueUrl=replies_url,
                MessageBody=dead_letter["Body"],
                MessageGroupId=dead_letter["Attributes"]["MessageGroupId"],
                # A new id, because the queue drops ids that it has received in the last five minutes.
                MessageDeduplicationId=f"{dead_letter['MessageId']}-redriven",
            )
            sqs.delete_message(QueueUrl=dead_letters_url, ReceiptHandle=dead_letter["ReceiptHandle"])
            yield dead_letter["Body"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.dead_letters", description=__doc__)
    parser.add_argument(
        "--from", required=True, dest="dead_letters_url", metavar="URL", help="the stack output RepliesDeadLettersUrl"
    )
    parser.add_argument(
        "--to", required=True, dest="replies_url", metavar="URL", help="the stack output RepliesQueueUrl"
    )
    parser.add_argument("--endpoint-url", help="the URL of an AWS emulator (default: AWS)")
    options = parser.parse_args(arguments)
    moved = 0
    for body in redrive(
        boto3.client("sqs", endpoint_url=options.endpoint_url),
        dead_letters_url=options.dead_letters_url,
        replies_url=options.replies_url,
    ):
        print(body)
        moved += 1
    print(f"Messages moved to the queue: {moved}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
