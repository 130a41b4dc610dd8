"""Runs the state machine of the Python client against the fake server, with a clock that tests move."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from general_bots_conversations.core.effects import CloseSocket, OpenSocket, RenewToken, SendRequest, SendText
from general_bots_conversations.core.environment import VISITOR, Environment
from general_bots_conversations.core.machine import Machine
from general_bots_conversations.storage import MemoryStorage
from general_bots_conversations.timing import Timing
from tests.unit.python_client.fake_server import FakeServer

if TYPE_CHECKING:
    from general_bots_conversations.events import Event

_MAX_STEPS = 20_000


class FakeClock:
    """Time that tests move."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def now(self) -> float:
        return 1_800_000_000 + self.seconds

    def monotonic(self) -> float:
        return self.seconds


class Harness:
    """A client, the network and the server. Nothing moves until a test lets it."""

    def __init__(self, *, is_user: bool = True, server: FakeServer | None = None, timing: Timing | None = None) -> None:
        self.server = server or FakeServer()
        self.clock = FakeClock()
        self.storage = MemoryStorage()
        self.is_user = is_user
        self.timing = timing or Timing()
        self.events: list[Event] = []
        self.to_server: list[tuple[int, str]] = []
        self.requests: list[SendRequest] = []
        self.opening: list[OpenSocket] = []
        self.renewals = 0
        self._ids = 0
        self._first_socket = 0
        self.machine = self._create_machine()

    def crash(self) -> None:
        """End the process of the client and start another one with the same storage."""
        self.cut()
        self._first_socket += 1_000_000
        self.requests.clear()
        self.opening.clear()
        self.machine = self._create_machine()

    def do(self, *changes: Callable[[], object]) -> None:
        """Change the machine, and take what it asks for."""
        for change in changes:
            change()
        for effect in self.machine.take_effects():
            match effect:
                case OpenSocket():
                    self.opening.append(effect)
                case SendText(socket=socket, text=text):
                    self.to_server.append((socket + self._first_socket, text))
                case CloseSocket(socket=socket):
                    self._forget_socket(socket + self._first_socket)
                case SendRequest():
                    self.requests.append(effect)
                case RenewToken():
                    self.renewals += 1
        self.events += self.machine.take_events()

    # -- steps --------------------------------------------------------------------------------------------------------

    def open_socket(self) -> None:
        """Let the server answer the handshake."""
        effect = self.opening.pop(0)
        number = effect.socket + self._first_socket
        shifted = OpenSocket(number, effect.query, effect.session_token)
        refusal = self.server.open(shifted, is_user=self.is_user)
        if refusal is not None:
            self.do(lambda: self.machine.on_socket_refused(effect.socket, refusal))

    def deliver_to_server(self, index: int = 0) -> None:
        """Let the server receive a frame, if its socket is still open."""
        socket, text = self.to_server.pop(index)
        if socket in self.server.sockets:
            self.server.receive(socket, text)

    def deliver_to_client(self, index: int = 0, *, keep: bool = False) -> None:
        """Let the client receive a frame; with ``keep`` it comes once more."""
        socket, frame = self.server.outgoing[index] if keep else self.server.outgoing.pop(index)
        text = json.dumps(frame)
        self.do(lambda: self.machine.receive_text(socket - self._first_socket, text))

    def respond(self) -> None:
        """Let the server answer the next request."""
        request = self.requests.pop(0)
        result: Any = self.server.respond(request.method, request.path, request.query, request.body)
        self.do(lambda: request.on_result(result))

    def cut(self, code: int = 1006) -> None:
        """Break all sockets; what is on its way is lost."""
        sockets = list(self.server.sockets)
        for socket in sockets:
            self._forget_socket(socket)
        self.to_server.clear()
        for socket in sockets:
            number = socket - self._first_socket
            self.do(lambda number=number: self.machine.on_socket_closed(number, code))  # type: ignore[misc]

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.seconds += seconds
        self.do(self.machine.run_due_timers)

    def settle(self, seconds: float = 300) -> None:
        """Let everything arrive, for some time."""
        end = self.clock.seconds + seconds
        for _ in range(_MAX_STEPS):
            if self.opening:
                self.open_socket()
            elif self.to_server:
                self.deliver_to_server()
            elif self.requests:
                self.respond()
            elif self.server.outgoing:
                self.deliver_to_client()
            else:
                deadline = self.machine.next_deadline
                if deadline is None or deadline > end:
                    self.clock.seconds = max(self.clock.seconds, end)
                    return
                self.advance(max(0, deadline - self.clock.seconds))
        raise AssertionError("the client does not come to rest")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def list_events(self, kind: type) -> list[Any]:
        """Return the events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def _forget_socket(self, socket: int) -> None:
        self.server.sockets.pop(socket, None)
        self.server.outgoing = [item for item in self.server.outgoing if item[0] != socket]
        self.opening = [effect for effect in self.opening if effect.socket + self._first_socket != socket]

    def _create_machine(self) -> Machine:
        owner = "user/" if self.is_user else VISITOR
        environment = Environment(
            self.storage, owner, self.timing, self.clock, random=lambda: 0.5, create_id=self._create_id
        )
        return Machine(environment, is_user=self.is_user)

    def _create_id(self) -> str:
        self._ids += 1
        return f"client-message-{self._ids}"
