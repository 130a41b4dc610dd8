"""What pages of growing histories and lists use: read units, requests and items, on moto.

Nothing is timed: an emulator sorts the complete partition for every query, and DynamoDB seeks. The items are put into
moto's tables directly, because a million requests would take it an hour.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType, LimitedSizeDict
from moto.dynamodb.models.dynamo_type import Item as MotoItem

from bench.figures import Bound, Column, Figure, Plot, Row, describe_origin, publish
from bench.units import Item

with redirect_stdout(StringIO()):
    # The loggers of the functions write to what is standard output when they are loaded.
    from bench.visits import Visits, open_visits
    from conversations.adapters.dynamodb.schema import message_history, sessions
    from conversations.adapters.dynamodb.serialization import serialize
    from conversations.bootstrap.stores import conversation_store
    from conversations.domain import ids, timestamps
    from conversations.domain.message import Message, Sender
    from conversations.domain.principal import Principal
    from tests import events
    from tests.aws import ACCOUNT, REGION
    from tests.builders import a_conversation, a_user
    from tools.bill import REQUESTS

HISTORY_SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
LIST_SIZES = (10, 100, 1_000, 10_000, 100_000)
PAGE_SIZE = 50
"""The default of both endpoints."""

_CONTENT = "x" * 200
_PREVIEW = "x" * 100
_PERIOD = timedelta(hours=1)
"""Between the conversations of the list."""

_MISSED = 10
"""Messages that a device catches up on."""

_UNITS, _ITEMS = "read units", "items read"
_COUNTS = (_UNITS, "requests", _ITEMS)


@dataclass(slots=True)
class _Pages:
    """Requests pages and counts what they use.

    Attributes
    ----------
    visits
        The functions and the meter.
    items
        How many items the requests so far have read.
    """

    visits: Visits
    items: int = 0

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count the items that the stores read."""
        emitter = conversation_store().client.meta.events
        emitter.register("after-call", self._on_response)
        yield
        emitter.unregister("after-call", self._on_response)

    def _on_response(self, parsed: Mapping[str, Any], **_: object) -> None:
        self.items += parsed.get("ScannedCount", 0) + ("Item" in parsed)
        self.items += sum(map(len, parsed.get("Responses", {}).values()))

    def count(self, folder: str, event: events.Event, expected: int) -> tuple[float, ...]:
        """Return the read units, requests and items of a page, which has to have ``expected`` rows."""
        # The first request of a user creates the item of the rate limit.
        self.visits.invoke(folder, event, "RestApi")
        self.visits.meter.take()
        self.items = 0
        response = self.visits.invoke(folder, event, "RestApi")
        (rows,) = (value for value in json.loads(response["body"]).values() if isinstance(value, list))
        if len(rows) != expected:
            raise SystemExit(f"{folder} returned {len(rows)} rows instead of {expected}.")
        amounts = self.visits.meter.take()
        return amounts["read"], amounts[REQUESTS], self.items


@dataclass(slots=True)
class _Filler:
    """Puts items into a table of moto without requests.

    Attributes
    ----------
    table
        The table.
    shared
        The values of attributes that all items have, by the JSON of the value.
    """

    table: str
    shared: dict[str, DynamoType] = field(default_factory=dict)

    def put(self, items: Iterable[Item]) -> None:
        """Put items; equal values are stored once."""
        table = get_backend("dynamodb")[ACCOUNT][REGION].get_table(self.table)
        for item in items:
            attributes = {name: self._share(value) for name, value in item.items()}
            stored: Any = MotoItem.__new__(MotoItem)
            stored.hash_key = attributes[table.hash_key_attr]
            stored.range_key = attributes[table.range_key_attr] if table.range_key_attr else None
            stored.attrs = LimitedSizeDict.__new__(LimitedSizeDict)
            # Its own method adds up the size of the item for every attribute.
            dict.update(stored.attrs, attributes)
            if stored.range_key is None:
                table.items[stored.hash_key] = stored
            else:
                table.items[stored.hash_key][stored.range_key] = stored

    def _share(self, value: Mapping[str, Any]) -> DynamoType:
        key = repr(value)
        if key not in self.shared:
            if len(self.shared) > _MAX_SHARED:
                self.shared.clear()
            self.shared[key] = DynamoType(dict(value))
        return self.shared[key]


_MAX_SHARED = 1_000


def _get_id(now: datetime, seq: int) -> str:
    """Return the id of a message. No two messages of a conversation have the same millisecond."""
    return ids.derive_message_id(now + timedelta(milliseconds=seq), seq, "bench")


