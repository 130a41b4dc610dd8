"""The dead-letter queue and the command that redrives it."""

import pytest

from conversations.adapters.sqs import SqsRetryControl, SqsTurnQueue
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.jobs import from_json as work_of
from tests.aws import Aws
from tests.builders import a_session_id
from tools.dead_letters import main


def drain(aws: Aws, queue: str) -> list[TurnJob]:
    """Receive and delete all messages of a queue."""
    jobs = []
    while batch := aws.sqs.receive_message(QueueUrl=aws.names[queue], MaxNumberOfMessages=1).get("Messages", []):
        jobs.append(work_of(batch[0]["Body"]))
        aws.sqs.delete_message(QueueUrl=aws.names[queue], ReceiptHandle=batch[0]["ReceiptHandle"])
    return jobs


def redrive(aws: Aws) -> int:
    return main(["--from", aws.names["RepliesDeadLetters"], "--to", aws.names["RepliesQueue"]])


def test_redrive_moves_all_dead_letters_in_order(deployed: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    session_id, other_session_id = a_session_id(), a_session_id()
    jobs: list[TurnJob] = [AnswerJob(session_id=session_id, message_id=f"{number}") for number in range(12)]
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for work in [*jobs, GreetJob(session_id=other_session_id)]:
        receipts.send_to_dead_letter_queue(work)

    assert redrive(deployed) == 0

    assert "Messages moved to the queue: 13" in capsys.readouterr().out
    assert drain(deployed, "RepliesDeadLetters") == []
    redriven = drain(deployed, "RepliesQueue")
    assert [work for work in redriven if work.session_id == session_id] == jobs
    assert GreetJob(session_id=other_session_id) in redriven


def test_redriven_message_is_not_deduplicated(deployed: Aws) -> None:
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    SqsTurnQueue(deployed.sqs, deployed.names["RepliesQueue"]).put(work)
    assert drain(deployed, "RepliesQueue") == [work]
    SqsRetryControl(
        deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"]
    ).send_to_dead_letter_queue(work)

    redrive(deployed)

    assert drain(deployed, "RepliesQueue") == [work]


def test_redrive_of_an_empty_queue_moves_nothing(deployed: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert redrive(deployed) == 0

    assert capsys.readouterr().out == "Messages moved to the queue: 0\n"


def test_dead_lettering_is_idempotent(deployed: Aws) -> None:
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for _ in range(3):
        receipts.send_to_dead_letter_queue(work)

    assert drain(deployed, "RepliesDeadLetters") == [work]


def test_delayed_message_is_received_again_after_the_delay(deployed: Aws) -> None:
    url = deployed.names["RepliesQueue"]
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    SqsTurnQueue(deployed.sqs, url).put(work)
    (record,) = deployed.sqs.receive_message(QueueUrl=url)["Messages"]
    receipts = SqsRetryControl(deployed.sqs, url, deployed.names["RepliesDeadLetters"])

    receipts.delay_retry(record["ReceiptHandle"], 0)

    assert drain(deployed, "RepliesQueue") == [work]


def test_delaying_with_an_invalid_receipt_is_ignored(deployed: Aws) -> None:
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])

    receipts.delay_retry("invalid receipt", 5)
