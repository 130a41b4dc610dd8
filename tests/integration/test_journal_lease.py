"""Two workers that run the same turn at the same time: only one of them has an effect."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from basic.errors import ScriptError
from basic.values import Value
from conversations.adapters.dynamodb.journal_storage import DynamoDBJournalStorage, build_journal_storage
from conversations.domain.errors import UnavailableError
from conversations.domain.turn import Turn
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.replay_journal import ReplayJournal
from tests.aws import Aws
from tests.builders import a_bot, a_conversation_id, a_message, a_turn, a_visitor
from tests.fakes.clock import HandClock
from tests.integration.stores import get_tables
from tests.template import properties

TURN = a_turn(a_bot())


class Workers:
    """Workers that run the same turn, and what the service received from them."""

    def __init__(self, where: Aws) -> None:
        self.clock = HandClock()
        self.received: list[str] = []
        self._where = where

    def start(self, turn: Turn = TURN) -> ReplayJournal:
        """Start to run the turn in a new worker."""
        return ReplayJournal(self.open(turn), takes_lease=True)

    def open(self, turn: Turn = TURN) -> DynamoDBJournalStorage:
        """Return the storage of the journal for a new worker."""
        return build_journal_storage(
            self._where.dynamodb, get_tables(self._where), turn, seconds=MAX_SCRIPT_SECONDS, now=self.clock
        )

    def expire_lease(self) -> None:
        """Wait until the queue delivers the job again."""
        self.clock.forward(seconds=properties("RepliesQueue")["VisibilityTimeout"])

    def post(self, journal: ReplayJournal, name: str, meanwhile: Any = None) -> Value:  # noqa: ANN401 - any callable
        """Let a worker send a request; ``meanwhile`` is called before the response arrives."""

        def send() -> Value:
            self.received.append(name)
            if meanwhile is not None:
                meanwhile()
            return "created"

        return journal.run_effect("POST", send, idempotent=False)


@pytest.fixture
def workers(deployed: Aws) -> Workers:
    return Workers(deployed)


def test_second_worker_has_no_effect_while_the_first_one_runs(workers: Workers) -> None:
    first, second = workers.start(), workers.start()

    def run_second() -> None:
        with pytest.raises(UnavailableError):
            workers.post(second, "second")

    workers.post(first, "first", run_second)

    assert workers.received == ["first"]


def test_second_worker_that_starts_later_replays_the_effect(workers: Workers) -> None:
    workers.post(workers.start(), "first")

    assert workers.post(workers.start(), "second") == "created"

    assert workers.received == ["first"]


def test_worker_has_several_effects_with_one_lease(workers: Workers) -> None:
    journal = workers.start()

    for name in ("one", "two", "three"):
        workers.post(journal, name)

    assert workers.received == ["one", "two", "three"]


def test_request_of_a_crashed_worker_is_sent_again_when_the_queue_delivers_the_job_again(workers: Workers) -> None:
    def crash() -> None:
        raise KeyboardInterrupt

    # The process dies after its request was sent; nothing is written after that.
    first = workers.start()
    with pytest.raises(KeyboardInterrupt):
        workers.post(first, "first", crash)
    workers.expire_lease()

    workers.post(workers.start(), "second")

    assert workers.received == ["first", "second"]


def move_file(journal: ReplayJournal, files: dict[str, str], meanwhile: Callable[[], None] = lambda: None) -> None:
    """Run a script that copies a file and moves it, as a turn; ``meanwhile`` is called before it reads the file."""

    def copy() -> Value:
        meanwhile()
        if "next.txt" not in files:
            raise ScriptError("there is no file next.txt")
        files["copy.txt"] = files["next.txt"]
        return "copy.txt"

    def move() -> Value:
        files["log.txt"] = files.pop("next.txt")
        return "log.txt"

    journal.run_effect("copy", copy, idempotent=False)
    journal.run_effect("move", move, idempotent=False)


@pytest.mark.parametrize("other_is_over", [False, True])
def test_interrupted_worker_does_not_fail_on_what_another_one_has_done(workers: Workers, other_is_over: bool) -> None:
    files = {"next.txt": "question"}

    def run_other() -> None:
        workers.expire_lease()
        move_file(workers.start(), files)
        if other_is_over:
            workers.expire_lease()

    # Not ScriptError, for which the bot would apologize.
    with pytest.raises(UnavailableError):
        move_file(workers.start(), files, run_other)
    move_file(workers.start(), files)

    assert files == {"copy.txt": "question", "log.txt": "question"}


def test_interrupted_worker_without_a_lease_does_not_fail_on_what_another_one_has_done(workers: Workers) -> None:
    """Lambda may start a worker so late that the queue delivers its job again while it still runs."""
    files = {"next.txt": "question"}
    journal = workers.start()

    def read() -> Value:
        move_file(workers.start(), files)
        raise ScriptError("there is no file next.txt")

    with pytest.raises(UnavailableError):
        journal.run_read("read", read)


def test_interrupted_worker_does_not_write_over_what_another_one_has_written(workers: Workers) -> None:
    interrupted = workers.open()
    interrupted.read()
    workers.post(workers.start(), "other")
    workers.expire_lease()

    with pytest.raises(UnavailableError):
        interrupted.write(b"")

    assert workers.post(workers.start(), "again") == "created"
    assert workers.received == ["other"]


def test_write_that_is_executed_late_does_not_replace_a_later_one(workers: Workers, deployed: Aws) -> None:
    storage = workers.open()
    requests: list[dict[str, Any]] = []
    deployed.dynamodb.meta.events.register(
        "provide-client-params.dynamodb.PutItem", lambda params, **_: requests.append(params)
    )
    storage.write(b"one effect")
    storage.write(b"two effects")

    # The first try of the first write, which has timed out.
    with pytest.raises(deployed.dynamodb.exceptions.ConditionalCheckFailedException):
        deployed.dynamodb.put_item(**requests[0])

    assert storage.read() == b"two effects"


def test_worker_continues_after_a_write_whose_response_was_lost(workers: Workers, deployed: Aws) -> None:
    def lose(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="")

    storage = workers.open()
    deployed.dynamodb.meta.events.register("after-call.dynamodb.PutItem", lose)
    with pytest.raises(UnavailableError):
        storage.write(b"one effect")
    deployed.dynamodb.meta.events.unregister("after-call.dynamodb.PutItem", lose)

    storage.write(b"two effects")

    assert workers.open().read() == b"two effects"


def test_worker_continues_the_journal_of_a_conversation_that_was_claimed(workers: Workers) -> None:
    """Before the claim and after it there is one lease."""
    message = a_message(a_conversation_id())
    visitors = workers.open(a_turn(a_bot(), message, owner=a_visitor()))
    visitors.write(b"before the claim")
    claimed = workers.open(a_turn(a_bot(), message))
    assert claimed.read() == b"before the claim"

    with pytest.raises(UnavailableError):
        claimed.write(b"after the claim")
    workers.expire_lease()
    claimed.write(b"after the claim")

    assert visitors.is_superseded()
    with pytest.raises(UnavailableError):
        visitors.write(b"of a worker from before the claim")
