"""Contract suite of ``ScheduleStore``, for the fake and the adapter."""

from dataclasses import replace

import pytest

from conversations.adapters.dynamodb.schedule_store import DynamoDBScheduleStore
from conversations.domain.schedules import ScheduleRefusedError, ScriptSchedule
from conversations.ports.schedules import ScheduleStore
from tests.aws import Aws
from tests.fakes.schedules import InMemoryScheduleStore

ONCE = ScriptSchedule("shop", "mail", "2026-11-25T09:00", "UTC")
DAILY = ScriptSchedule("shop", "mail", "0 9 * * *", "America/Sao_Paulo")


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> ScheduleStore:
    """The fake, and then the adapter."""
    if request.param == "memory":
        return InMemoryScheduleStore()
    where: Aws = request.getfixturevalue("deployed")
    return DynamoDBScheduleStore(where.dynamodb, "BotDataTable")


def test_schedule_is_read_and_listed(store: ScheduleStore) -> None:
    other = replace(ONCE, bot_id="other")
    for schedule in (ONCE, DAILY, other):
        store.add(schedule)

    assert [store.read(each.bot_id, each.id) for each in (ONCE, DAILY, other)] == [ONCE, DAILY, other]
    assert store.list_all("shop") == [DAILY, ONCE]
    assert store.list_all("none") == []


def test_schedule_that_is_added_again_stays_as_it_is(store: ScheduleStore) -> None:
    store.add(DAILY)
    store.add(replace(DAILY, time_zone="UTC"))

    assert store.list_all("shop") == [DAILY]


def test_schedule_is_removed_once_or_more(store: ScheduleStore) -> None:
    store.add(ONCE)
    store.remove("shop", ONCE.id)
    store.remove("shop", ONCE.id)

    assert store.read("shop", ONCE.id) is None
    assert store.list_all("shop") == []


def test_bot_has_a_bounded_number_of_schedules(store: ScheduleStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{type(store).__module__}.MAX_SCHEDULES", 5)
    for number in range(5):
        store.add(replace(DAILY, script=f"mail{number}"))

    store.add(replace(DAILY, script="mail0"))
    store.add(replace(DAILY, bot_id="other"))
    with pytest.raises(ScheduleRefusedError, match="have set 5 schedules that are not over"):
        store.add(ONCE)
    assert len(store.list_all("shop")) == 5


def test_schedule_of_one_time_expires_if_its_run_does_not_remove_it(deployed: Aws) -> None:
    store = DynamoDBScheduleStore(deployed.dynamodb, "BotDataTable")
    store.add(ONCE)
    store.add(DAILY)

    expiries = {item["id"]["S"]: item.get("expires_at") for item in deployed.list_items("BotDataTable")}
    # 30 days after it is due: longer than a job can live.
    assert expiries == {ONCE.id: {"N": "1798189200"}, DAILY.id: None}


def test_all_pages_are_counted_and_listed(deployed: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    client = deployed.dynamodb
    store = DynamoDBScheduleStore(client, "BotDataTable")
    for number in range(5):
        store.add(replace(DAILY, script=f"mail{number}"))
    query = client.query
    monkeypatch.setattr(client, "query", lambda **request: query(**request, Limit=2))
    monkeypatch.setattr("conversations.adapters.dynamodb.schedule_store.MAX_SCHEDULES", 5)

    assert len(store.list_all("shop")) == 5
    with pytest.raises(ScheduleRefusedError):
        store.add(ONCE)
