"""Telling devices: in order on each, side by side, and none at the cost of another."""

from datetime import timedelta

from conversations.contract.server_frames import PongFrame, TypingFrame
from conversations.services.fan_out import OPENING_BACKOFF_SECONDS
from tests.builders import MORNING, a_socket, a_user
from tests.fakes.world import World

ADA = a_user()
FRAMES = [PongFrame(), TypingFrame(session_id="session-1"), PongFrame()]


def test_every_device_gets_every_frame_in_order() -> None:
    world = World()
    devices = [f"device-{number}" for number in range(50)]
    world.devices(ADA, *devices)

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    for device in devices:
        assert world.gateway.types(device) == ["pong", "typing", "pong"]


def test_nobody_is_told_where_there_is_no_device() -> None:
    world = World()

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.told == {}


def test_a_copy_comes_before_the_rest_and_not_to_the_device_it_came_from() -> None:
    world = World()
    world.devices(ADA, "phone", "laptop")

    world.fan_out.send_to_owner(ADA.owner, [TypingFrame(session_id="session-1")], copies=[PongFrame()], origin="phone")

    assert world.gateway.types("phone") == ["typing"]
    assert world.gateway.types("laptop") == ["pong", "typing"]


def test_a_slow_device_does_not_hold_up_the_others() -> None:
    world = World()
    world.devices(ADA, "slow", "quick")
    world.gateway.slow = {"slow"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.types("quick") == world.gateway.types("slow") == ["pong", "typing", "pong"]


def test_only_the_device_that_is_gone_is_forgotten() -> None:
    world = World()
    world.devices(ADA, "phone", "laptop")
    world.devices(a_user("eve"), "phone")
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert set(world.memory.sockets) == {(ADA.owner, "laptop"), (a_user("eve").owner, "phone")}


def test_a_device_that_missed_a_frame_gets_none_of_the_later_ones() -> None:
    world = World()
    world.devices(ADA, "phone")
    world.gateway.unavailable = {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)

    assert world.gateway.told["phone"] == []
    assert (ADA.owner, "phone") in world.memory.sockets


def test_a_device_that_cannot_even_be_forgotten_spoils_nothing() -> None:
    world = World()
    world.devices(ADA, "phone", "laptop")
    world.gateway.gone = {"phone"}
    world.sockets_table.busy = True

    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    world.fan_out.send_to_opening_connection(ADA.owner, "phone", PongFrame())

    assert world.gateway.types("laptop") == ["pong", "typing", "pong"]


def test_a_socket_that_is_still_opening_is_not_forgotten_by_what_others_say() -> None:
    world = World()
    world.sockets_table.add(a_socket(ADA, "phone", opened_at=MORNING - timedelta(seconds=10)))
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    assert (ADA.owner, "phone") in world.memory.sockets

    world.clock.forward(seconds=0.001)
    world.fan_out.send_to_owner(ADA.owner, FRAMES)
    assert (ADA.owner, "phone") not in world.memory.sockets


def test_a_new_socket_is_waited_for() -> None:
    world = World()
    world.sockets_table.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.opening = {"phone": len(OPENING_BACKOFF_SECONDS)}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", PongFrame())

    assert world.gateway.types("phone") == ["pong"]
    assert world.clock() - MORNING == timedelta(seconds=sum(OPENING_BACKOFF_SECONDS))


def test_a_new_socket_that_never_opens_is_forgotten_in_the_end() -> None:
    world = World()
    world.sockets_table.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", PongFrame())

    assert world.memory.sockets == {}
    assert world.clock() - MORNING < timedelta(seconds=5)


def test_a_new_socket_that_was_closed_again_is_not_waited_for() -> None:
    world = World()
    world.gateway.gone = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", PongFrame())

    assert world.clock() == MORNING


def test_a_new_socket_that_cannot_be_reached_is_left_alone() -> None:
    world = World()
    world.sockets_table.add(a_socket(ADA, "phone", opened_at=MORNING))
    world.gateway.unavailable = {"phone"}

    world.fan_out.send_to_opening_connection(ADA.owner, "phone", PongFrame())

    assert (ADA.owner, "phone") in world.memory.sockets
    assert world.clock() == MORNING
