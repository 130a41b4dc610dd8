"""Runs the state machine of a client in an event loop: sockets, requests and timers."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from general_bots_conversations.core.effects import (
    CloseSocket,
    Effect,
    OpenSocket,
    Refusal,
    RenewToken,
    SendRequest,
    SendText,
)
from general_bots_conversations.core.machine import Machine
from general_bots_conversations.errors import ConversationsError, SignedOutError
from general_bots_conversations.events import Event
from general_bots_conversations.rest import Rest
from general_bots_conversations.sockets import Socket
from general_bots_conversations.tokens import TokenSource
from general_bots_conversations.urls import Urls


class SystemClock:
    """The clocks of the machine."""

    def now(self) -> float:
        """Return the seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()


class Driver:
    """Does what the machine asks for, and reports to it and to the app what has happened.

    All of it happens in one event loop. The machine is called by ``update`` only.
    """

    def __init__(
        self, machine: Machine, urls: Urls, token: TokenSource | None, rest: Rest, on_event: Callable[[Event], None]
    ) -> None:
        self.machine = machine
        self._urls = urls
        self._token = token
        self._rest = rest
        self._on_event = on_event
        self._sockets: dict[int, Socket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._waiters: list[asyncio.Future[None]] = []
        self._is_closed = False

    def update(self, *changes: Callable[[], object]) -> None:
        """Change the machine, and do what follows from it."""
        for change in changes:
            change()
        while True:
            effects, events = self.machine.take_effects(), self.machine.take_events()
            if not effects and not events:
                break
            for effect in effects:
                self._perform(effect)
            for event in events:
                self._on_event(event)
        self._set_timer()
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def wait_for_change(self, seconds: float | None) -> bool:
        """Wait until something has changed; return False if nothing has within some seconds."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close the sockets, and stop all that is running."""
        self._is_closed = True
        self.update(self.machine.close)
        for task in self._tasks:
            task.cancel()
        sockets = [socket.task for socket in self._sockets.values()]
        await asyncio.gather(*self._tasks, *sockets, return_exceptions=True)

    # -- what sockets report -------------------------------------------------------------------------------------------

    def on_text(self, socket: int, text: str | bytes) -> None:
        """Handle a received frame."""
        self.update(lambda: self.machine.receive_text(socket, text))

    def on_closed(self, socket: int, code: int) -> None:
        """Handle that an open socket was closed."""
        self.update(lambda: self.machine.on_socket_closed(socket, code))

    def on_refused(self, socket: int, refusal: Refusal) -> None:
        """Handle that a socket was not opened."""
        self.update(lambda: self.machine.on_socket_refused(socket, refusal))

    def on_signed_out(self) -> None:
        """Handle that there is no token."""
        self.update(self.machine.sign_out)

    # -- what the machine asks for -------------------------------------------------------------------------------------

    def _perform(self, effect: Effect) -> None:
        match effect:
            case OpenSocket():
                socket = Socket(effect, self._urls, self._token, self)
                self._sockets[effect.socket] = socket
                socket.task.add_done_callback(lambda _task: self._sockets.pop(effect.socket, None))
            case SendText(socket=number, text=text):
                if number in self._sockets:
                    self._sockets[number].send(text)
            case CloseSocket(socket=number):
                if number in self._sockets:
                    self._sockets[number].close()
            case SendRequest():
                self._start(self._request(effect))
            case RenewToken():
                if self._token is not None:
                    self._token.renew()

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _request(self, effect: SendRequest) -> None:
        result: Any
        try:
            result = await self._rest.request(effect.method, effect.path, query=effect.query, body=effect.body)
        except SignedOutError as error:
            self.on_signed_out()
            result = error
        except ConversationsError as error:
            result = error
        self.update(lambda: effect.on_result(result))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self.machine.next_deadline
        if deadline is not None and not self._is_closed:
            delay = max(0, deadline - time.monotonic())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, lambda: self.update(self.machine.run_due_timers))
