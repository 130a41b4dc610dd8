"""Contract suites of ``ConnectionStore``, ``BotCatalogue`` and ``TurnQueue``, for the fakes and the adapters."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from conversations.adapters.dynamodb.bot_catalogue import DynamoDBBotCatalogue
from conversations.adapters.dynamodb.connection_store import DynamoDBConnectionStore
from conversations.domain.answer_control import AnswerControls, StopRequest, Transfer
from conversations.domain.errors import NotFoundError
from conversations.domain.jobs import AnswerJob, GreetJob, TurnJob, WelcomeJob
from tests.aws import Aws, count_requests
from tests.builders import MORNING, a_bot, a_conversation_id, a_message, a_socket, a_user, a_visitor
from tests.integration.stores import Stores

if TYPE_CHECKING:
    from pydantic import JsonValue

ADA, EVE = a_user("ada"), a_user("eve")
LATER = MORNING + timedelta(minutes=10)


@pytest.mark.parametrize(("streams", "joined"), [(True, False), (False, True)])
def test_connection_is_read_as_stored(stores: Stores, streams: bool, joined: bool) -> None:
    connection = a_socket(ADA, "phone", streams=streams, suggestions_in_messages=joined)

    stores.connections.add(connection)

    assert stores.connections.get(ADA.owner, "phone") == connection
    assert stores.connections.list_by_owner(ADA.owner) == (connection,)


def test_connections_are_listed_by_owner(stores: Stores) -> None:
    phone, laptop = a_socket(ADA, "phone"), a_socket(ADA, "laptop")
    others = a_socket(EVE, "phone")
    for connection in (phone, laptop, others):
        stores.connections.add(connection)

    assert set(stores.connections.list_by_owner(ADA.owner)) == {phone, laptop}
    assert stores.connections.get(EVE.owner, "phone") == others
    assert stores.connections.get(EVE.owner, "laptop") is None
    assert stores.connections.list_by_owner(a_visitor().owner) == ()


def test_remove_deletes_one_connection_and_is_idempotent(stores: Stores) -> None:
    phone, laptop, others = a_socket(ADA, "phone"), a_socket(ADA, "laptop"), a_socket(EVE, "phone")
    for connection in (phone, laptop, others):
        stores.connections.add(connection)

    for _ in range(2):
        stores.connections.remove(ADA.owner, "phone")

    assert stores.connections.get(ADA.owner, "phone") is None
    assert stores.connections.list_by_owner(ADA.owner) == (laptop,)
    assert stores.connections.list_by_owner(EVE.owner) == (others,)


def test_remove_ignores_unknown_connection(stores: Stores) -> None:
    stores.connections.remove(ADA.owner, "ghost")

    assert stores.connections.get(ADA.owner, "ghost") is None


def test_hundreds_of_connections_are_listed(stores: Stores) -> None:
    connections = {a_socket(ADA, f"device-{number}") for number in range(150)}
    for connection in connections:
        stores.connections.add(connection)

    assert set(stores.connections.list_by_owner(ADA.owner)) == connections


def test_controls_of_answers_are_read_with_the_connections_and_are_no_connections(stores: Stores) -> None:
    phone, others = a_socket(ADA, "phone", streams=True), a_socket(EVE, "phone")
    anything, named = StopRequest("conv:open", None, LATER), StopRequest("conv:open", "message", LATER)
    transfer = Transfer("conv", EVE.owner, LATER)
    for connection in (phone, others):
        stores.connections.add(connection)
    for request in (anything, named):
        stores.connections.add_stop_request(ADA.owner, request)
    stores.connections.add_transfer(ADA.owner, transfer)

    controls = stores.connections.load_controls(ADA.owner)

    assert (controls.connections, set(controls.stop_requests), controls.transfers) == (
        (phone,),
        {anything, named},
        (transfer,),
    )
    assert stores.connections.list_by_owner(ADA.owner) == (phone,)
    assert stores.connections.load_controls(EVE.owner) == AnswerControls((others,))


def test_repeated_controls_replace_each_other(stores: Stores) -> None:
    later, even_later = LATER, LATER + timedelta(minutes=1)
    for expires_at in (later, even_later):
        stores.connections.add_stop_request(ADA.owner, StopRequest("conv:open", "message", expires_at))
        stores.connections.add_transfer(ADA.owner, Transfer("conv", EVE.owner, expires_at))

    controls = stores.connections.load_controls(ADA.owner)

    assert controls.stop_requests == (StopRequest("conv:open", "message", even_later),)
    assert controls.transfers == (Transfer("conv", EVE.owner, even_later),)


def test_controls_are_removed_and_connections_are_not(stores: Stores) -> None:
    phone, others = a_socket(ADA, "phone"), StopRequest("conv:open", None, LATER)
    stores.connections.add(phone)
    stores.connections.add_transfer(ADA.owner, Transfer("conv", EVE.owner, LATER))
    for number in range(30):
        stores.connections.add_stop_request(ADA.owner, StopRequest(f"conv:{number}", None, LATER))
    stores.connections.add_stop_request(EVE.owner, others)

    assert [stores.connections.remove_controls(ADA.owner) for _ in range(2)] == [False, True]

    assert stores.connections.load_controls(ADA.owner) == AnswerControls((phone,))
    assert stores.connections.load_controls(EVE.owner) == AnswerControls(stop_requests=(others,))


def test_connections_and_controls_are_read_with_one_request(deployed: Aws) -> None:
    connections = DynamoDBConnectionStore(deployed.dynamodb, deployed.names["ConnectionsTable"])
    connections.add(a_socket(ADA, "phone"))
    connections.add_stop_request(ADA.owner, StopRequest("conv:open", None, LATER))

    with count_requests(deployed.dynamodb) as requests:
        connections.load_controls(ADA.owner)

    assert requests == {"Query": 1}


def test_connection_expires_no_earlier_than_api_gateway_closes_it(stores: Stores) -> None:
    opened_at = MORNING + timedelta(milliseconds=250)
    closed_at = opened_at + timedelta(hours=2)
    stores.connections.add(a_socket(ADA, opened_at=opened_at, expires_at=closed_at))

    (connection,) = stores.connections.list_by_owner(ADA.owner)

    assert connection.opened_at == opened_at
    assert timedelta() <= connection.expires_at - closed_at < timedelta(seconds=1)


def test_bot_is_read_as_published(stores: Stores) -> None:
    program: dict[str, JsonValue] = {
        "say": ["Grüße", "你好", ""],
        "deep": {"a": [1, 2.5, None, True, {"b": "\N{GRINNING FACE}"}]},
    }
    bot = a_bot("bot-123", name="Support Bot", program={"program": program})

    stores.publish(bot)

    assert stores.bots.get("bot-123") == bot
    assert stores.bots.get("bot-123") == bot


@pytest.mark.parametrize("bot_id", ["bot-124", "BOT-123", "bot-123 "])
def test_unpublished_bot_is_not_found(stores: Stores, bot_id: str) -> None:
    stores.publish(a_bot("bot-123"))

    with pytest.raises(NotFoundError, match="bot does not exist"):
        stores.bots.get(bot_id)


def test_missing_bot_is_not_cached(stores: Stores) -> None:
    with pytest.raises(NotFoundError):
        stores.bots.get("new")

    stores.publish(a_bot("new"))

    assert stores.bots.get("new") == a_bot("new")


def test_publishing_replaces_bot(deployed: Aws) -> None:
    first = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    first.publish(a_bot("bot-123", name="Old"))
    first.publish(a_bot("bot-123", name="New"))

    assert DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable").get("bot-123").name == "New"


def test_bot_is_cached(deployed: Aws) -> None:
    bots = DynamoDBBotCatalogue(deployed.dynamodb, "BotsTable")
    bots.publish(a_bot())

    with count_requests(deployed.dynamodb) as requests:
        for _ in range(5):
            bots.get("default")

    assert requests == {"GetItem": 1}


def build_jobs(conversation_id: str, device: str = "L0SM9cOFvHcCIhw=") -> list[TurnJob]:
    return [
        GreetJob(conversation_id=conversation_id),
        WelcomeJob(conversation_id=conversation_id, connection_id=device),
        AnswerJob(conversation_id=conversation_id, message_id=a_message(conversation_id).id, connection_id=device),
        AnswerJob(conversation_id=conversation_id, message_id=a_message(conversation_id, seq=2).id, in_order=True),
    ]


both_lanes = pytest.mark.parametrize("waits", [False, True], ids=["turns", "waiting"])


@both_lanes
@pytest.mark.parametrize("kind", range(4))
def test_job_is_received_as_sent(stores: Stores, kind: int, *, waits: bool) -> None:
    job = build_jobs(a_conversation_id())[kind]

    stores.queue.put(job, waits=waits)

    assert stores.receive_jobs(waits) == [job]


@both_lanes
def test_jobs_of_conversation_are_received_in_order(stores: Stores, *, waits: bool) -> None:
    here, there = build_jobs(a_conversation_id(), "phone"), build_jobs(a_conversation_id(), "laptop")
    for one, other in zip(here, there, strict=True):
        stores.queue.put(one, waits=waits)
        stores.queue.put(other, waits=waits)

    received = stores.receive_jobs(waits)

    assert [job for job in received if job.conversation_id == here[0].conversation_id] == here
    assert [job for job in received if job.conversation_id == there[0].conversation_id] == there


@both_lanes
def test_duplicate_jobs_are_dropped(stores: Stores, *, waits: bool) -> None:
    jobs = build_jobs(a_conversation_id())
    for job in jobs * 3:
        stores.queue.put(job, waits=waits)

    assert stores.receive_jobs(waits) == jobs


@both_lanes
def test_retry_from_another_connection_is_duplicate(stores: Stores, *, waits: bool) -> None:
    message = a_message(a_conversation_id())
    first = AnswerJob(conversation_id=message.conversation_id, message_id=message.id, connection_id="phone")
    stores.queue.put(first, waits=waits)

    stores.queue.put(first.model_copy(update={"connection_id": "laptop"}), waits=waits)

    assert stores.receive_jobs(waits) == [first]


@both_lanes
def test_job_that_is_queued_again_in_order_is_no_duplicate(stores: Stores, *, waits: bool) -> None:
    message = a_message(a_conversation_id())
    first = AnswerJob(conversation_id=message.conversation_id, message_id=message.id)
    stores.queue.put(first, waits=waits)
    in_order = first.model_copy(update={"in_order": True})

    stores.queue.put(in_order, waits=waits)

    assert stores.receive_jobs(waits) == [first, in_order]


@both_lanes
def test_welcome_jobs_of_connections_are_no_duplicates(stores: Stores, *, waits: bool) -> None:
    conversation_id = a_conversation_id()
    welcomes = [WelcomeJob(conversation_id=conversation_id, connection_id=device) for device in ("phone", "laptop")]
    for job in welcomes:
        stores.queue.put(job, waits=waits)

    assert stores.receive_jobs(waits) == welcomes


def test_lanes_are_separate(stores: Stores) -> None:
    here, there = build_jobs(a_conversation_id()), build_jobs(a_conversation_id())

    for one, other in zip(here, there, strict=True):
        stores.queue.put(one, waits=False)
        stores.queue.put(other, waits=True)

    assert stores.receive_jobs(False) == here
    assert stores.receive_jobs(True) == there
