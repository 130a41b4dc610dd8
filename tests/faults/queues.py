"""SQS as its documentation has it, which moto does not play: what is in order, what is hidden, what is given up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.template import functions, properties, resources

DEDUPLICATION = timedelta(minutes=5)
"""For so long a message with the same id is taken and not queued ("Exactly-once processing in Amazon SQS")."""

_numbers = count(1)


@dataclass(slots=True)
class Record:
    """A message of a queue.

    Attributes
    ----------
    message_id, body, group, deduplication_id
        As sent; the last two are of FIFO queues.
    hidden_until
        When it may be handed out.
    receives
        How often it has been handed out.
    handle
        What the last one who got it may delete it with.
    """

    message_id: str
    body: str
    group: str | None
    deduplication_id: str | None
    hidden_until: datetime
    receives: int = 0
    handle: str | None = None

    def event(self, queue: str) -> dict[str, Any]:
        """Write the record as Lambda hands it to a function."""
        attributes = {
            "ApproximateReceiveCount": str(self.receives),
            "SentTimestamp": "1705312800012",
            "SenderId": "AROAEXAMPLEID:function",
            "ApproximateFirstReceiveTimestamp": "1705312800020",
        }
        if self.group is not None:
            attributes |= {
                "MessageGroupId": self.group,
                "MessageDeduplicationId": str(self.deduplication_id),
                "SequenceNumber": self.message_id,
            }
        return {
            "messageId": self.message_id,
            "receiptHandle": self.handle,
            "body": self.body,
            "attributes": attributes,
            "messageAttributes": {},
            "md5OfBody": "c70f8d8e7c970b4341dec010b9c52088",
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
            "awsRegion": "us-east-1",
        }


@dataclass(slots=True)
class Queue:
    """One queue, with the settings the template gives it."""

    name: str
    fifo: bool
    delay: timedelta
    visibility: timedelta
    most_receives: int | None
    dead_letters: "Queue | None" = None
    records: list[Record] = field(default_factory=list)
    _seen: dict[tuple[str | None, str], tuple[datetime, str]] = field(default_factory=dict)

    def send(
        self, body: str, now: datetime, *, group: str | None, deduplication_id: str | None, delay: int | None
    ) -> str:
        """Take a message and return its id; one that was taken lately is not queued again."""
        if self.fifo:
            assert group is not None
            assert deduplication_id is not None
            assert delay is None, "a FIFO queue takes no delay per message"
            at, known = self._seen.get((group, deduplication_id), (None, ""))
            if at is not None and now - at < DEDUPLICATION:
                return known
        message_id = f"record-{next(_numbers)}"
        if deduplication_id is not None:
            self._seen[group, deduplication_id] = now, message_id
        hidden = self.delay if delay is None else timedelta(seconds=delay)
        self.records.append(Record(message_id, body, group, deduplication_id, now + hidden))
        return message_id

    def ready(self, now: datetime) -> list[Record]:
        """Return what may be handed out: of each group of a FIFO queue the oldest, if it is not hidden."""
        self._give_up(now)
        return [record for record in self._heads() if record.hidden_until <= now]

    def next_at(self) -> datetime | None:
        """Return when something may be handed out."""
        return min((record.hidden_until for record in self._heads()), default=None)

    def receive(self, record: Record, now: datetime) -> None:
        """Hand a record out."""
        record.receives += 1
        record.handle = f"handle-{next(_numbers)}"
        record.hidden_until = now + self.visibility

    def delete(self, handle: str | None) -> None:
        """Remove a record; a handle that is not its last one removes nothing."""
        self.records = [record for record in self.records if record.handle is None or record.handle != handle]

    def hide(self, handle: str, seconds: int, now: datetime) -> bool:
        """Change how long a record that was handed out stays hidden; tell whether it still is."""
        for record in self.records:
            if record.handle == handle and record.hidden_until > now:
                record.hidden_until = now + timedelta(seconds=seconds)
                return True
        return False

    def _heads(self) -> Iterator[Record]:
        groups = set()
        for record in self.records:
            if not self.fifo or record.group not in groups:
                groups.add(record.group)
                yield record

    def _give_up(self, now: datetime) -> None:
        if self.most_receives is None or self.dead_letters is None:
            return
        for record in [each for each in self._heads() if each.hidden_until <= now]:
            if record.receives >= self.most_receives:
                self.records.remove(record)
                self.dead_letters.records.append(record)


@dataclass(slots=True)
class Stream:
    """What a table's stream holds for its consumer: new messages of users, at least once, in order.

    Attributes
    ----------
    table
        Whose stream.
    folder
        Which function reads it.
    window
        How long Lambda gathers records for a batch.
    records
        What has not been read, and since when it is there.
    busy
        Whether a batch is being read.
    """

    table: str
    folder: str
    window: timedelta
    records: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    busy: bool = False
    _size: int = 100
    _not_before: datetime | None = None

    def write(self, keys: dict[str, Any], image: dict[str, Any], now: datetime) -> None:
        """Take what was written, if the template's filter lets it through."""
        if image.get("sender") == {"S": "user"}:
            told = {
                "Keys": keys,
                "NewImage": image,
                "StreamViewType": "NEW_IMAGE",
                "SequenceNumber": str(next(_numbers)),
            }
            record = {"eventID": told["SequenceNumber"], "eventName": "INSERT", "eventSource": "aws:dynamodb"}
            self.records.append((now, record | {"dynamodb": told}))

    def next_at(self) -> datetime | None:
        """Return when the next batch is full."""
        if self.busy or not self.records:
            return None
        full = self.records[0][0] + self.window
        return full if self._not_before is None else max(full, self._not_before)

    def batch(self) -> list[dict[str, Any]]:
        """Return the next batch."""
        self.busy = True
        return [record for _, record in self.records[: self._size]]

    def read(self, batch: list[dict[str, Any]], now: datetime, *, done: bool) -> None:
        """Move on behind a batch, or halve it (``BisectBatchOnFunctionError``)."""
        self.busy = False
        if done:
            self.records = self.records[len(batch) :]
            self._size, self._not_before = 100, None
        else:
            self._size, self._not_before = max(len(batch) // 2, 1), now + timedelta(seconds=1)


FILTER = '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"sender":{"S":["user"]}}}}'


def streams() -> list[Stream]:
    """Return the streams that functions read."""
    found = []
    for folder, name in functions().items():
        for event in properties(name).get("Events", {}).values():
            if event["Type"] == "DynamoDB":
                told = event["Properties"]
                assert told["FilterCriteria"] == {"Filters": [{"Pattern": FILTER}]}
                window = timedelta(seconds=told["MaximumBatchingWindowInSeconds"])
                found.append(Stream(told["Stream"]["Fn::GetAtt"][0], folder, window))
    return found


def queues() -> dict[str, Queue]:
    """Return the template's queues, empty, by their logical ids."""
    found = {name: _queue(name) for name in resources("AWS::SQS::Queue")}
    for name, queue in found.items():
        target = properties(name).get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if target is not None:
            queue.dead_letters = found[target["Fn::GetAtt"][0]]
    return found


def _queue(name: str) -> Queue:
    told = properties(name)
    most = told.get("RedrivePolicy", {}).get("maxReceiveCount")
    return Queue(
        name=name,
        fifo=bool(told.get("FifoQueue", False)),
        delay=timedelta(seconds=told.get("DelaySeconds", 0)),
        visibility=timedelta(seconds=told.get("VisibilityTimeout", 30)),
        most_receives=None if most is None else int(most),
    )
