"""The budget of one turn: its work, its time and its memory."""

from collections.abc import Callable, Iterable

from basic.errors import BudgetError
from basic.sizes import measure_memory, measure_size

MAX_INSTRUCTIONS = 100_000
"""Instructions of one turn. Creating, copying or reading a kilobyte counts as one more, and so does each step of a
function that takes more than one pass over its arguments; on a fast machine an instruction takes at most 20 µs."""

MAX_MEMORY_BYTES = 32 * 1024 * 1024
"""Bytes of all variables of a dialog in the process; the worker's function has 512 MB."""

_INSTRUCTIONS_PER_CLOCK_CHECK = 256

_MIN_CHARGE_PER_MEASUREMENT = 1_024
"""A charge of 1 is for at most 8 KB of small parts, so memory grows by 8 MB at most before it is measured again."""

_MAX_BYTES_PER_CHARGE = 8 * 1024
"""Bytes of memory that a charge of 1 usually creates at most; only how often memory is measured depends on it."""

_PARTS_PER_CHARGE = 16


class Budget:
    """What is left of the limits of a turn. All its methods raise `BudgetError` if a limit is exceeded.

    Parameters
    ----------
    clock
        A monotonic clock, in seconds.
    seconds
        The duration of the turn by that clock.
    list_values
        Returns all values that the dialog keeps.

    Attributes
    ----------
    left
        Instructions that are left.
    next_check
        `check` is due as soon as fewer instructions are left.
    """

    def __init__(self, clock: Callable[[], float], seconds: float, list_values: Callable[[], Iterable[object]]) -> None:
        self.left = MAX_INSTRUCTIONS
        self.next_check = MAX_INSTRUCTIONS - _INSTRUCTIONS_PER_CLOCK_CHECK
        self._clock = clock
        self._seconds = seconds
        self._deadline = clock() + seconds
        self._list_values = list_values
        self._charged = 0
        self._next_measurement = MAX_MEMORY_BYTES // _MAX_BYTES_PER_CHARGE

    def check(self) -> None:
        """Check the instructions and the clock."""
        if self.left < 0:
            raise BudgetError(f"the turn takes more than {MAX_INSTRUCTIONS:,} instructions")
        # A charge may be larger than the interval, so the next check is due below a number, not at a multiple of it.
        self.next_check = max(self.left - _INSTRUCTIONS_PER_CLOCK_CHECK, 0)
        self.check_deadline()

    def check_deadline(self) -> None:
        """Check the clock."""
        if self._clock() > self._deadline:
            raise BudgetError(f"the turn takes more than {self._seconds:.3g} seconds")

    def charge(self, instructions: int) -> None:
        """Charge work before it is done."""
        self.left -= instructions
        self._charged += instructions
        if self.left < self.next_check:
            self.check()
        if self._charged >= self._next_measurement:
            self._measure_memory()

    def charge_bytes(self, size: int) -> None:
        """Charge one instruction for each kilobyte that is created, copied or read."""
        if size >= 1024:  # noqa: PLR2004 - a kilobyte
            self.charge(size >> 10)

    def charge_value(self, value: object) -> None:
        """Charge the size of a value."""
        self.charge_bytes(measure_size(value))

    def _measure_memory(self) -> None:
        """Measure the memory of all values, and determine when to do so again.

        Memory grows only by values that are charged. So most turns, which charge little, are never measured.
        """
        size, parts = measure_memory(self._list_values(), MAX_MEMORY_BYTES)
        if size > MAX_MEMORY_BYTES:
            raise BudgetError(f"the variables of the dialog take more than {MAX_MEMORY_BYTES >> 20} MB")
        self.left -= parts // _PARTS_PER_CHARGE
        room = (MAX_MEMORY_BYTES - size) // _MAX_BYTES_PER_CHARGE
        self._next_measurement = self._charged + max(room, _MIN_CHARGE_PER_MEASUREMENT)
