"""Fan-out: broadcasts are ordered per connection and parallel, and connections do not affect each other."""

import logging
from datetime import timedelta

import pytest

from conversations.contract.server_frames import PongFrame, TypingFrame
from conversations.services.fan_out import OPENING_BACKOFF_SECONDS, OPENING_SECONDS
from tests.builders import MORNING, a_socket, a_user
from tests.fakes.world import World

ADA = a_user()
FRAMES = [PongFrame(), TypingFrame(session_id="session-1"), PongFrame()]


def test_broadcast_reaches_every_connection_in_order() -> None:
    world = World()
    devices = [f"device-{number}" for number in range(50)]
    world.add_connections(ADA, *devices)

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    for device in devices:
        assert world.gateway.types(device) == ["pong", "typing", "pong"]


def test_broadcast_without_connections_sends_nothing() -> None:
    world = World()

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.frames == {}


def test_copies_are_sent_first_and_not_to_the_origin() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")

    world.fan_out.announce(ADA.owner, [TypingFrame(session_id="session-1")], copies=[PongFrame()], origin="phone")

    assert world.gateway.types("phone") == ["typing"]
    assert world.gateway.types("laptop") == ["pong", "typing"]


def test_origin_gets_nothing_that_it_has_already() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")

    world.fan_out.send_to_owner(ADA.owner, [TypingFrame(session_id="session-1")], copies=[PongFrame()], origin="phone")
    world.fan_out.send_to_owner(ADA.owner, [], copies=FRAMES, origin="phone")

    assert world.gateway.types("phone") == ["typing"]
    assert world.gateway.types("laptop") == ["pong", "typing", "pong", "typing", "pong"]


def test_slow_connection_does_not_delay_the_others() -> None:
    world = World()
    world.add_connections(ADA, "slow", "quick")
    world.gateway.slow = {"slow"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.types("quick") == world.gateway.types("slow") == ["pong", "typing", "pong"]


def test_only_the_gone_connection_is_removed() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.add_connections(a_user("eve"), "phone")
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert set(world.memory.sockets) == {(ADA.owner, "laptop"), (a_user("eve").owner, "phone")}


def test_connection_that_missed_a_frame_gets_no_later_frames_and_is_closed() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.refused = {"phone": 1}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.frames["phone"] == []
    assert world.gateway.closed == ["phone"]
    assert set(world.memory.sockets) == {(ADA.owner, "laptop")}
    assert world.gateway.types("laptop") == ["pong", "typing", "pong"]


def test_connection_that_cannot_be_closed_gets_the_next_frames() -> None:
    world = World()
    world.add_connections(ADA, "phone")
    world.gateway.refused, world.gateway.unclosable = {"phone": 1}, {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    world.fan_out.send_to_owner(ADA.owner, [PongFrame()])

    assert world.gateway.types("phone") == ["pong"]


def test_connection_that_missed_an_announcement_stays_open() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.refused = {"phone": 1}

    world.fan_out.announce(ADA.owner, FRAMES, copies=[], origin=None)

    assert world.gateway.types("phone") == world.gateway.closed == []
    assert world.gateway.types("laptop") == ["pong", "typing", "pong"]
    assert (ADA.owner, "phone") in world.memory.sockets


def test_connection_that_missed_a_piece_stays_open() -> None:
    world = World()
    world.add_connections(ADA, "phone")
    world.gateway.refused = {"phone": 1}
    (phone,) = world.connections.list_by_owner(ADA.owner)

    assert world.fan_out.send_to_each([(phone, FRAMES)]) == frozenset()

    assert world.gateway.closed == []


def test_opening_connection_that_missed_a_frame_is_closed_and_kept_as_it_may_open_later() -> None:
    world = World()
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.refused = {"phone": 1}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.closed == ["phone"]
    assert (ADA.owner, "phone") in world.memory.sockets


@pytest.mark.parametrize(("unclosable", "outcome"), [(set[str](), "closed"), ({"phone"}, "open")])
def test_missed_frame_is_logged_and_counted_without_its_content(
    unclosable: set[str], outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    world.add_connections(ADA, "phone")
    world.gateway.unavailable, world.gateway.unclosable = {"phone"}, unclosable

    with caplog.at_level(logging.WARNING):
        world.fan_out.send_to_owner(ADA.owner, FRAMES)

    (line,) = [vars(record) for record in caplog.records]
    assert (line["message"], line["connection_id"], line["FramesMissed"], line["outcome"]) == (
        "frame missed",
        "phone",
        1,
        outcome,
    )
    assert "session-1" not in str(line)


def test_connection_that_did_not_accept_its_last_frame_is_closed() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.unavailable = {"phone"}

    world.fan_out.close_all(ADA.owner, PongFrame())

    assert sorted(world.gateway.closed) == ["laptop", "phone"]
    assert world.memory.sockets == {}


def test_connection_that_cannot_be_removed_does_not_affect_the_others() -> None:
    world = World()
    world.add_connections(ADA, "phone", "laptop")
    world.gateway.gone = {"phone"}
    world.connections.busy = True

    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.gateway.types("laptop") == ["pong", "typing", "pong"]


def test_opening_connection_is_not_removed_by_a_broadcast() -> None:
    world = World()
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING - timedelta(seconds=OPENING_SECONDS)))
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    assert (ADA.owner, "phone") in world.memory.sockets

    world.clock.forward(seconds=0.001)
    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    assert (ADA.owner, "phone") not in world.memory.sockets


def test_first_frame_is_retried_until_the_connection_opens() -> None:
    world = World()
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.opening = {"phone": len(OPENING_BACKOFF_SECONDS)}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.gateway.types("phone") == ["pong"]
    assert world.clock() - MORNING == timedelta(seconds=sum(OPENING_BACKOFF_SECONDS))


def test_connection_that_never_opens_is_removed() -> None:
    world = World()
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.memory.sockets == {}
    assert world.clock() - MORNING < timedelta(seconds=5)


def test_first_frame_is_not_retried_after_disconnect() -> None:
    world = World()
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.clock() == MORNING


def test_connection_that_did_not_accept_its_first_frame_is_closed() -> None:
    world = World()
    world.connections.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.unavailable = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.gateway.closed == ["phone"]
    assert world.clock() == MORNING


def test_disconnected_connection_is_not_closed_after_its_first_frame_was_refused() -> None:
    world = World()
    world.gateway.unavailable = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", [PongFrame()])

    assert world.gateway.closed == []
