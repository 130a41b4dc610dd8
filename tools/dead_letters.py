"""Have work tried again that was given up: ``python -m tools.dead_letters --from URL --to URL``.

What each message says is in the tables and not in the queues, so nothing of it is shown.
"""

import argparse
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_BATCH = 10
"""Most messages one receive hands out (SQS's quota)."""


def redrive(sqs: "SQSClient", *, dead_letters_url: str, replies_url: str) -> Iterator[str]:
    """Move every dead letter back to the bots' queue, in order per conversation, and yield what was moved.

    A letter is removed when it is queued; if this is cut short between the two it is moved again by the next run, and
    answered once.
    """
    while batch := sqs.receive_message(
        QueueUrl=dead_letters_url,
        MaxNumberOfMessages=_BATCH,
        MessageSystemAttributeNames=["MessageGroupId"],
    ).get("Messages"):
        for letter in batch:
            sqs.send_message(
                QueueUrl=replies_url,
                MessageBody=letter["Body"],
                MessageGroupId=letter["Attributes"]["MessageGroupId"],
                # Its own, because the queue would drop what it has seen within five minutes.
                MessageDeduplicationId=f"{letter['MessageId']}-redriven",
            )
            sqs.delete_message(QueueUrl=dead_letters_url, ReceiptHandle=letter["ReceiptHandle"])
            yield letter["Body"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.dead_letters", description=__doc__)
    parser.add_argument(
        "--from", required=True, dest="dead_letters_url", metavar="URL", help="the output TurnsDeadLetterQueueUrl"
    )
    parser.add_argument("--to", required=True, dest="replies_url", metavar="URL", help="the output TurnsQueueUrl")
    parser.add_argument("--endpoint-url", help="a local AWS; without it the real one")
    options = parser.parse_args(arguments)
    moved = 0
    for body in redrive(
        boto3.client("sqs", endpoint_url=options.endpoint_url),
        dead_letters_url=options.dead_letters_url,
        replies_url=options.replies_url,
    ):
        print(body)
        moved += 1
    print(f"{moved} to be tried again")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
