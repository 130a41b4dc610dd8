"""Dead letters, the command that redrives them, and delayed retries."""

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from conversations.adapters.dynamodb.try_counter import DynamoDBTryCounter
from conversations.adapters.sqs import SqsRetryControl, SqsTurnQueue
from conversations.domain import jobs
from conversations.domain.automations import ChangeJob
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob
from conversations.ports.queues import TryCounter
from tests.aws import REGION, Aws
from tests.builders import MORNING, a_conversation_id, a_delivery
from tests.fakes.memory import InMemoryTryCounter
from tests.template import properties, resources, template
from tools import dead_letters
from tools.dead_letters import QUEUES, main, redrive

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

every_queue = pytest.mark.parametrize("queue", QUEUES)


def get_queue_name(output: str) -> str:
    """Return the logical id of the queue that a stack output names."""
    return str(template()["Outputs"][output]["Value"]["Ref"])


@pytest.fixture(autouse=True)
def local_stack(deployed: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Describe the deployment in a stack file, as that of a stack on AWS."""
    outputs = {output: deployed.names[get_queue_name(output)] for outputs in QUEUES.values() for output in outputs}
    file = tmp_path / "stack.json"
    file.write_text(json.dumps({"aws_endpoint": None, "region": REGION, "outputs": outputs}))
    monkeypatch.setenv("STACK_JSON", str(file))
    # moto waits really.
    monkeypatch.setattr(dead_letters, "_WAIT_SECONDS", 1)


def receive_all(where: Aws, queue: str) -> list[TurnJob]:
    """Receive and delete all jobs of a queue."""
    received = []
    while batch := where.sqs.receive_message(QueueUrl=where.names[queue], MaxNumberOfMessages=1).get("Messages", []):
        received.append(jobs.from_json(batch[0]["Body"]))
        where.sqs.delete_message(QueueUrl=where.names[queue], ReceiptHandle=batch[0]["ReceiptHandle"])
    return received


class ShortPollingClient:
    """An SQS client whose short polls ask a server that has no message, as those of SQS may."""

    def __init__(self, sqs: "SQSClient") -> None:
        self._sqs = sqs

    def receive_message(self, **request: Any) -> Any:  # noqa: ANN401 - boto3's
        return self._sqs.receive_message(**request) if request.get("WaitTimeSeconds") else {}

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - boto3's
        return getattr(self._sqs, name)


def test_every_dead_letter_queue_can_be_redriven_to_its_queue() -> None:
    targets = {
        properties(name)["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]: name
        for name in resources("AWS::SQS::Queue")
        if "RedrivePolicy" in properties(name)
    }
    # EventBridge Scheduler and the relay of changes name it, and no queue does.
    targets["AutomationRelayDeadLetters"] = "AutomationsQueue"

    assert {get_queue_name(letters): get_queue_name(queue) for letters, queue in QUEUES.values()} == targets


@every_queue
def test_redrive_by_name_moves_the_dead_letters_of_that_queue(queue: str, deployed: Aws) -> None:
    letters_url, queue_url = (deployed.names[get_queue_name(output)] for output in QUEUES[queue])
    fifo = {"MessageGroupId": "1", "MessageDeduplicationId": "1"} if letters_url.endswith(".fifo") else {}
    deployed.sqs.send_message(QueueUrl=letters_url, MessageBody='{"session_id": "1"}', **cast("Any", fifo))

    assert main([queue]) == 0

    (message,) = deployed.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]
    assert message["Body"] == '{"session_id": "1"}'
    assert "Messages" not in deployed.sqs.receive_message(QueueUrl=letters_url)


def test_redriven_changes_of_a_row_are_in_its_message_group(deployed: Aws) -> None:
    letters_url, queue_url = deployed.names["AutomationRelayDeadLetters"], deployed.names["AutomationsQueue"]
    deployed.sqs.send_message(QueueUrl=letters_url, MessageBody='{"DDBStreamBatchInfo": {}}')
    changes = [ChangeJob(bot_id="shop", change_id=change).model_dump_json() for change in ("a#1", "b#1", "a#2")]

    moved = list(redrive(deployed.sqs, dead_letters_url=letters_url, queue_url=queue_url, convert=lambda _: changes))

    assert moved == changes
    groups: dict[str, list[str]] = {}
    while messages := deployed.sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    ).get("Messages"):
        for message in messages:
            groups.setdefault(message["Attributes"]["MessageGroupId"], []).append(message["Body"])
            deployed.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    assert groups == {"shop#a": [changes[0], changes[2]], "shop#b": [changes[1]]}


def test_letter_without_a_job_stays(deployed: Aws) -> None:
    letters_url, queue_url = deployed.names["AutomationRelayDeadLetters"], deployed.names["AutomationsQueue"]
    deployed.sqs.send_message(QueueUrl=letters_url, MessageBody="{}")

    assert list(redrive(deployed.sqs, dead_letters_url=letters_url, queue_url=queue_url, convert=lambda _: ())) == []
    attributes = deployed.sqs.get_queue_attributes(QueueUrl=letters_url, AttributeNames=["All"])["Attributes"]
    assert (
        int(attributes["ApproximateNumberOfMessages"]) + int(attributes["ApproximateNumberOfMessagesNotVisible"]) == 1
    )


def test_empty_answer_of_a_queue_with_messages_does_not_end_the_redrive(deployed: Aws) -> None:
    letters_url = deployed.names["ErasuresDeadLetters"]
    deployed.sqs.send_message(QueueUrl=letters_url, MessageBody="{}")
    client = cast("SQSClient", ShortPollingClient(deployed.sqs))

    moved = list(redrive(client, dead_letters_url=letters_url, queue_url=deployed.names["ErasuresQueue"]))

    assert moved == ["{}"]


def test_redrive_without_a_stack_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STACK_JSON", str(tmp_path / "missing.json"))

    assert main(["turns"]) == 1

    assert "make up" in capsys.readouterr().out


def test_redrive_moves_all_dead_letters_in_order(deployed: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    conversation_id, other = a_conversation_id(), a_conversation_id()
    answer_jobs: list[TurnJob] = [
        AnswerJob(conversation_id=conversation_id, message_id=f"{number}") for number in range(12)
    ]
    retry_control = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for job in [*answer_jobs, GreetJob(conversation_id=other)]:
        retry_control.send_to_dead_letter_queue(job)

    assert main(["turns"]) == 0

    assert "Messages moved to the queue: 13" in capsys.readouterr().out
    assert receive_all(deployed, "RepliesDeadLetters") == []
    redriven = receive_all(deployed, "RepliesQueue")
    assert [job for job in redriven if job.conversation_id == conversation_id] == answer_jobs
    assert GreetJob(conversation_id=other) in redriven


def put_job(deployed: Aws, job: TurnJob) -> None:
    """Queue a job of a turn that does not wait."""
    queue = SqsTurnQueue(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["WaitingTurnsQueue"])
    queue.put(job, waits=False)


def test_redriven_job_is_not_dropped_as_duplicate(deployed: Aws) -> None:
    job = AnswerJob(conversation_id=a_conversation_id(), message_id="1")
    put_job(deployed, job)
    assert receive_all(deployed, "RepliesQueue") == [job]
    SqsRetryControl(
        deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"]
    ).send_to_dead_letter_queue(job)

    main(["turns"])

    assert receive_all(deployed, "RepliesQueue") == [job]


def test_redrive_of_empty_queue_moves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["turns"]) == 0

    assert capsys.readouterr().out == "Messages moved to the queue: 0\n"


def test_dead_letter_is_stored_once(deployed: Aws) -> None:
    job = AnswerJob(conversation_id=a_conversation_id(), message_id="1")
    retry_control = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])
    for _ in range(3):
        retry_control.send_to_dead_letter_queue(job)

    assert receive_all(deployed, "RepliesDeadLetters") == [job]


def test_delayed_retry_is_delivered_after_delay(deployed: Aws) -> None:
    url = deployed.names["RepliesQueue"]
    job = AnswerJob(conversation_id=a_conversation_id(), message_id="1")
    put_job(deployed, job)
    (record,) = deployed.sqs.receive_message(QueueUrl=url)["Messages"]
    retry_control = SqsRetryControl(deployed.sqs, url, deployed.names["RepliesDeadLetters"])

    retry_control.delay_retry(record["ReceiptHandle"], 0)

    assert receive_all(deployed, "RepliesQueue") == [job]


@pytest.fixture(params=["memory", "dynamodb"])
def try_counter(request: pytest.FixtureRequest, deployed: Aws) -> TryCounter:
    if request.param == "memory":
        return InMemoryTryCounter()
    return DynamoDBTryCounter(deployed.dynamodb, "LimitsTable", lambda: MORNING)


def test_tries_are_counted_per_job(try_counter: TryCounter) -> None:
    counts = [try_counter.count(a_delivery(receives, job_id="one")) for receives in (2, 5, 6)]

    assert counts == [1, 2, 3]
    assert try_counter.count(a_delivery(1, job_id="two")) == 1


def test_try_of_a_delivery_is_counted_once(try_counter: TryCounter) -> None:
    assert [try_counter.count(a_delivery(2)) for _ in range(3)] == [1, 1, 1]


def test_reset_tries_are_counted_from_the_beginning(try_counter: TryCounter) -> None:
    for receives in (2, 3):
        try_counter.count(a_delivery(receives))

    try_counter.reset(a_delivery(3))

    assert try_counter.count(a_delivery(4)) == 1


def test_tries_outlive_their_job(deployed: Aws) -> None:
    DynamoDBTryCounter(deployed.dynamodb, "LimitsTable", lambda: MORNING).count(a_delivery())

    (item,) = deployed.list_items("LimitsTable")
    assert int(item["expires_at"]["N"]) > (MORNING + timedelta(days=14)).timestamp()


def test_delaying_retry_of_finished_delivery_is_ignored(deployed: Aws) -> None:
    retry_control = SqsRetryControl(deployed.sqs, deployed.names["RepliesQueue"], deployed.names["RepliesDeadLetters"])

    retry_control.delay_retry("no receipt at all", 5)
