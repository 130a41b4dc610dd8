"""Work that was given up, and the command that has it tried again."""

import pytest

from conversations.adapters.sqs import SqsRetryControl, SqsTurnQueue
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.domain.jobs import from_json as work_of
from tests.aws import Aws
from tests.builders import a_session_id
from tools.dead_letters import main


def letters(where: Aws, queue: str) -> list[TurnJob]:
    """Take everything off a queue."""
    taken = []
    while batch := where.sqs.receive_message(QueueUrl=where.names[queue], MaxNumberOfMessages=1).get("Messages", []):
        taken.append(work_of(batch[0]["Body"]))
        where.sqs.delete_message(QueueUrl=where.names[queue], ReceiptHandle=batch[0]["ReceiptHandle"])
    return taken


def redriven(where: Aws) -> int:
    return main(["--from", where.names["RepliesDeadLetters"], "--to", where.names["RepliesQueue"]])


def test_redrive_moves_all_dead_letters_in_order(
    deployed: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    session_id, other = a_session_id(), a_session_id()
    works: list[TurnJob] = [AnswerJob(session_id=session_id, message_id=f"{number}") for number in range(12)]
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for work in [*works, GreetJob(session_id=other)]:
        receipts.send_to_dead_letter_queue(work)

    assert redriven(deployed) == 0

    assert "13 to be tried again" in capsys.readouterr().out
    assert letters(deployed, "RepliesDeadLetters") == []
    back = letters(deployed, "RepliesQueue")
    assert [work for work in back if work.session_id == session_id] == works
    assert GreetJob(session_id=other) in back


def test_redriven_job_is_not_dropped_as_duplicate(deployed: Aws) -> None:
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    SqsTurnQueue(deployed.sqs, deployed.names["RepliesQueue"]).put(work)
    assert letters(deployed, "RepliesQueue") == [work]
    SqsRetryControl(
        deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"]
    ).send_to_dead_letter_queue(work)

    redriven(deployed)

    assert letters(deployed, "RepliesQueue") == [work]


def test_redrive_of_empty_queue_moves_nothing(deployed: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert redriven(deployed) == 0

    assert capsys.readouterr().out == "0 to be tried again\n"


def test_dead_letter_is_stored_once(deployed: Aws) -> None:
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for _ in range(3):
        receipts.send_to_dead_letter_queue(work)

    assert letters(deployed, "RepliesDeadLetters") == [work]


def test_delayed_retry_is_delivered_after_delay(deployed: Aws) -> None:
    url = deployed.names["RepliesQueue"]
    work = AnswerJob(session_id=a_session_id(), message_id="1")
    SqsTurnQueue(deployed.sqs, url).put(work)
    (record,) = deployed.sqs.receive_message(QueueUrl=url)["Messages"]
    receipts = SqsRetryControl(deployed.sqs, url, deployed.names["RepliesDeadLetters"])

    receipts.delay_retry(record["ReceiptHandle"], 0)

    assert letters(deployed, "RepliesQueue") == [work]


def test_delaying_retry_of_finished_delivery_is_ignored(deployed: Aws) -> None:
    receipts = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])

    receipts.delay_retry("no receipt at all", 5)
