"""Lambda: processes with a memory of their own, and invocations that stand still at every AWS call."""

import importlib
import json
import os
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from types import ModuleType
from typing import Any, ClassVar

from aws_lambda_powertools.event_handler.api_gateway import BaseRouter
from aws_lambda_powertools.utilities.typing import LambdaContext

from conversations import bootstrap, config
from tests.events import Event
from tests.faults.plans import Fault, Operation
from tests.template import Deployment, functions, handler_module, properties, template

_MODULES = (bootstrap, config)
_CACHED = [(module, name) for module in _MODULES for name, each in vars(module).items() if hasattr(each, "cache_clear")]
_MADE_BY = {(module, name): getattr(module, name) for module, name in _CACHED}
_VARIABLES = frozenset(
    name
    for function in functions().values()
    for name in properties(function).get("Environment", {}).get("Variables", {})
) | frozenset(template()["Globals"]["Function"]["Environment"]["Variables"])


def timeout_of(folder: str) -> timedelta:
    """Return how long Lambda lets a function run."""
    default = template()["Globals"]["Function"]["Timeout"]
    return timedelta(seconds=properties(functions()[folder]).get("Timeout", default))


class Killed(BaseException):
    """The invocation's process is dead; no error, since nothing of ours may catch it."""


class Process:
    """A warm function: what it has read and remembers is its own.

    Attributes
    ----------
    folder
        Which function.
    skew
        How far its clock is off.
    busy
        Whether an invocation is running in it.
    """

    running: ClassVar["Process | None"] = None

    def __init__(self, folder: str, deployment: Deployment, skew: timedelta) -> None:
        self.folder = folder
        self.skew = skew
        self.busy = False
        self._environment = deployment.environment(folder)
        self._caches = {place: cache(made.__wrapped__) for place, made in _MADE_BY.items()}

    def enter(self) -> None:
        """Let everything that follows happen in this process."""
        if Process.running is self:
            return
        Process.running = self
        for name in _VARIABLES:
            os.environ.pop(name, None)
        os.environ.update(self._environment)
        for (module, name), cached in self._caches.items():
            setattr(module, name, cached)


def leave_processes() -> None:
    """Let everything be as it was before there were processes."""
    Process.running = None
    for (module, name), made in _MADE_BY.items():
        setattr(module, name, made)
        # Entry points took some of these along when they were imported.
        made.cache_clear()


def import_functions() -> None:
    """Import every entry point, before there are processes."""
    for name in functions():
        importlib.import_module(handler_module(name))


class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    def __init__(self, function_name: str, deadline: datetime, now: Callable[[], datetime]) -> None:
        self._function_name = function_name
        self._memory_limit_in_mb = 512
        self._invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"
        self._aws_request_id = "8f5d7a34-0a4e-4e8a-9d35-2b9c1c7b6a5e"
        self._deadline = deadline
        self._now = now

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # static there, and of this invocation here
        return max(int((self._deadline - self._now()).total_seconds() * 1_000), 0)


class Call:
    """One AWS call of an invocation, with all its tries.

    Attributes
    ----------
    operation
        What it asks for.
    fault
        What goes wrong with it.
    tries
        How often it has been sent.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.fault: Fault | None = None
        self.tries = 0


class Invocation:
    """A function at work. It runs in a thread of its own, and that thread runs only while ``step`` waits for it.

    Attributes
    ----------
    folder
        Which function.
    event
        What it was given.
    process
        Where it runs.
    deadline
        When Lambda kills it.
    answer
        What it returned.
    error
        What it raised: Lambda calls that a function error.
    over
        Whether it has ended, in whatever way.
    died
        Whether it was killed.
    call
        The AWS call it is about to make.
    stalled
        Whether it stands still until everything else is over.
    """

    _by_thread: ClassVar[dict[int, "Invocation"]] = {}

    def __init__(self, event: Event, process: Process, deadline: datetime, now: Callable[[], datetime]) -> None:
        self.folder = process.folder
        self.event = event
        self.process = process
        self.deadline = deadline
        self.answer: Any = None
        self.error: Exception | None = None
        self.over = False
        self.died = False
        self.call: Call | None = None
        self.stalled = False
        self._context = Context(functions()[self.folder], deadline, now)
        self._calls: dict[str, Call] = {}
        self._surroundings = _Surroundings(importlib.import_module(handler_module(self.folder)))
        self._turn = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def current() -> "Invocation | None":
        """Return whose thread this is, None for the harness's own."""
        return Invocation._by_thread.get(threading.get_ident())

    def step(self) -> None:
        """Let it run until it is about to make its next call, or ends."""
        self.process.enter()
        self._surroundings.enter()
        self._turn.release()
        self._back.acquire()
        self._surroundings.leave()
        if self.over:
            self._thread.join()

    def about_to(self, key: str, operation: Operation) -> Call:
        """Stand still before a call, and return it; its further tries do not."""
        if self.died:
            raise Killed
        if key not in self._calls:
            self._calls[key] = self.call = Call(operation)
            self._back.release()
            self._turn.acquire()
            self.call = None
            if self.died:
                raise Killed
        return self._calls[key]

    def _run(self) -> None:
        self._turn.acquire()
        self._by_thread[threading.get_ident()] = self
        try:
            handler = importlib.import_module(handler_module(self.folder)).handler
            # Through JSON and back, as Lambda does.
            self.answer = json.loads(json.dumps(handler(json.loads(json.dumps(self.event)), self._context)))
        except Killed:
            self.died = True
        except Exception as error:  # noqa: BLE001 - a function error, whatever it is
            self.error = error
        finally:
            del self._by_thread[threading.get_ident()]
            self.over = True
            self._back.release()


class _Surroundings:
    """What Powertools keeps where every invocation of every process of a test would find it."""

    def __init__(self, module: ModuleType) -> None:
        self._app = getattr(module, "app", None)
        self._event: Any = None
        self._context: Any = None
        self._shared: dict[str, Any] = {}

    def enter(self) -> None:
        BaseRouter.current_event = self._event
        BaseRouter.lambda_context = self._context
        if self._app is not None:
            self._app.context = self._shared

    def leave(self) -> None:
        # Before the first request there is none, and Powertools only declares them.
        self._event = getattr(BaseRouter, "current_event", None)
        self._context = getattr(BaseRouter, "lambda_context", None)
