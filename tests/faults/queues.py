"""SQS and DynamoDB Streams as documented, which moto does not simulate: order, visibility, redrive, bisection."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.template import event_source_mappings, functions, properties, resources

DEDUPLICATION_WINDOW = timedelta(minutes=5)
"""A message with the same id is accepted but not queued for this long ("Exactly-once processing in Amazon SQS")."""

MAX_STREAM_PAUSE_SECONDS = 60
"""Longest pause before a batch that failed is read again; AWS documents no number."""

_numbers = count(1)


@dataclass(slots=True)
class Record:
    """A message of a queue.

    Attributes
    ----------
    message_id, body, group, deduplication_id
        The message; the last two are of FIFO queues.
    hidden_until
        When it may be received.
    receives
        How often it was received.
    handle
        The receipt handle of the last delivery.
    first_received_at
        When it was received for the first time.
    """

    message_id: str
    body: str
    group: str | None
    deduplication_id: str | None
    hidden_until: datetime
    receives: int = 0
    handle: str | None = None
    first_received_at: datetime | None = None

    def build_event(self, queue: str) -> dict[str, Any]:
        """Build the record as Lambda passes it to a function."""
        assert self.first_received_at is not None
        attributes = {
            "ApproximateReceiveCount": str(self.receives),
            "SentTimestamp": "1705312800012",
            "SenderId": "AROAEXAMPLEID:function",
            "ApproximateFirstReceiveTimestamp": str(int(self.first_received_at.timestamp() * 1_000)),
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
    """A queue with the settings of the template."""

    name: str
    fifo: bool
    delay: timedelta
    visibility: timedelta
    max_receives: int | None
    dead_letters: "Queue | None" = None
    records: list[Record] = field(default_factory=list)
    _seen: dict[tuple[str | None, str], tuple[datetime, str]] = field(default_factory=dict)

    def send(
        self, body: str, now: datetime, *, group: str | None, deduplication_id: str | None, delay: int | None
    ) -> str:
        """Accept a message and return its id. A duplicate is not queued again."""
        if self.fifo:
            assert group is not None
            assert deduplication_id is not None
            assert delay is None, "a FIFO queue takes no delay per message"
            at, original_id = self._seen.get((group, deduplication_id), (None, ""))
            if at is not None and now - at < DEDUPLICATION_WINDOW:
                return original_id
        message_id = f"record-{next(_numbers)}"
        if deduplication_id is not None:
            self._seen[group, deduplication_id] = now, message_id
        hidden = self.delay if delay is None else timedelta(seconds=delay)
        self.records.append(Record(message_id, body, group, deduplication_id, now + hidden))
        return message_id

    def list_ready(self, now: datetime) -> list[Record]:
        """Return the records that may be received: of each group of a FIFO queue the oldest, if it is visible."""
        self._move_to_dead_letters(now)
        return [record for record in self._list_heads() if record.hidden_until <= now]

    def get_next_time(self) -> datetime | None:
        """Return when the next record becomes visible."""
        return min((record.hidden_until for record in self._list_heads()), default=None)

    def receive(self, record: Record, now: datetime) -> None:
        """Receive a record."""
        record.receives += 1
        record.first_received_at = record.first_received_at or now
        record.handle = f"handle-{next(_numbers)}"
        record.hidden_until = now + self.visibility

    def delete(self, handle: str | None) -> None:
        """Delete a record; an old receipt handle deletes nothing."""
        self.records = [record for record in self.records if record.handle is None or record.handle != handle]

    def change_visibility(self, handle: str, seconds: int, now: datetime) -> bool:
        """Change the visibility timeout of a delivery; return False if it is over."""
        for record in self.records:
            if record.handle == handle and record.hidden_until > now:
                record.hidden_until = now + timedelta(seconds=seconds)
                return True
        return False

    def _list_heads(self) -> Iterator[Record]:
        groups = set()
        for record in self.records:
            if not self.fifo or record.group not in groups:
                groups.add(record.group)
                yield record

    def _move_to_dead_letters(self, now: datetime) -> None:
        if self.max_receives is None or self.dead_letters is None:
            return
        for record in [head for head in self._list_heads() if head.hidden_until <= now]:
            if record.receives >= self.max_receives:
                self.records.remove(record)
                self.dead_letters.records.append(record)


@dataclass(slots=True)
class Stream:
    """The stream of a table, with the items that a function reads: at least once, in order.

    Attributes
    ----------
    table
        The table.
    folder
        The function that reads the stream.
    matches
        Whether the template's filter lets an item through.
    keys
        The names of the table's key attributes.
    window
        Batching window of Lambda.
    records
        The unread records, each with its time.
    busy
        Whether a batch is being read.
    """

    table: str
    folder: str
    matches: Callable[[dict[str, Any]], bool]
    keys: Sequence[str]
    window: timedelta
    records: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    busy: bool = False
    _size: int = 100
    _not_before: datetime | None = None
    _failures: int = 0

    def write(self, image: dict[str, Any], now: datetime) -> None:
        """Add a write, if it matches the template's filter."""
        if self.matches(image):
            change = {
                "Keys": {name: image[name] for name in self.keys},
                "NewImage": image,
                "StreamViewType": "NEW_IMAGE",
                "SequenceNumber": str(next(_numbers)),
            }
            record = {"eventID": change["SequenceNumber"], "eventName": "INSERT", "eventSource": "aws:dynamodb"}
            self.records.append((now, record | {"dynamodb": change}))

    def get_next_time(self) -> datetime | None:
        """Return when the next batch is due."""
        if self.busy or not self.records:
            return None
        full = self.records[0][0] + self.window
        return full if self._not_before is None else max(full, self._not_before)

    def get_batch(self) -> list[dict[str, Any]]:
        """Return the next batch."""
        self.busy = True
        return [record for _, record in self.records[: self._size]]

    def complete_batch(self, batch: list[dict[str, Any]], now: datetime, *, done: bool) -> None:
        """Continue after a batch that succeeded, or halve it (``BisectBatchOnFunctionError``)."""
        self.busy = False
        if done:
            self.records = self.records[len(batch) :]
            self._size, self._not_before, self._failures = 100, None, 0
        else:
            self._failures += 1
            pause = timedelta(seconds=min(2**self._failures, MAX_STREAM_PAUSE_SECONDS))
            self._size, self._not_before = max(len(batch) // 2, 1), now + pause


def _is_of_user(image: dict[str, Any]) -> bool:
    return image.get("sender") == {"S": "user"}


def _is_change(image: dict[str, Any]) -> bool:
    return str(image["bot_table"]["S"]).startswith("!changes#")


def _is_schedule(image: dict[str, Any]) -> bool:
    return str(image["bot_table"]["S"]).startswith("!schedules#")


_FILTERS: dict[str, Callable[[dict[str, Any]], bool]] = {
    '{"eventName":["INSERT"],"dynamodb":{"NewImage":{"sender":{"S":["user"]}}}}': _is_of_user,
    '{"eventName":["INSERT"],"dynamodb":{"Keys":{"bot_table":{"S":[{"prefix":"!changes#"}]}}}}': _is_change,
    '{"eventName":["INSERT"],"dynamodb":{"Keys":{"bot_table":{"S":[{"prefix":"!schedules#"}]}}}}': _is_schedule,
}
"""The filters of the template. All items that match are put once only, so every put is an insertion."""


def create_streams() -> list[Stream]:
    """Return the streams that functions read, empty."""
    streams = []
    for folder in functions():
        for source in event_source_mappings(folder):
            table, attribute = source["EventSourceArn"]["Fn::GetAtt"]
            if attribute == "StreamArn":
                (pattern,) = source["FilterCriteria"]["Filters"]
                keys = [key["AttributeName"] for key in properties(table)["KeySchema"]]
                window = timedelta(seconds=source.get("MaximumBatchingWindowInSeconds", 0))
                streams.append(Stream(table, folder, _FILTERS[pattern["Pattern"]], keys, window))
    assert streams
    return streams


def create_queues() -> dict[str, Queue]:
    """Return the template's queues, empty, by their logical ids."""
    queues = {name: _create_queue(name) for name in resources("AWS::SQS::Queue")}
    for name, queue in queues.items():
        target = properties(name).get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if target is not None:
            queue.dead_letters = queues[target["Fn::GetAtt"][0]]
    return queues


def _create_queue(name: str) -> Queue:
    settings = properties(name)
    max_receives = settings.get("RedrivePolicy", {}).get("maxReceiveCount")
    return Queue(
        name=name,
        fifo=bool(settings.get("FifoQueue", False)),
        delay=timedelta(seconds=settings.get("DelaySeconds", 0)),
        visibility=timedelta(seconds=settings.get("VisibilityTimeout", 30)),
        max_receives=None if max_receives is None else int(max_receives),
    )
