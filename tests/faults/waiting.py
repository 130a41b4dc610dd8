"""What the functions wait for besides AWS: scheduling points of the simulation, as AWS calls are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from tests.fakes.clock import HandClock
from tests.faults.lambdas import Invocation
from tests.faults.network import SLOW_SECONDS
from tests.faults.plans import BACKOFF, Fault, Operation


@dataclass(slots=True)
class Waiter:
    """Lets the running function wait while others run.

    Attributes
    ----------
    service
        What it waits for, as ``Operation.service``.
    clock
        Returns the clock of the running simulation.
    """

    service: str
    clock: Callable[[], HandClock]
    _numbers: Iterator[int] = field(default_factory=count)

    def wait(self, name: str, seconds: float) -> Fault | None:
        """Wait for the next part of an answer, and return the injected fault, which the caller executes."""
        invocation = Invocation.current()
        assert invocation is not None
        until = self.clock()() + timedelta(seconds=seconds)
        key = f"{self.service}-{next(self._numbers)}"
        fault = invocation.wait_before_call(key, Operation(self.service, name), until).fault
        if fault is Fault.SLOW:
            self.clock().forward(seconds=SLOW_SECONDS)
        return fault

    def sleep(self, seconds: float) -> None:
        """Wait between two tries."""
        self.wait(BACKOFF, seconds)
