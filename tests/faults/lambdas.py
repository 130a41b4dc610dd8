"""Lambda: processes with their own caches, and invocations that stop before every AWS call."""

import importlib
import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar

from aws_lambda_powertools.utilities.typing import LambdaContext
from greenlet import getcurrent, greenlet

from tests.composition import list_factories
from tests.events import Event
from tests.faults.plans import Fault, Operation
from tests.template import Deployment, functions, handler_module, properties, template

_VARIABLES = frozenset(
    name
    for function in functions().values()
    for name in properties(function).get("Environment", {}).get("Variables", {})
) | frozenset(template()["Globals"]["Function"]["Environment"]["Variables"])


def get_timeout(folder: str) -> timedelta:
    """Return the timeout of a function."""
    default = template()["Globals"]["Function"]["Timeout"]
    return timedelta(seconds=properties(functions()[folder]).get("Timeout", default))


class Killed(BaseException):
    """The process of the invocation was killed. Not an ``Exception``, so that no handler catches it."""


class Process:
    """A warm function with its own caches.

    Attributes
    ----------
    folder
        The function.
    skew
        How much its clock is ahead.
    busy
        Whether an invocation runs in it.
    environment
        Its environment variables.
    """

    running: ClassVar["Process | None"] = None

    def __init__(self, folder: str, deployment: Deployment, skew: timedelta) -> None:
        self.folder = folder
        self.skew = skew
        self.busy = False
        self.environment = deployment.environment(folder)
        self.caches: dict[Any, Any] = {}

    def enter(self) -> None:
        """Make this the running process."""
        if Process.running is self:
            return
        before = None if Process.running is None else Process.running.environment
        Process.running = self
        for name in _VARIABLES if before is None else before.keys() - self.environment.keys():
            os.environ.pop(name, None)
        for name, value in self.environment.items():
            if before is None or before.get(name) != value:
                os.environ[name] = value


class _FactoryPerProcess:
    """A cached factory with one cache per process."""

    def __init__(self, factory: Any) -> None:  # noqa: ANN401 - functools has no public type for what `cache` returns
        self._factory = factory

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401 - the parameters and the result of any factory
        process = Process.running
        if process is None:
            return self._factory(*arguments)
        if self._factory not in process.caches:
            process.caches[self._factory] = cache(self._factory.__wrapped__)
        return process.caches[self._factory](*arguments)

    def cache_clear(self) -> None:
        """Clear the cache used outside of processes."""
        self._factory.cache_clear()


def leave_processes() -> None:
    """Restore the state outside of processes."""
    Process.running = None


def import_functions() -> None:
    """Give every process its own caches, and import every entry point again, as some of them import factories."""
    wrappers: dict[Any, _FactoryPerProcess] = {}
    for module, name, factory in list_factories():
        if not isinstance(factory, _FactoryPerProcess):
            setattr(module, name, wrappers.setdefault(factory, _FactoryPerProcess(factory)))
    for name in functions():
        importlib.reload(importlib.import_module(handler_module(name)))


class Context(LambdaContext):
    """The context object of an invocation."""

    def __init__(self, function_name: str, deadline: datetime, now: Callable[[], datetime]) -> None:
        self._function_name = function_name
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"
        self._aws_request_id = "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e"
        self._deadline = deadline
        self._now = now

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # static in the base class
        return max(int((self._deadline - self._now()).total_seconds() * 1_000), 0)


class Call:
    """One AWS call of an invocation, with its retries.

    Attributes
    ----------
    operation
        The operation.
    fault
        The injected fault.
    tries
        How often it was sent.
    not_before
        When it ends at the earliest, for something that the invocation waits for; None for an AWS call.
    """

    def __init__(self, operation: Operation, not_before: datetime | None = None) -> None:
        self.operation = operation
        self.not_before = not_before
        self.fault: Fault | None = None
        self.tries = 0


class Invocation:
    """A running function. It has a greenlet of its own, which runs only while ``step`` waits for it.

    Attributes
    ----------
    folder
        The function.
    event
        Its event.
    process
        Its process.
    deadline
        When Lambda kills it.
    response
        Its response.
    error
        The exception it raised: a function error.
    over
        Whether it has ended, in any way.
    died
        Whether it was killed.
    call
        The AWS call it is about to send.
    stalled
        Whether it is stopped until everything else has ended.
    """

    _by_greenlet: ClassVar[dict[greenlet, "Invocation"]] = {}

    def __init__(self, event: Event, process: Process, deadline: datetime, now: Callable[[], datetime]) -> None:
        self.folder = process.folder
        self.event = event
        self.process = process
        self.deadline = deadline
        self.response: Any = None
        self.error: Exception | None = None
        self.over = False
        self.died = False
        self.call: Call | None = None
        self.stalled = False
        self._context = Context(functions()[self.folder], deadline, now)
        self._calls: dict[str, Call] = {}
        self._greenlet = greenlet(self._run)

    @staticmethod
    def current() -> "Invocation | None":
        """Return the running invocation, None if the harness itself runs."""
        return Invocation._by_greenlet.get(getcurrent())

    def step(self) -> None:
        """Let it run until its next call or its end."""
        self.process.enter()
        # It returns to who called this, when it stops and when it ends.
        self._greenlet.parent = getcurrent()
        self._greenlet.switch()

    def end(self) -> None:
        """Kill it, if it still waits for a call."""
        if not self.over:
            self.died = True
            self.step()

    @property
    def waits_until(self) -> datetime | None:
        """When it can continue, None if it can now."""
        return None if self.call is None else self.call.not_before

    def wait_before_call(self, key: str, operation: Operation, not_before: datetime | None = None) -> Call:
        """Stop before a call and return it; its retries do not stop."""
        if self.died:
            raise Killed
        if key not in self._calls:
            self._calls[key] = self.call = Call(operation, not_before)
            self._greenlet.parent.switch()
            self.call = None
            if self.died:
                raise Killed
        return self._calls[key]

    def _run(self) -> None:
        self._by_greenlet[self._greenlet] = self
        try:
            handler = importlib.import_module(handler_module(self.folder)).handler
            # To JSON and back, as Lambda does.
            self.response = json.loads(json.dumps(handler(json.loads(json.dumps(self.event)), self._context)))
        except Killed:
            self.died = True
        except Exception as error:  # noqa: BLE001 - any exception is a function error
            self.error = error
        finally:
            del self._by_greenlet[self._greenlet]
            self.over = True
