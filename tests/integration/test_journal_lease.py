"""Two workers that run the same turn at the same time: only one of them has an effect."""

from typing import Any

import pytest

from basic.values import Value
from conversations.adapters.dynamodb.journal_storage import build_journal_storage
from conversations.domain.errors import UnavailableError
from conversations.domain.turn_time import MAX_SCRIPT_SECONDS
from conversations.engines.basic.replay_journal import ReplayJournal
from tests.aws import Aws
from tests.builders import a_bot, a_turn
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

    def start(self) -> ReplayJournal:
        """Start to run the turn in a new worker."""
        storage = build_journal_storage(
            self._where.dynamodb, get_tables(self._where), TURN, seconds=MAX_SCRIPT_SECONDS, now=self.clock
        )
        return ReplayJournal(storage, takes_lease=True)

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
    workers.clock.forward(seconds=properties("RepliesQueue")["VisibilityTimeout"])

    workers.post(workers.start(), "second")

    assert workers.received == ["first", "second"]