def _build_messages(conversation_id: str, now: datetime, numbers: range) -> Iterator[Item]:
    first = Message(id="", conversation_id=conversation_id, seq=1, sender=Sender.USER, content=_CONTENT, timestamp=now)
    item = serialize(message_history.build_message_item(first, anonymous=False))
    for seq in numbers:
        yield item | {"id": {"S": _get_id(now, seq)}, "seq": {"N": str(seq)}}


def _build_conversations(user: Principal, now: datetime, numbers: range) -> Iterator[Item]:
    for number in numbers:
        conversation = a_conversation(user, last_activity=now - number * _PERIOD)
        conversation = conversation.model_copy(update={"last_message": _PREVIEW})
        yield serialize(sessions.build_conversation_item(conversation))


def measure_history(pages: _Pages) -> Figure:
    """Count pages of a history that grows."""
    functions, user = pages.visits.functions, a_user(uuid4().hex)
    conversation = functions.create_conversation(user)
    now, stored = conversation.last_activity, 0
    filler = _Filler("MessageHistoryTable")
    rows = []
    for size in HISTORY_SIZES:
        filler.put(_build_messages(conversation.id, now, range(stored + 1, size + 1)))
        stored = size
        queries: Sequence[dict[str, str]] = (
            {},
            {"before": ids.format_message_id(_get_id(now, size // 2 + 1))},
            {"after": ids.format_message_id(_get_id(now, size - _MISSED))},
        )
        counts: list[float] = []
        for query, expected in zip(queries, (PAGE_SIZE, PAGE_SIZE, _MISSED), strict=True):
            event = events.rest("get_history", user, conversation_id=f"conv-{conversation.id}", query=query)
            counts += pages.count("get_history", event, expected)
        rows.append(Row(f"{size:,}", counts))
    return _build_figure(
        "growth_history",
        "messages of the conversation",
        "pages of histories of 100 to a million messages of 200 characters: the newest 50, the 50 in the middle, and"
        f" the {_MISSED} that a device has missed.",
        ("newest", "middle", "missed"),
        rows,
    )


def measure_list(pages: _Pages) -> Figure:
    """Count pages of a list that grows."""
    user, now, stored = a_user(uuid4().hex), timestamps.now(), 0
    filler = _Filler("SessionsTable")
    rows = []
    for size in LIST_SIZES:
        filler.put(_build_conversations(user, now, range(stored, size)))
        stored = size
        counts: list[float] = []
        for query in ({}, {"offset": str(min(size // 2, _MAX_OFFSET))}):
            expected = min(PAGE_SIZE, size - int(query.get("offset", 0)))
            counts += pages.count("list_conversations", events.rest("list_conversations", user, query=query), expected)
        rows.append(Row(f"{size:,}", counts))
    return _build_figure(
        "growth_list",
        "conversations of the user",
        "pages of lists of 10 to 100,000 conversations, one an hour: the first 50, and 50 after an `offset` of half of"
        f" the list, at most {_MAX_OFFSET:,}.",
        ("first", "offset"),
        rows,
    )


_MAX_OFFSET = 10_000
"""The contract's."""


def _build_figure(name: str, title: str, compared: str, pages: Sequence[str], rows: Sequence[Row]) -> Figure:
    columns = [Column(f"{page}: {count}") for page in pages for count in _COUNTS]
    # The first full page; smaller ones cost less because they have less.
    full = next(row for row in rows if int(row.name.replace(",", "")) > PAGE_SIZE)
    return Figure(
        name=name,
        title=title,
        compared=compared,
        repeated="once: the amounts are counted and do not vary.",
        origin=describe_origin(),
        columns=columns,
        rows=rows,
        plot=Plot("lines", [f"{page}: {_UNITS}" for page in pages], logarithmic=name == "growth_list"),
        bounds=[
            Bound(
                f"read units of the {pages[0]} page of {rows[-1].name}, so that it costs what one of {full.name} costs",
                _get_number(rows[-1]),
                _get_number(full),
            )
        ],
    )


def _get_number(row: Row) -> float:
    value = row.values[0]
    if not isinstance(value, int | float):
        raise TypeError(row)
    return value


def measure() -> Iterator[Figure]:
    """Run the benchmarks."""
    with open_visits() as visits:
        pages = _Pages(visits)
        with pages.listening():
            yield measure_history(pages)
            yield measure_list(pages)


if __name__ == "__main__":
    for figure in measure():
        publish(figure)
