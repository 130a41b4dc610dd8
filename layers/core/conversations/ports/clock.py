"""The clock."""

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Returns the current time in UTC, truncated to the millisecond."""
