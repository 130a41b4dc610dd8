"""Threads of clients: the same store contract on DynamoDB and on the fake."""

from conversations.domain.agent_run import Thread
from tests.builders import MORNING, a_conversation_id, a_user
from tests.integration.stores import Stores

ADA, EVE = a_user("ada").owner, a_user("eve").owner


def test_thread_is_stored_once(stores: Stores) -> None:
    first, second = Thread(a_conversation_id(), MORNING), Thread(a_conversation_id(), MORNING)

    assert stores.threads.get(ADA, "default", "h") is None
    assert stores.threads.put(ADA, "default", "h", first, before=None) == first
    assert stores.threads.put(ADA, "default", "h", second, before=None) == first
    assert stores.threads.get(ADA, "default", "h") == first
    assert stores.threads.get(EVE, "default", "h") is None
    assert stores.threads.get(ADA, "other", "h") is None


def test_thread_is_replaced_by_those_who_know_it(stores: Stores) -> None:
    first, second, third = (Thread(a_conversation_id(), MORNING) for _ in range(3))
    stores.threads.put(ADA, "default", "h", first, before=None)

    assert stores.threads.put(ADA, "default", "h", second, before=first) == second
    assert stores.threads.put(ADA, "default", "h", third, before=first) == second
    assert stores.threads.get(ADA, "default", "h") == second


def test_erasure_of_the_owner_includes_threads(stores: Stores) -> None:
    stores.threads.put(ADA, "default", "h", Thread(a_conversation_id(), MORNING), before=None)

    while not stores.eraser.erase_start_records(ADA):
        pass

    assert stores.threads.get(ADA, "default", "h") is None
