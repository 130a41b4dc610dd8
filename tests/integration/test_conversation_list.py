"""Contract of the order of the list, for the fake and the adapter: exact, whatever the indexes are sorted by."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.adapters.dynamodb import list_reader
from conversations.adapters.dynamodb.conversation_store import DynamoDBConversationStore
from conversations.adapters.dynamodb.schema.sessions import build_list_position
from conversations.adapters.dynamodb.talk_store import DynamoDBTalkStore
from conversations.domain.conversation import (
    LIST_WINDOW,
    ConversationStatus,
    ConversationSummary,
    ListCursor,
    ListFilter,
    ListPosition,
)
from conversations.domain.errors import UnavailableError
from conversations.domain.principal import Principal
from conversations.domain.talk import TalkEffect
from conversations.domain.timestamps import MILLISECOND
from conversations.ports.messages import MessageStore
from conversations.services.conversation_list import INDEX_DELAY, ConversationListService
from tests.aws import Aws, count_requests, run_before_next
from tests.builders import MORNING, a_conversation, a_conversation_id, a_draft, a_user, an_utterance
from tests.integration.stores import Stores, commit_turn, dynamodb_stores, get_tables

ADA = a_user()
ACTIVE, ARCHIVED = ConversationStatus.ACTIVE, ConversationStatus.ARCHIVED
EVERYTHING = ListFilter()
MINUTE = timedelta(minutes=1)

type Step = tuple[Literal["start", "send", "answer", "archive", "delete", "wait"], int]

_PAUSES = (MILLISECOND, MINUTE, LIST_WINDOW - MINUTE, LIST_WINDOW, LIST_WINDOW + MILLISECOND, 3 * LIST_WINDOW)
_MAX_PAGES = 50
_KINDS = ("start", "send", "send", "send", "answer", "answer", "archive", "delete", "wait", "wait")

steps = st.lists(st.tuples(st.sampled_from(_KINDS), st.integers(0, 11)), max_size=40)
filters = st.builds(
    ListFilter, bot_id=st.sampled_from([None, "sales", "support"]), status=st.sampled_from([None, ACTIVE, ARCHIVED])
)


@dataclass(slots=True)
class Use:
    """What an owner does, and what the list must be.

    Attributes
    ----------
    stores, owner
        Where, and who.
    now
        The time, also of the next page.
    expected
        What a list without a filter shows of each conversation, without its last message.
    """

    stores: Stores
    owner: Principal = field(default_factory=lambda: a_user(a_conversation_id()))
    now: datetime = MORNING
    expected: dict[str, ConversationSummary] = field(default_factory=dict)
    processes: tuple[MessageStore, ...] = ()

    def __post_init__(self) -> None:
        self.processes = (self.stores.another_process(), self.stores.another_process())

    def do(self, step: Step) -> None:
        """Do one thing, to the conversation of that number if it needs one."""
        kind, number = step
        if kind == "wait":
            self.now += _PAUSES[number % len(_PAUSES)]
        elif kind == "start":
            self.start("sales" if number % 2 else "support")
        elif self.expected:
            conversation_id = list(self.expected)[number % len(self.expected)]
            getattr(self, kind)(conversation_id, number)

    def start(self, bot_id: str = "default") -> str:
        """Start a conversation."""
        conversation = a_conversation(self.owner, bot_id=bot_id, last_activity=self.now)
        self.stores.conversations.create(conversation)
        self.expected[conversation.id] = ConversationSummary(
            id=conversation.id,
            bot_id=bot_id,
            bot_name=conversation.bot_name,
            title="",
            status=ACTIVE,
            last_message="",
            last_activity=self.now,
        )
        return conversation.id

    def send(self, conversation_id: str, number: int = 0) -> None:
        """Send a message with one of the processes, if the conversation accepts it."""
        if self.expected[conversation_id].status is ACTIVE:
            process = self.processes[number % len(self.processes)]
            process.append(self.owner, conversation_id, a_draft("Hello"), self.now)
            self._move(conversation_id)

    def answer(self, conversation_id: str, number: int = 0) -> None:
        """Answer the first message that is pending, or greet."""
        conversation = self.stores.conversations.get(conversation_id)
        assert conversation is not None
        if conversation.is_answering:
            pending_id = None if conversation.is_pending(0) else conversation.pending_message_ids[0]
            dialog = self.stores.turns.load(conversation_id, pending_id)
            assert dialog is not None
            commit_turn(self.stores.turns, dialog, [an_utterance()] * (number % 2), {}, self.now)
            if number % 2:
                self._move(conversation_id)

    def archive(self, conversation_id: str, _: int = 0) -> None:
        """Archive the conversation, or open it again."""
        conversation = self.stores.conversations.get(conversation_id)
        assert conversation is not None
        status = ARCHIVED if conversation.status is ACTIVE else ACTIVE
        self.stores.conversations.set_status(conversation, status, self.now)
        self._change(conversation_id, status=status)

    def delete(self, conversation_id: str, _: int = 0) -> None:
        """Delete the conversation."""
        conversation = self.stores.conversations.get(conversation_id)
        assert conversation is not None
        self.stores.conversations.mark_deleted(conversation, self.now)
        del self.expected[conversation_id]

    def _move(self, conversation_id: str) -> None:
        before = self.expected[conversation_id].last_activity
        self._change(conversation_id, last_activity=max(self.now, before + MILLISECOND))

    def _change(self, conversation_id: str, **changes: object) -> None:
        self.expected[conversation_id] = self.expected[conversation_id].model_copy(update=changes)

    def list_expected(self, matching: ListFilter) -> list[ConversationSummary]:
        """Return what the list must be."""
        matches = [
            summary
            for summary in self.expected.values()
            if matching.bot_id in (None, summary.bot_id) and matching.status in (None, summary.status)
        ]
        return sorted(matches, key=lambda summary: summary.position, reverse=True)

    def walk(self, matching: ListFilter, limit: int, *, oldest_first: bool = False) -> Iterator[ConversationSummary]:
        """Yield the conversations of all pages, each of which continues after the last one of the page before."""
        after: ListPosition | None = None
        for _ in range(_MAX_PAGES):
            page = self.stores.conversations.list_by_owner(
                self.owner.owner, matching, limit=limit, after=after, oldest_first=oldest_first
            )
            assert len(page.items) == limit or not page.has_more
            yield from page.items
            if not page.has_more:
                return
            after = page.items[-1].position
        pytest.fail("The walk does not end.")

    def walk_by_offset(self, matching: ListFilter, limit: int) -> Iterator[ConversationSummary]:
        """Yield the conversations of all pages, each of which skips those before."""
        for number in range(_MAX_PAGES):
            page = self.stores.conversations.list_by_owner(
                self.owner.owner, matching, limit=limit, offset=number * limit
            )
            yield from page.items
            if not page.has_more:
                return
        pytest.fail("The walk does not end.")

    def check(self, matching: ListFilter, limit: int) -> None:
        """Compare all pages, in both directions, with what they must be."""
        expected = self.list_expected(matching)
        assert [*map(hide_message, self.walk(matching, limit))] == expected
        assert [*map(hide_message, self.walk(matching, limit, oldest_first=True))] == expected[::-1]
        assert [*map(hide_message, self.walk_by_offset(matching, limit))] == expected
        assert self.stores.conversations.count_by_owner(self.owner.owner, matching) == len(expected)
        for bot_id in ("sales", "support"):
            newest = next(iter(self.list_expected(ListFilter(bot_id, ACTIVE))), None)
            found = self.stores.conversations.get_newest_active_id(self.owner.owner, bot_id)
            assert found == (None if newest is None else newest.id)


def hide_message(summary: ConversationSummary) -> ConversationSummary:
    """Return a summary without its last message."""
    return summary.model_copy(update={"last_message": ""})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=steps, matching=filters, limit=st.integers(1, 4))
def test_every_walk_is_in_the_order_of_the_last_activities(
    stores: Stores, plan: list[Step], matching: ListFilter, limit: int
) -> None:
    use = Use(stores)
    for step in plan:
        use.do(step)

    use.check(matching, limit)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(begin=steps, plans=st.lists(st.lists(st.sampled_from(_KINDS), max_size=3), max_size=8), data=st.data())
def test_walk_while_messages_arrive_shows_again_only_what_has_moved(
    stores: Stores, begin: list[Step], plans: list[list[str]], data: st.DataObject
) -> None:
    use = Use(stores)
    for step in begin:
        use.do(step)
    use.now += 2 * INDEX_DELAY
    began, kept = use.now, set(use.expected)
    service = ConversationListService(stores.conversations, lambda: use.now)
    limit = data.draw(st.integers(1, 3))
    seen: dict[str, datetime] = {}
    after: ListCursor | None = None
    for plan in [*plans, *[[]] * 100]:
        page = service.get_page(use.owner.owner, EVERYTHING, limit=limit, offset=0, after=after)
        for summary in page.conversations:
            earlier = seen.get(summary.id)
            # What comes again has moved since, after the walk began.
            assert earlier is None or earlier < summary.last_activity >= began
            seen[summary.id] = summary.last_activity
        after = page.next
        if after is None:
            break
        for kind in plan:
            use.do((kind, data.draw(st.integers(0, 11))))  # type: ignore[arg-type]  # one of ``_KINDS``

    assert after is None
    assert kept & use.expected.keys() <= seen.keys()


def start_within_a_window(stores: Stores) -> tuple[Use, dict[str, str]]:
    """Start a, b, c and d, a minute each, and then use a and d: the indexes have d, c, b, a."""
    use = Use(stores, ADA)
    ids = {}
    for name in "abcd":
        ids[name] = use.start()
        use.now += MINUTE
    use.send(ids["d"])
    use.now += MINUTE
    use.send(ids["a"])
    return use, ids


def list_names(stores: Stores, ids: dict[str, str], *, limit: int, offset: int = 0) -> list[str]:
    page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=limit, offset=offset)
    names = {conversation_id: name for name, conversation_id in ids.items()}
    return [names[summary.id] for summary in page.items]


def test_page_has_the_conversation_that_the_index_has_last(stores: Stores) -> None:
    _, ids = start_within_a_window(stores)

    assert list_names(stores, ids, limit=1) == ["a"]
    assert list_names(stores, ids, limit=2) == ["a", "d"]
    assert stores.conversations.get_newest_active_id(ADA.owner, "default") == ids["a"]


def test_offset_counts_in_the_order_of_the_last_activities(stores: Stores) -> None:
    use, ids = start_within_a_window(stores)
    use.send(ids["b"])

    assert [list_names(stores, ids, limit=1, offset=offset) for offset in range(5)] == [["b"], ["a"], ["d"], ["c"], []]


def test_page_after_a_cursor_repeats_none_that_the_index_has_behind_it(stores: Stores) -> None:
    use, ids = start_within_a_window(stores)

    assert [summary.id for summary in use.walk(EVERYTHING, 2)] == [ids[name] for name in "adcb"]


def test_walk_upwards_begins_a_window_before_its_cursor(stores: Stores) -> None:
    use, ids = start_within_a_window(stores)

    assert [summary.id for summary in use.walk(EVERYTHING, 2, oldest_first=True)] == [ids[name] for name in "bcda"]


def test_message_after_the_window_moves_the_conversation_in_the_indexes(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    talks = DynamoDBTalkStore(deployed.dynamodb, get_tables(deployed), 9)
    use = Use(stores, ADA)
    conversation_id, begun = use.start(), use.now
    use.answer(conversation_id, 1)

    def talk() -> None:
        conversation = stores.conversations.get(conversation_id)
        assert conversation is not None
        talks.store(TalkEffect("default", f"{use.now}", use.now), conversation, "Hi")

    def send() -> None:
        use.send(conversation_id)

    def answer() -> None:
        use.answer(conversation_id, 1)

    for speak in (send, answer, talk):
        use.now = begun + LIST_WINDOW - timedelta(seconds=1)
        assert get_position(deployed, conversation_id) == build_list_position(ACTIVE, begun, conversation_id)
        speak()
        assert get_position(deployed, conversation_id) == build_list_position(ACTIVE, begun, conversation_id)

    for speak in (talk, send, answer):
        use.now += LIST_WINDOW + timedelta(seconds=1)
        speak()
        assert get_position(deployed, conversation_id) == build_list_position(ACTIVE, use.now, conversation_id)


def get_position(deployed: Aws, conversation_id: str) -> str:
    response = deployed.dynamodb.get_item(TableName=deployed.names["SessionsTable"], Key={"id": {"S": conversation_id}})
    return response["Item"]["list_position"]["S"]


def test_archived_conversation_keeps_its_place(stores: Stores) -> None:
    use, ids = start_within_a_window(stores)

    use.archive(ids["d"])

    use.check(EVERYTHING, 1)
    use.check(ListFilter(status=ARCHIVED), 1)


def without_lock(deployed: Aws) -> DynamoDBConversationStore:
    """Return a store during whose requests others can be made."""
    return DynamoDBConversationStore(deployed.dynamodb, get_tables(deployed))


@pytest.mark.parametrize("change", ["archive", "delete"])
def test_rows_that_changed_since_the_index_was_read_are_shown_as_they_are(deployed: Aws, change: str) -> None:
    stores = dynamodb_stores(deployed)
    use, ids = start_within_a_window(stores)
    active = ListFilter(status=ACTIVE)
    run_before_next(deployed.dynamodb, "BatchGetItem", lambda _: getattr(use, change)(ids["d"]))

    page = without_lock(deployed).list_by_owner(ADA.owner, active, limit=9)

    assert [summary.id for summary in page.items] == [ids[name] for name in "acb"]
    use.check(EVERYTHING, 2)


def test_conversation_that_is_archived_between_two_queries_is_listed_once(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    use, ids = start_within_a_window(stores)

    def archive_before_second_query(_: object) -> None:
        run_before_next(deployed.dynamodb, "Query", lambda _: use.archive(ids["d"]))

    run_before_next(deployed.dynamodb, "Query", archive_before_second_query)
    page = without_lock(deployed).list_by_owner(ADA.owner, EVERYTHING, limit=9)

    assert [(summary.id, summary.status) for summary in page.items] == [
        (ids["a"], ACTIVE),
        (ids["d"], ARCHIVED),
        (ids["c"], ACTIVE),
        (ids["b"], ACTIVE),
    ]


@pytest.mark.parametrize(("number", "offset"), [(3, 0), (60, 0), (60, 50), (150, 140)])
def test_page_costs_the_same_for_any_number_of_conversations(deployed: Aws, number: int, offset: int) -> None:
    stores = dynamodb_stores(deployed)
    for minute in range(number):
        stores.conversations.create(a_conversation(ADA, last_activity=MORNING + 11 * minute * MINUTE))

    with count_requests(deployed.dynamodb) as requests:
        page = stores.conversations.list_by_owner(ADA.owner, EVERYTHING, limit=2, offset=offset)

    assert len(page.items) == 2
    # A query for each status.
    assert requests == {"Query": 2, "BatchGetItem": 1}


def test_newest_conversation_is_found_in_the_index_alone(deployed: Aws) -> None:
    stores = dynamodb_stores(deployed)
    use = Use(stores, ADA)
    use.start()
    use.now += LIST_WINDOW + MILLISECOND
    newest_id = use.start()

    with count_requests(deployed.dynamodb) as requests:
        assert stores.conversations.get_newest_active_id(ADA.owner, "default") == newest_id
    assert requests == {"Query": 1}


def test_page_reads_no_more_than_the_rate_limits_allow_within_two_windows(
    deployed: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = dynamodb_stores(deployed)
    use = Use(stores, ADA)
    for _ in range(9):
        use.start()
    assert list_reader.MAX_ROWS_OUTSIDE == 3_960
    monkeypatch.setattr(list_reader, "MAX_ROWS_OUTSIDE", 7)
    assert len(list(use.walk(EVERYTHING, 1))) == 9

    monkeypatch.setattr(list_reader, "MAX_ROWS_OUTSIDE", 6)
    with pytest.raises(UnavailableError):
        list(use.walk(EVERYTHING, 1))
